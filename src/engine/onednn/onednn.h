/* The part of oneDNN that the kernels use, in one place: written for the 2.6 C API; another version
 * changes onednn.c only.
 *
 * Failures of oneDNN here are programming errors or a machine out of memory, never input: they
 * abort with a message.
 */
#ifndef THAW_ENGINE_ONEDNN_H
#define THAW_ENGINE_ONEDNN_H

#include "backend.h"
#include "tensor.h"

#include <dnnl.h>

int onednn_block(void);       /* 16 with AVX-512, else 8 */
const char *onednn_isa(void); /* "avx512_core", "avx2", … */

/* Geometry of a convolution, or of a dense layer (inner: the kernel covers its whole input). */
struct conv_shape {
	int n, c, h, w; /* input */
	int out_c, out_h, out_w;
	int groups, size, stride, pad; /* ignored for inner */
	bool inner;
	enum layout in_layout, out_layout;
	bool bias;
};

/* An elementwise function fused behind a forward primitive. */
struct post_op {
	bool present;
	dnnl_alg_kind_t alg;
	float alpha, beta;
};

struct conv_op; /* one convolution of one plan: forward, and perhaps its two backward passes */

enum conv_use { CONV_INFERENCE, CONV_TRAINING };

/* `want` (may be NULL) forces the layout of the weights; otherwise oneDNN chooses and
 * conv_op_layout() tells. */
struct conv_op *conv_op_new(const struct conv_shape *s, enum conv_use use,
			    const struct post_op *post, const struct weights_layout *want,
			    bool data_gradient, bool weight_gradient);
void conv_op_free(struct conv_op *op);
const struct weights_layout *conv_op_layout(const struct conv_op *op);

void conv_op_forward(struct conv_op *op, const float *src, const float *weights, const float *bias,
		     float *dst);
/* diff_src is overwritten. */
void conv_op_backward_data(struct conv_op *op, const float *diff_dst, const float *weights,
			   float *diff_src);
/* diff_bias may be NULL when the shape has no bias. Both are overwritten. */
void conv_op_backward_weights(struct conv_op *op, const float *src, const float *diff_dst,
			      float *diff_weights, float *diff_bias);

/* The layout [out_c / block][c / block][size][size][block of c][block of out_c], padded with zeros. */
const struct weights_layout *weights_layout_blocked(const struct conv_shape *s);

/* Convert weights between Darknet's plain order and a layout. */
size_t weights_layout_floats(const struct weights_layout *layout);
void weights_from_plain(const struct weights_layout *to, const float *plain, float *out);
void weights_to_plain(const struct weights_layout *from, const float *in, float *plain);

struct pool_op; /* max pooling with Darknet's padding */
struct pool_shape {
	int n, c, h, w, out_h, out_w, size, stride, pad;
};
struct pool_op *pool_op_new(const struct pool_shape *s, bool training);
void pool_op_free(struct pool_op *op);
void pool_op_forward(struct pool_op *op, const float *src, float *dst);
void pool_op_backward(struct pool_op *op, const float *diff_dst, float *diff_src); /* overwritten */

#endif
