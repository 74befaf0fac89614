/* Elementwise mathematics on tensors: batch-norm with Darknet's rules, activations, and their
 * gradients.
 *
 * Sums are made in fixed pieces, one a (image, channel block), and added in order, so that a result
 * does not depend on the number of threads. Vectors (mean, scale, …) are padded to whole blocks;
 * the padding holds zeros.
 * Source: Darknet batchnorm_layer.c, blas.c normalize_cpu(), activations.h.
 */
#ifndef THAW_ENGINE_NORM_H
#define THAW_ENGINE_NORM_H

#include "tensor.h"

#include <darknet.h>

/* Mean and n-1 variance of each channel over images and pixels. Shape: mean, variance [blocks *
 * lanes] */
void norm_statistics(struct view v, const float *x, float *mean, float *variance);

/* y = activation(a x + b), per channel; y may be x. */
void norm_apply(struct view v, const float *x, const float *a, const float *b, ACTIVATION act,
		float *y);

/* a = scale / (sqrt(variance) + 1e-6), b = bias - mean a: Darknet's normalisation as one
 * multiply-add. */
void norm_coefficients(int n, const float *scale, const float *bias, const float *mean,
		       const float *variance, float *a, float *b);

struct norm_backward {
	const float *x, *y, *dy; /* input, output after activation, gradient at the output */
	float *dx;               /* may be dy */
	const float *a, *b;      /* of the forward pass */
	const float *scale, *mean, *variance;
	float *d_scale, *d_bias; /* overwritten */
	ACTIVATION act;
	bool batch_statistics; /* mean and variance are of this batch: their gradient flows too */
};
void norm_backward(struct view v, const struct norm_backward *n);

/* Whether it is x above zero and a slope times x below; sets *slope. */
bool activation_slope(ACTIVATION act, float *slope);

/* The sum of each channel over images and pixels. Shape: sums [blocks * lanes] */
void channel_sums(struct view v, const float *x, float *sums);

/* y = activation(x); dx = dy * activation'(y). In place allowed; Darknet's gradients are functions
 * of the output. */
void activation_apply(ACTIVATION act, size_t n, const float *x, float *y);
void activation_backward(ACTIVATION act, size_t n, const float *y, const float *dy, float *dx);

/* dst = src, or dst += src. */
void floats_add(size_t n, const float *src, float *dst, bool accumulate);

#endif
