/* Shrinking by averaging whole areas. */
#ifndef THAW_SRC_DATA_REDUCE_H
#define THAW_SRC_DATA_REDUCE_H

#include "thaw/data/image.h"

enum { REDUCE_MAX_FACTOR = 4096 }; /* a block's sum of bytes fits in 32 bits */

/* Average blocks of factor x factor pixels; blocks at the right and bottom may be smaller.
 * 1 <= factor <= REDUCE_MAX_FACTOR.
 * Owns: *out is new; free it with image_release(). */
void image_reduce(struct image *out, const struct image *im, int factor);

#endif
