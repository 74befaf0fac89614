/* 3x3 convolutions of stride 1 by Winograd's minimal filtering, F(4x4, 3x3): each tile of 6x6 of the
 * input gives 4x4 of the output with 36 multiplications a pair of channels instead of 144.
 *
 * An operation knows nothing of layers: it is one convolution of one plan, with the two passes that
 * go back, each the exact adjoint of what forward computes but for rounding. Tensors are BLOCKED.
 * The interpolation points 0, +-1/sqrt(2), +-sqrt(2) and infinity keep rounding small: about two and
 * a half times that of a direct sum.
 *
 * Nothing derived from the weights outlives a pass. Whatever is divided among threads is added up in
 * a fixed order: for one number of threads, the same bits; forward and backward by data do not depend
 * on their number.
 * Source: Lavin, Gray, Fast Algorithms for Convolutional Neural Networks (2015); the points:
 * Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution (2018).
 */
#ifndef THAW_ENGINE_WINOGRAD_H
#define THAW_ENGINE_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>

struct wino_shape {
	int n, c, h, w; /* input */
	int out_c, out_h, out_w;
	int pad;
	int block; /* channels innermost in a BLOCKED tensor */
};

/* Whether this processor has code for it and the shape gains by it. */
bool wino_fits(const struct wino_shape *s);

struct wino;
struct wino *wino_new(const struct wino_shape *s);
void wino_free(struct wino *w);

/* Floats of scratch that each call below needs; for the threads there are when it is made. */
size_t wino_scratch(const struct wino *w);

/* y = act(conv(x) + bias), act(z) = z above zero and slope z below.
 * Shape: weights[out_c / block][c / block][3][3][block of c][block of out_c], padded with zeros; bias
 * [out_c, padded] or NULL */
void wino_forward(const struct wino *w, const float *x, const float *weights, const float *bias,
		  float slope, float *y, float *scratch);

/* dx is overwritten. */
void wino_backward_data(const struct wino *w, const float *dy, const float *weights, float *dx,
			float *scratch);

/* d_weights is overwritten; in the weights' shape. Each channel of the output is multiplied by its
 * scale [out_c, padded]; NULL: 1. */
void wino_backward_weights(const struct wino *w, const float *x, const float *dy,
			   const float *scale, float *d_weights, float *scratch);

#endif
