/* The learnable numbers of one layer, and the rolling statistics beside them.
 *
 * At rest they are Darknet's own arrays, on the host. While the layer trains, `value` is the master
 * copy, in the backend's memory, padded to whole blocks and (the weights) in the layout its kernel
 * computes in; params_sync() writes it back to Darknet's arrays. Invariant: a frozen layer has no
 * master copy, no gradient and no momentum; nothing here writes its arrays.
 */
#ifndef THAW_ENGINE_PARAMS_H
#define THAW_ENGINE_PARAMS_H

#include "backend.h"
#include "graph.h"

struct param {
	enum array_role role;
	float *rest; /* Darknet's array */
	size_t n_rest;
	float *value, *grad, *velocity; /* [n]; NULL while at rest; grad is d(mean loss)/d(value) */
	size_t n;                       /* padding included */
	bool learned;                   /* false: rolling statistics */
	bool decayed;                   /* weight decay: weights only, as Darknet */
	const struct weights_layout *layout; /* of all three, weights alone */
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
	double update_norm;    /* of the last update of all learned arrays */
	struct folded *folded; /* list, owned */
};

void params_init(struct params *ps, const network *g, int layer, const struct backend *b);
void params_release(struct params *ps);

/* NULL when the layer has no such array. */
struct param *params_get(struct params *ps, enum array_role role);

/* The folded copy in this layout, made (empty) when there is none. */
struct folded *params_folded(struct params *ps, const struct weights_layout *layout, int out_c);

/* Make master copies, vectors padded to the backend's block; momentum starts at zero. */
void params_thaw(struct params *ps);
/* Write the master copies back and drop them with their momentum. */
void params_freeze(struct params *ps);

/* Keep the weights' master copy, gradient and momentum in this layout from now on. */
void params_set_layout(struct params *ps, struct param *p, const struct weights_layout *layout);

/* Forget an array's gradient and momentum: without a new gradient it stays as it is (unless it is
 * decayed). */
void params_halt(struct params *ps, struct param *p);

void params_sync(struct params *ps);   /* master -> Darknet */
void params_reload(struct params *ps); /* Darknet -> master; momentum becomes zero */

/* The momentum of a learned array that trains, on the host. Shape: [n_rest], Darknet's order */
void params_velocity(const struct params *ps, const struct param *p, float *out);
void params_set_velocity(struct params *ps, struct param *p, const float *in);

double params_weight_square(struct params *ps); /* squared norm of the learned arrays */
bool params_finite(struct params *ps);
uint64_t params_digest(struct params *ps);

/* backend->update(): v = momentum v - grad - decay w;  w += lr v, lr being that of `u` times the
 * layer's two factors; sets update_norm and counts `version` on.
 * Source: Darknet convolutional_layer.c, update_convolutional_layer().
 *
 * backend->gradient_square(): squared norm of the gradient over the learned arrays. With `folded`
 * (BATCHNORM_FOLDED) that of the gradient in the folded weights a W, which is a times as long in
 * each channel as the one kept, a being what batch-norm multiplies it by. */
struct update {
	double lr, momentum, decay;
	double gradient_scale; /* 1, or less when clipping */
};

#endif
