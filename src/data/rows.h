/* Bilinear resampling along columns and rows, for frames that are not turned against the picture.
 *
 * A source row is resampled to the frame's columns once and mixed with its neighbour into every
 * frame row between them: two rows are kept, as the frame is filled from one end to the other.
 */
#ifndef THAW_SRC_DATA_ROWS_H
#define THAW_SRC_DATA_ROWS_H

#include "thaw/data/image.h"

/* Where one output column or row samples its axis: (1 - share) * [at] + share * [next]. */
struct tap {
	int at, next;
	float share;
};

struct rows {
	const struct image *im;
	const struct tap *taps; /* [n] of the columns */
	int n;
	float *row[2]; /* [3][n], 0..255; the source row y is in row[y & 1] */
	int held[2];   /* source row in each, -1 = none */
};

/* The image and the taps are borrowed. */
void rows_init(struct rows *r, const struct image *im, const struct tap *taps, int n);
void rows_release(struct rows *r);

/* One output row. t->next < 0: the row t->at alone.
 * Shape: out[c][n], c of them `plane` apart, in [0, 1] */
void rows_get(struct rows *r, const struct tap *t, float *out, size_t plane);

#endif
