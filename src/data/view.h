/* The un-augmented view: where the whole picture lies when it is laid into a frame of w x h.
 *
 * The rectangle may reach beyond the frame (RESIZE_CROP) or leave bars (RESIZE_LETTERBOX). As in
 * Darknet, the centres of its corner pixels are the centres of the picture's corner pixels.
 */
#ifndef THAW_SRC_DATA_VIEW_H
#define THAW_SRC_DATA_VIEW_H

#include "thaw/data/image.h"

struct view {
	int64_t x, y, w, h; /* in frame pixels */
};

#define VIEW_FILL 0.5f /* what is outside the picture */

struct view view_of(const struct image *im, enum resize_mode mode, int w, int h);

/* The part of [at, at + size) inside a frame side of `limit`: the first pixel, and *end one past
 * the last. */
int view_clip(int64_t at, int64_t size, int limit, int *end);

#endif
