/* Views on the CPU: recipes of the un-augmented view, and the rendering of any.
 *
 * `s` is the picture that a view is of; of s->im the size alone is looked at, but for rendering.
 */
#ifndef THAW_SRC_DATA_RECIPE_H
#define THAW_SRC_DATA_RECIPE_H

#include "shrink.h"

#include "thaw/base/view_recipe.h"

/* What image_to_input() shows. */
void recipe_plain(struct view_recipe *r, const struct image *im, enum resize_mode mode, int w,
		  int h);

/* What augment_to_input() shows, which may be that too. */
void recipe_draw(struct view_recipe *r, const struct shrunk *s, const struct augment_config *a,
		 enum resize_mode mode, uint64_t key, int w, int h);

/* Shape: out[3][h][w], values in [0, 1] */
void recipe_render(const struct view_recipe *r, const struct image *im, int w, int h, float *out);

#endif
