/* Decoded pictures on the card, and views of them made there.
 *
 * A picture is put once, as bytes, as long as there is room; a batch of views is then made from the
 * recipes of its views alone. Views of pictures for which there was no room are made by the caller,
 * and brought to the card while it computes. On the CPU there is no such store.
 */
#ifndef THAW_ENGINE_PICTURES_H
#define THAW_ENGINE_PICTURES_H

#include "thaw/base/view_recipe.h"

#include <stdbool.h>
#include <stdint.h>

struct pictures;

/* A store that renders batches of up to `most` views of w x h. It takes up to `budget_bytes` of the
 * card; 0: what is free there, but for a quarter of all. NULL: the device is the CPU. */
struct pictures *pictures_new(uint64_t budget_bytes, int w, int h, int most);
void pictures_free(struct pictures *s); /* NULL too; waits for the card */

/* Take a copy of a picture, of whose id there is none yet; false: there is no room. From any thread.
 * Shape: rgb[h][w][3] */
bool pictures_put(struct pictures *s, uint32_t id, const uint8_t *rgb, int w, int h);

struct picture_views {
	int n;
	const bool *blank;                /* [n] these are left undefined; of the others: */
	const bool *stored;               /* [n] made from the store, */
	const uint32_t *id;               /* [n] */
	const struct view_recipe *recipe; /* [n] */
	const float *x;                   /* [n][3][h][w] or as here, on the host */
};

/* Queue the making of a batch; its pixels are there for what is queued behind. From one thread at a
 * time. `v` is free again.
 * Shape: returns [n][3][h][w], the device's memory, the same at each call */
const float *pictures_render(struct pictures *s, const struct picture_views *v);

#endif
