/* Our own kernels: the list of them, and the arguments of each; both sides of a launch include this.
 *
 * kernels.cu is their text. A new kernel is a struct NAME_args here, a row of KERNELS, and
 * KERNEL(NAME) there.
 *
 * Activations are [n][h][w][c] ("rows" of c channels), but for pictures and what is PLAIN, which are
 * [n][c][h][w]. With `half` all activations and gradients of a kernel are bf16, whatever their
 * pointers say; parameters and sums never are. `act` is Darknet's ACTIVATION. Sums over rows are made in NORM_PARTS pieces, added in
 * order, so that they do not depend on the card's own order.
 */
#ifndef THAW_ENGINE_CUDA_KERNELS_H
#define THAW_ENGINE_CUDA_KERNELS_H

#include "thaw/base/view_recipe.h"

/* Darknet's ACTIVATION. */
enum {
	ACT_LOGISTIC,
	ACT_RELU,
	ACT_RELIE,
	ACT_LINEAR,
	ACT_RAMP,
	ACT_TANH,
	ACT_PLSE,
	ACT_LEAKY,
	ACT_ELU,
	ACT_LOGGY,
	ACT_STAIR,
	ACT_HARDTAN,
	ACT_LHTAN,
	ACT_SELU
};

/* rng.h's enum rng_stream. */
enum { STREAM_AUGMENT = 2, STREAM_DROPOUT = 3 };

#define NORM_LANES 64 /* quads of channels of a block */
#define NORM_PARTS 512   /* pieces of a sum over rows */
#define BLOCK_THREADS 256
#define UPDATE_CHUNK 4096 /* parameters of a block */

/* No padding in any of these: arguments are copied as they lie. */
#ifndef __CUDA__
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"
#endif

/* What differs from step to step, and what a step finds out; in the card's memory. */
struct step_inputs {
	unsigned long long dropout_key;
	float smoothing;
	int weighted; /* class weights are there */
};
struct step_outputs {
	int finite, correct, top5, unused;
	double loss;         /* mean */
	double norm;         /* of the gradient, where it was asked for */
	float scale, unused2; /* of the gradient, when clipping */
};

struct fill_args {
	float *p;
	long n;
	float value;
	int unused;
};

/* y = alpha x + beta y; beta 0 does not read y. */
struct blend_args {
	const float *x;
	float *y;
	long n;
	float alpha, beta;
	int half;
	int unused;
};

/* y = act(alpha x + beta other); other NULL: none */
struct shortcut_args {
	const float *x, *other;
	float *y;
	long n;
	float alpha, beta;
	int act, half;
};

/* `other` and `out` of unequal shapes share their first pixels and channels, `stride` apart in other
 * and `sample` in out. Forward: out = alpha out + beta other there; back: other += beta out. */
struct shortcut_part_args {
	float *other, *out;
	int n, h, w, c; /* shared */
	int other_h, other_w, other_c, out_h, out_w, out_c, stride, sample;
	float alpha, beta;
	int back, half;
};

/* y[n][cols][rows] = x[n][rows][cols], or added; each in its own type. Blocks of 32 x 32; x: tiles of a picture, y: n. */
struct transpose_args {
	const float *x;
	float *y;
	int rows, cols, add, x_half, y_half;
	int unused;
};

/* Sums of x - pivot and its square over rows, pivot being the first row. Blocks: NORM_PARTS at most,
 * and one a NORM_LANES channel quads. Shape: part[blocks][2][c] */
struct norm_sums_args {
	const float *x;
	float *part;
	int rows, c;
	int half;
	int unused;
};

/* Mean, n-1 variance, and the coefficients of y = a x + b. A block a 32 channels. */
struct norm_finish_args {
	const float *x, *part, *scale, *bias; /* bias NULL: 0 */
	float *mean, *variance, *a, *b;
	int rows, c, parts;
	int half;
};

/* The same coefficients from statistics that are there, which are copied to mean and variance. */
struct norm_rolling_args {
	const float *scale, *bias, *rolling_mean, *rolling_variance;
	float *mean, *variance, *a, *b;
	int c;
	int unused;
};

/* y = act(a x + b); a NULL: 1; b NULL: 0. */
struct norm_apply_args {
	const float *x, *a, *b;
	float *y;
	int rows, c, act;
	int half;
};

/* dz = dy act'; dx = `a` dz (a NULL: dz; dx NULL: not wanted); sums of dz and dz (x - mean) (x NULL:
 * of dz alone). Where y is NULL act' is told from a x + b. Shape: part[blocks][2][c]; NULL: no sums */
struct norm_grad_args {
	const float *x, *y, *dy, *a, *b, *mean;
	float *dx, *part;
	int rows, c, act;
	int half;
};

/* d_bias and d_scale (each may be NULL) and, for the batch's own statistics (k not NULL), the
 * coefficients of dx = k2 dz + k1 (x - mean) + k0. Shape: k[3][c]. A block a 32 channels. */
struct norm_grad_finish_args {
	const float *part, *scale, *variance;
	float *d_scale, *d_bias, *k;
	int rows, c, parts;
	int unused;
};

/* dx = k2 dz + k1 (x - mean) + k0 */
struct norm_grad_apply_args {
	const float *x, *y, *dy, *a, *b, *mean, *k;
	float *dx;
	int rows, c, act;
	int half;
};

/* rolling = .99 rolling + .01 of the batch, if the step is finite. */
struct rolling_args {
	const float *mean, *variance;
	float *rolling_mean, *rolling_variance;
	const struct step_outputs *step;
	int c;
	int unused;
};

/* dx = dy act'(y), elementwise; dx may be dy. */
struct act_grad_args {
	const float *y, *dy;
	float *dx;
	long n;
	int act;
	int half;
};

/* Darknet's max pooling: windows begin pad / 2 before the picture. Shape: at[n][out_h][out_w][c], the
 * place of the maximum in its window; NULL: not wanted */
struct maxpool_args {
	const float *x;
	float *y;
	unsigned short *at;
	int n, h, w, c, out_h, out_w, size, stride, left;
	int half;
};
struct maxpool_grad_args {
	const float *dy;
	const unsigned short *at;
	float *dx;
	int n, h, w, c, out_h, out_w, size, stride, left, add;
	int half;
	int unused;
};

/* y[n][c] = mean over pixels, in floats; a block a 32 channels of a picture. */
struct avgpool_args {
	const float *x;
	float *y;
	int n, pixels, c;
	int half; /* x, dx */
};
struct avgpool_grad_args {
	const float *dy;
	float *dx;
	int n, pixels, c, add;
	int half; /* x, dx */
	int unused;
};

/* Channels at..at+c-1 of the whole's c_whole; back: part (+)= whole, else whole = part. */
struct slice_args {
	float *part, *whole;
	int rows, c, c_whole, at, back, add;
	int half;
	int unused;
};

struct upsample_args {
	const float *x;
	float *y;
	int n, h, w, c, stride; /* of x */
	float scale;
	int back; /* x (out_h x out_w, the larger) is summed into y, the smaller */
	int add;
	int half;
	int unused;
};

/* The same draws as on the CPU: counted as [n][c][h][w]. */
struct dropout_args {
	const float *x;
	float *y;
	const struct step_inputs *step;
	unsigned long long layer;
	int n, pixels, c, plain; /* plain: x is [n][c][pixels] */
	float probability;
	int add;
	int half;
	int unused;
};

/* Of PLAIN pictures. */
struct crop_args {
	const float *x;
	float *y;
	const struct step_inputs *step;
	unsigned long long layer;
	int planes, h, w, out_h, out_w, random, flip;
	float scale, shift;
	int unused;
};

/* A block a picture. With labels also, of each picture: cross-entropy, whether the label is first,
 * among the first five. Shape: score[n][3] */
struct softmax_args {
	const float *x;
	float *y, *score;
	const int *labels; /* NULL: no score */
	int n, classes;
	float temperature;
	int unused;
};
struct softmax_grad_args {
	const float *y, *weights;
	float *dx;
	const int *labels;
	const struct step_inputs *step;
	int n, classes, add;
	float share; /* 1 / (n temperature) */
};
/* One block. */
struct score_args {
	const float *score;
	struct step_outputs *step;
	int n;
	int unused;
};

/* y = x, in the other type. */
struct narrow_args {
	const float *x;
	unsigned short *y;
	long n;
};

/* dw = x / gain^2 of its output channel: descent in folded weights; scale NULL: dw = x. */
struct precondition_args {
	const float *scale, *variance;
	const float *x; /* may be dw, unless half */
	float *dw;
	long n;
	int row; /* weights of a channel */
	int half; /* x */
};

/* One learned array; what its layer's optimiser does to it. */
struct update_array {
	float *value, *first, *second;
	const float *grad;
	const float *scale, *variance; /* of a layer that descends in its folded weights, of weights */
	long n;
	int row;   /* weights of a channel */
	int first_block;
	int adam, layer;
	float rate, decay, momentum, b1, b2, take1, take2, root, eps, shrink;
};
/* A block a UPDATE_CHUNK of an array: of[block] is which. Shape: part[blocks] */
struct update_args {
	const struct update_array *arrays;
	const int *of;
	float *part; /* squares of the change */
	const struct step_outputs *step;
};
struct gradient_square_args {
	const struct update_array *arrays;
	const int *of;
	float *part; /* squares of the gradient */
};
/* One block: the norm, and the factor that clips it. */
struct clip_args {
	const float *part;
	struct step_outputs *step;
	int parts;
	float clip;
};
/* A block a layer: out[layer] is the sum of part[first[layer]..first[layer + 1] - 1]. */
struct layer_sums_args {
	const float *part;
	const int *first;
	double *out;
};

/* Rows that are not NULL, one a row of blocks, to their places in to[][floats]. */
#define GATHER_ROWS 256 /* at most; a kernel's arguments are 4 KB */
struct gather_args {
	const float *from[GATHER_ROWS];
	float *to;
	long floats;
};

/* One view of a picture that lies on the card. */
struct card_view {
	struct view_recipe recipe;
	const unsigned char *rgb; /* [h][w][3] */
	int w, h;
	int at, unused; /* the place in the batch */
};
/* Views, one a row of blocks, to their places in out[][3][h][w]. */
struct render_views_args {
	const struct card_view *views;
	float *out;
	int w, h;
};

#ifndef __CUDA__
#pragma GCC diagnostic pop
#endif

#define KERNELS(X)                                                                                 \
	X(fill)                                                                                    \
	X(blend)                                                                                   \
	X(shortcut)                                                                                \
	X(shortcut_part)                                                                           \
	X(transpose)                                                                               \
	X(norm_sums)                                                                               \
	X(norm_finish)                                                                             \
	X(norm_rolling)                                                                            \
	X(norm_apply)                                                                              \
	X(norm_grad)                                                                               \
	X(norm_grad_finish)                                                                        \
	X(norm_grad_apply)                                                                         \
	X(rolling)                                                                                 \
	X(act_grad)                                                                                \
	X(maxpool)                                                                                 \
	X(maxpool_grad)                                                                            \
	X(avgpool)                                                                                 \
	X(avgpool_grad)                                                                            \
	X(slice)                                                                                   \
	X(upsample)                                                                                \
	X(dropout)                                                                                 \
	X(crop)                                                                                    \
	X(softmax)                                                                                 \
	X(softmax_grad)                                                                            \
	X(score)                                                                                   \
	X(narrow)                                                                                  \
	X(precondition)                                                                            \
	X(update)                                                                                  \
	X(gradient_square)                                                                         \
	X(clip)                                                                                    \
	X(layer_sums)                                                                              \
	X(gather)                                                                                  \
	X(render_views)

#endif
