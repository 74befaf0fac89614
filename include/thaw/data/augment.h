/* Random views of a picture, drawn by counter: the same (seed, view, image) gives the same bytes
 * always.
 *
 * Geometry (flip, zoom, window, translation, aspect, rotation) is one affine resampling with
 * bilinear filtering (over an area-reduced picture when shrinking much); colour (hue, saturation,
 * exposure as Darknet's distort_image()) and random erasing follow on the small result.
 *
 * Windows (crop > 1) are cut out of the un-augmented view: the stretched picture, the letterbox
 * with its bars. RESIZE_CROP, whose view is the middle alone, cuts them out of the whole picture
 * instead, every place as likely as another, and inside as far as they fit.
 */
#ifndef THAW_DATA_AUGMENT_H
#define THAW_DATA_AUGMENT_H

#include "thaw/config/experiment.h"
#include "thaw/data/image.h"

/* False when every setting is at rest: augment_to_input() is image_to_input() then. */
bool augment_any(const struct augment_config *a);

/* Shape: out[3][h][w], values in [0, 1]. `key` comes from rng_key(seed, RNG_AUGMENT, view, image).
 * The mode says what the un-augmented view is (letterbox, crop, stretch): augmentation disturbs
 * that view. */
void augment_to_input(const struct image *im, const struct augment_config *a, enum resize_mode mode,
		      uint64_t key, int w, int h, float *out);

#endif
