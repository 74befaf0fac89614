/* The learnable numbers of one layer, and the rolling statistics beside them.
 *
 * At rest they are Darknet's own arrays, on the host. While the layer trains, `value` is the master
 * copy, in the backend's memory, padded to whole blocks and (the weights) in the layout its kernel
 * computes in; params_sync() writes it back to Darknet's arrays. Invariant: a frozen layer has no
 * master copy, no gradient and no moments; nothing here writes its arrays.
 */
#ifndef THAW_ENGINE_PARAMS_H
#define THAW_ENGINE_PARAMS_H

#include "backend.h"
#include "graph.h"
#include "thaw/config/experiment.h"

/* What an optimiser remembers of an array, in the direction of descent: SGD's velocity, or the
 * running mean of Adam's gradients; and that of their squares, Adam's alone. */
enum moment { MOMENT_FIRST, MOMENT_SECOND, MOMENTS };

struct param {
	enum array_role role;
	float *rest; /* Darknet's array */
	size_t n_rest;
	float *value, *grad;    /* [n]; NULL while at rest; grad is d(mean loss)/d(value) */
	float *moment[MOMENTS]; /* [n]; each NULL while there is none */
	float *gain;            /* [n]; see params_fold(); NULL until an update needs it */
	size_t n;               /* padding included */
	bool learned;           /* false: rolling statistics */
	bool weights;           /* weight decay's, but for Adam, which decays all as Darknet does */
	bool halted;            /* keeps its value while its layer learns */
	const struct weights_layout *layout; /* of all these, weights alone */
};

/* Weights with the batch-norm folded in, in the layout of a kernel; shared by all plans. */
struct folded {
	const struct weights_layout *layout;
	float *weights, *bias; /* [layout's floats], [out_c + a block of zeros] */
	uint64_t version;      /* of the parameters they were derived from; 0: not yet */
	struct folded *next;
};

struct params {
	const struct backend *backend;
	struct param p[LAYER_ARRAYS_MAX];
	int n;
	bool training;    /* master copies exist */
	uint64_t version; /* counts changes, so that derived copies know when to be derived again */
	double lr_scale;  /* the cfg's learning_rate= */
	double user_scale;
	int64_t n_updates; /* Adam's t, the update under way included; 0 while moments are zero */
	double update_norm;    /* of the last update of all learned arrays */
	struct folded *folded; /* list, owned */
};

void params_init(struct params *ps, const network *g, int layer, const struct backend *b);
void params_release(struct params *ps);

/* NULL when the layer has no such array. */
struct param *params_get(struct params *ps, enum array_role role);

/* The folded copy in this layout, made (empty) when there is none. */
struct folded *params_folded(struct params *ps, const struct weights_layout *layout, int out_c);

/* Make master copies, vectors padded to the backend's block; moments start at zero. */
void params_thaw(struct params *ps);
/* Write the master copies back and drop them with their moments. */
void params_freeze(struct params *ps);

/* Keep the weights' master copy, gradient and moments in this layout from now on. */
void params_set_layout(struct params *ps, struct param *p, const struct weights_layout *layout);

/* Whether a layer with batch-norm descends in its folded weights: its scales then keep their value,
 * without gradient and moments, and each weight's gain is what batch-norm multiplies it by. To be
 * called whenever scales or statistics may have changed before. */
void params_fold(struct params *ps, bool folded);

/* The gradients to come are of another scale: Adam's moments, which live by it, become zero. */
void params_rescale(struct params *ps);

/* Be ready for an update by this optimiser, and count it: moments of one of another kind become
 * zero. */
void params_prepare(struct params *ps, enum optimizer optimizer);
/* It was none: its gradients were not finite. */
void params_unprepare(struct params *ps);

void params_sync(struct params *ps);   /* master -> Darknet */
void params_reload(struct params *ps); /* Darknet -> master; moments become zero */

/* A moment that a learned array has, on the host. Shape: [n_rest], Darknet's order */
void params_moment(const struct params *ps, const struct param *p, enum moment m, float *out);
void params_set_moment(struct params *ps, struct param *p, enum moment m, const float *in);

double params_weight_square(struct params *ps); /* squared norm of the learned arrays */
bool params_finite(struct params *ps);
uint64_t params_digest(struct params *ps);

/* backend->update() learns from the gradients of one batch. With g' the gradient, scaled down as `clip`
 * asks, and lr that of `u` times the layer's two factors:
 *
 *   sgd    v = momentum v - g' - decay w;  w += lr v
 *   adam   d = -g' - decay w;  m = b1 m + (1 - b1) d;  s = b2 s + (1 - b2) d^2;
 *          w += lr mhat / (sqrt(shat) + eps),  mhat = m / (1 - b1^t), shat = s / (1 - b2^t)
 *   adamw  the same with d = -g', and w -= lr decay w beforehand
 *
 * sgd and adamw decay weights alone; adam decays biases and scales too, as Darknet's does. t is the
 * layer's own: it begins anew, with the moments, when a layer is thawed. Descending in folded
 * weights a W (BATCHNORM_FOLDED), where the gradient kept is a^-2 that in W, adam and adamw are
 * those in a W too: W += lr mhat / (|a| sqrt(shat) + eps).
 * Sets update_norm and counts `version` on.
 * Source: Darknet convolutional_layer.c update_convolutional_layer(); convolutional_kernels.cu and
 * blas_kernels.cu adam_update_gpu(), which sums over the batch where this takes its mean, so that
 * its eps is divided by the batch (net.h); Loshchilov and Hutter, Decoupled weight decay
 * regularization, and torch.optim.AdamW.
 *
 * The norm is over the learned arrays. With `folded` (BATCHNORM_FOLDED) it is that of the gradient in
 * the folded weights a W, which is a times as long in each channel as the one kept, a being what
 * batch-norm multiplies it by. */
struct update {
	enum optimizer optimizer;
	double lr, momentum, decay;
	double b1, b2, eps;
	double clip; /* scale the whole gradient down to at most this norm; 0: no */
	bool folded; /* BATCHNORM_FOLDED */
};

/* What an update does to one array, in a kernel's numbers; the rates are the layer's. */
struct change {
	float rate, decay;
	float scale;        /* of the gradient: 1, or less when clipping; the kernel's affair */
	float momentum;     /* SGD */
	float b1, b2;       /* Adam: shares that its moments keep */
	float take1, take2; /* 1 - b1, 1 - b2 */
	float root, eps;    /* 1 / sqrt(1 - b2^t); 1 / (1 - b1^t) is in `rate` */
	float shrink;       /* AdamW: what a weight loses, as a share of it */
};
struct change params_change(const struct params *ps, const struct param *p, const struct update *u);

#endif
