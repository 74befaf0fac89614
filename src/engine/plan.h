/* A plan: the network unrolled into units for one batch size, one set of frozen layers and one
 * purpose.
 *
 * Building walks the Darknet layers in order; each kind adds its units (the backend has the
 * table). A unit reads tensors, writes one, and has a kernel that runs it forward and backward.
 * Afterwards every tensor's life is known, and all of them share one allocation.
 *
 * Gradients: a tensor has a gradient buffer only when something trainable is at or below it. The
 * first consumer to run backward overwrites it, later ones add (gradient_target()).
 */
#ifndef THAW_ENGINE_PLAN_H
#define THAW_ENGINE_PLAN_H

#include "memory.h"
#include "params.h"
#include "tensor.h"

struct layer_time;
struct plan;
struct unit;

struct kernel {
	const char *name;
	void (*forward)(struct plan *p, struct unit *n);
	void (*backward)(struct plan *p, struct unit *n); /* NULL: nothing flows back */
	void (*release)(struct unit *n);                  /* frees state; NULL: free(state) */
	/* Backward can only overwrite its first input's gradient: give it scratch to add from. */
	bool overwrites;
	/* Bring up to date what plans share, before forward; may be NULL. */
	void (*prepare)(struct plan *p, struct unit *n);
	/* The parameters have learned from this plan's forward and backward; may be NULL. */
	void (*after_update)(struct unit *n);
};

struct unit {
	const struct kernel *kernel;
	int layer; /* of Darknet's graph */
	struct tensor **in;
	int n_in;
	struct tensor *out;
	bool trains;            /* its parameters learn in this plan */
	bool keep_in, keep_out; /* backward reads the input, the output */
	bool unused;            /* nothing takes its output, which has no gradient then */
	struct buf *scratch;    /* for `overwrites` kernels whose input has another consumer */
	struct buf *kept;       /* what its forward pass leaves to its backward one; or NULL */
	struct buf *workspace;  /* the plan's, for a kernel that needs some while it runs; or NULL */
	void *state;
};

struct plan_spec {
	const struct backend *backend; /* whose kernels and memory */
	int n;                         /* images */
	bool training;                 /* with backward; otherwise inference everywhere */
	bool below;                    /* only what is below the border; other plans start at it */
	struct layerset frozen;
	struct layerset keep; /* layers whose outputs are read after forward, where it has them */
	enum batchnorm_mode batchnorm;
};

struct plan {
	struct plan_spec spec;
	network *graph;
	struct params *params; /* [graph->n], borrowed */
	struct arena arena;
	struct tensor **tensors; /* all, owned */
	size_t n_tensors, cap_tensors;
	struct unit **units;
	size_t n_units, cap_units;
	struct tensor **out; /* [graph->n] output of each layer */
	struct tensor *input;
	struct tensor *logits, *probs; /* of the softmax */
	struct layer_time *times;      /* [graph->n], borrowed; NULL: not measured */
	/* Every layer up to this one, below the head, is frozen, and only its output is used above;
	 * -1: none. */
	int border_layer;
	struct tensor *border; /* its output */
	struct tensor *from;   /* what forward starts at: border or input; the caller's memory */
	struct buf *workspace; /* one for all units: a unit runs at a time; NULL: none needs it */
	struct tensor *head_in, *head_map; /* the head's input; its output before any averaging */
	struct recording *recording;       /* of forward, or forward and backward; by a queue */
	struct recording *recording_after; /* of plan_after_update() */
	uint64_t n_forward;                /* counts, so that what plan_view() copied is known */
	uint64_t dropout_key;              /* set before each forward */
	const int *labels;                 /* for the loss, set before each forward; NULL: none */
	double label_smoothing;
	const float *class_weights; /* [classes]; as labels; NULL: 1 each */
	float temperature;
};

/* Build and lay out; `floats` of memory are then needed for plan_bind(). Errors: ERR_VALUE, a kind
 * without a kernel. */
enum err plan_new(struct plan **out, const struct plan_spec *spec, network *g,
		  struct params *params, struct errinfo *e);
size_t plan_floats(const struct plan *p);
void plan_bind(struct plan *p, float *memory); /* the backend's */
void plan_free(struct plan *p);

/* Bring up to date what plans share, then run units forward: plans of one spec, prepared once, may
 * run on several threads at once. `x`, the backend's memory, is borrowed for the call and until
 * plan_backward() is done.
 * Shape: x[n][floats of p->from / n] */
void plan_prepare(struct plan *p);
void plan_forward(struct plan *p, const float *x);
void plan_backward(struct plan *p);
/* Forward, score and backward in one, of a backend with a queue: queued; it tells the results. */
void plan_pass(struct plan *p, const float *x);
void plan_after_update(struct plan *p);
/* Run forward again and look at each output; the first layer with a non-finite one, or -1. */
int plan_first_nonfinite(struct plan *p);

/* A tensor that lasts, from image `first` on, on the host, good until the next forward pass.
 * Shape: [images from there on][tensor_picture(t)] */
const float *plan_view(struct plan *p, const struct tensor *t, int first);

/* For the kinds' add functions. */
struct tensor *plan_tensor(struct plan *p, int c, int h, int w, enum layout layout, bool grad);
/* The same in bf16. */
struct tensor *plan_half_tensor(struct plan *p, int c, int h, int w, enum layout layout, bool grad);
struct unit *plan_unit(struct plan *p, const struct kernel *k, int layer, struct tensor *const *in,
		       int n_in, struct tensor *out, void *state);
/* Memory that a unit finds undefined whenever it runs; of at least `floats`. */
struct buf *plan_workspace(struct plan *p, size_t floats);
/* ... and that a unit keeps from forward to backward: for `kept`. */
struct buf *plan_kept(struct plan *p, size_t floats);
/* The output of the layer before, or the image. */
struct tensor *plan_layer_input(struct plan *p, int layer);
bool plan_trains(const struct plan *p, int layer); /* training, not frozen, has weights */
void plan_pass_on(struct plan *p, int layer);      /* the `add` of a kind that does nothing */

/* Where a backward kernel writes the gradient of input i, and whether it must add; NULL: not
 * wanted. */
float *gradient_target(struct unit *n, int i, bool *accumulate);

/* One row a kind: how a Darknet layer becomes units. */
struct layer_kind {
	LAYER_TYPE type;
	void (*add)(struct plan *p, int layer);
};
/* NULL: the backend does not compute it. */
const struct layer_kind *layer_kind_find(const struct backend *b, LAYER_TYPE type);

#endif
