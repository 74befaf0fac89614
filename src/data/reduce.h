/* Shrinking by averaging whole areas. */
#ifndef THAW_SRC_DATA_REDUCE_H
#define THAW_SRC_DATA_REDUCE_H

#include "thaw/data/image.h"

enum { REDUCE_MAX_FACTOR = 4096 }; /* a block's sum of bytes fits in 32 bits */

/* The same row by row, for a picture that never is in memory whole. */
struct reducer {
	struct image out;
	int w, h, factor; /* of the source */
	int y;            /* rows taken */
	uint32_t *sum;    /* [w][3]; unused with factor 1 */
};

/* Errors: ERR_FORMAT, no memory for so many pixels.
 * Owns: `out` is the caller's, who frees it with image_release(); the rest goes with
 * reducer_release(). */
enum err reducer_init(struct reducer *r, int w, int h, int factor, struct errinfo *e);
void reducer_add(struct reducer *r, const uint8_t *row); /* [w][3] */
void reducer_release(struct reducer *r);

/* Average blocks of factor x factor pixels; blocks at the right and bottom may be smaller.
 * 1 <= factor <= REDUCE_MAX_FACTOR.
 * Owns: *out is new; free it with image_release(). */
void image_reduce(struct image *out, const struct image *im, int factor);

#endif
