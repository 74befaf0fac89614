/* The learnable numbers of one layer, and the rolling statistics beside them.
 *
 * At rest they are Darknet's own arrays. While the layer trains, `value` is the master copy, padded
 * to whole blocks and (the weights) in the layout its kernel computes in; params_sync() writes it
 * back to Darknet's arrays. Invariant: a frozen layer has no master copy, no gradient and no
 * momentum; nothing here writes its arrays.
 */
#ifndef THAW_ENGINE_PARAMS_H
#define THAW_ENGINE_PARAMS_H

#include "graph.h"
#include "onednn.h"

struct param {
	enum array_role role;
	float *rest;     /* Darknet's array */
	size_t n_rest;
	float *value, *grad, *velocity; /* [n]; NULL while at rest; grad is d(mean loss)/d(value) */
	size_t n;        /* padding included */
	bool learned;    /* false: rolling statistics */
	bool decayed;    /* weight decay: weights only, as Darknet */
	struct weights_layout layout; /* of `value`, for weights in a blocked layout */
	bool blocked;
};

/* Weights with the batch-norm folded in, in the layout of a kernel; shared by all plans. */
struct folded {
	struct weights_layout layout;
	float *weights, *bias; /* [layout.floats], [out_c + a block of zeros] */
	uint64_t version;      /* of the parameters they were derived from; 0: not yet */
	struct folded *next;
};

struct params {
	struct param p[LAYER_ARRAYS_MAX];
	int n;
	bool training;    /* master copies exist */
	uint64_t version; /* counts changes, so that derived copies know when to be derived again */
	double lr_scale;  /* the cfg's learning_rate= */
	double user_scale;
	double update_norm; /* of the last update of all learned arrays */
	struct folded *folded; /* list, owned */
};

void params_init(struct params *ps, const network *g, int layer);
void params_release(struct params *ps);

/* NULL when the layer has no such array. */
struct param *params_get(struct params *ps, enum array_role role);

/* The folded copy in this layout, made (empty) when there is none. */
struct folded *params_folded(struct params *ps, const struct weights_layout *layout, int out_c);

/* Make master copies, vectors padded to a multiple of `block`; momentum starts at zero. */
void params_thaw(struct params *ps, int block);
/* Write the master copies back and drop them with their momentum. */
void params_freeze(struct params *ps);

/* Keep the weights' master copy, gradient and momentum in this layout from now on. */
void params_set_layout(struct param *p, const struct weights_layout *layout);

/* Forget an array's gradient and momentum: without a new gradient it stays as it is (unless it is
 * decayed). */
void params_halt(struct param *p);

void params_sync(struct params *ps);   /* master -> Darknet */
void params_reload(struct params *ps); /* Darknet -> master; momentum becomes zero */

/* What batch-norm with its rolling statistics multiplies a channel by; ps has ARRAY_SCALES. */
float params_gain(struct params *ps, size_t channel);

/* Squared norms over the learned arrays: of the gradient, of the numbers themselves. With `folded`
 * (BATCHNORM_FOLDED) that of the gradient in the folded weights a W, which is a times as long in
 * each channel as the one kept, a their gain. */
double params_gradient_square(struct params *ps, bool folded);
double params_weight_square(struct params *ps);

struct update {
	double lr, momentum, decay;
	double gradient_scale; /* 1, or less when clipping */
};
/* v = momentum v - grad - decay w;  w += lr v.  Source: Darknet convolutional_layer.c,
 * update_convolutional_layer(). */
void params_update(struct params *ps, const struct update *u);

bool params_finite(const struct params *ps);
uint64_t params_digest(struct params *ps);

#endif
