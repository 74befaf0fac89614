/* The un-augmented view: where the whole picture lies when it is laid into a frame of w x h.
 *
 * The rectangle may reach beyond the frame (RESIZE_CROP) or leave bars (RESIZE_LETTERBOX). As in
 * Darknet, the centres of its corner pixels are the centres of the picture's corner pixels.
 */
#ifndef THAW_SRC_DATA_VIEW_H
#define THAW_SRC_DATA_VIEW_H

#include "thaw/base/view_recipe.h"
#include "thaw/data/image.h"

struct view {
	int64_t x, y, w, h; /* in frame pixels */
};

struct view view_of(const struct image *im, enum resize_mode mode, int w, int h);

/* One axis of the way from frame pixels to the n_in pixels of the picture that lies at
 * [at, at + size). */
struct view_axis view_axis_of(int64_t at, int64_t size, int n_in);

#endif
