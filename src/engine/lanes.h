/* Pictures computed in inference, a few at a time.
 *
 * A lane is an inference plan for the backend's `lane_pictures` on one thread; the threads take
 * pictures in turn. Activations stay in the caches of a core from layer to layer, and only pictures
 * that are needed are computed.
 *
 * Invariant: what comes out of a picture is a function of the picture and the weights alone. All
 * lanes are made for the same number of pictures and for one thread, whatever the batch, the
 * number of pictures asked for and the number of threads: a backend chooses its kernels, and the
 * order of their sums, by these.
 */
#ifndef THAW_ENGINE_LANES_H
#define THAW_ENGINE_LANES_H

#include "plan.h"

struct lanes;

/* Lanes of `spec`, whose n is set here: one a thread, or as many as the backend has; the first is
 * made at once, others when they are needed. Errors: as plan_new(). */
enum err lanes_new(struct lanes **out, const struct plan_spec *spec, network *g,
		   struct params *params, int threads, struct errinfo *e);
void lanes_free(struct lanes *l);

/* The plan of the first lane: its shapes are those of all. */
const struct plan *lanes_plan(const struct lanes *l);

/* Told of each picture when it is computed: its values are image i of the tensors of `p` that last.
 * Called from several threads, for different pictures. */
struct lane_sink {
	void (*take)(const struct lane_sink *s, struct plan *p, int i, int picture);
};

/* Compute pictures which[0..n-1] of x, the backend's memory; NULL: the first n.
 * Shape: x[][floats of the plan's `from`, one picture's] */
void lanes_run(struct lanes *l, const float *x, const int *which, int n,
	       const struct lane_sink *sink);

/* Add up the layers' seconds, each lane's share of the wall clock, from now on; NULL: no longer. */
void lanes_measure(struct lanes *l, struct layer_time *times);

#endif
