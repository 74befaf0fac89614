#include "lanes.h"

#include "thaw/base/alloc.h"
#include "thaw/engine/net.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 2 }; /* pictures a lane computes at a time */

struct lane {
	struct plan *plan;
	float *memory;
	float *x; /* [WIDTH][image], for pictures that are not side by side; NULL until needed */
	struct layer_time *times; /* [layers]; NULL: not measured */
};

struct lanes {
	struct lane *lane;
	int n, n_layers;
	size_t image, floats; /* of one picture, and of its border */
	struct layer_time *total;
};

/* oneDNN divides a primitive's work among the threads that there are when it is made: one here. */
static void lane_open(struct lane *l, network *g, struct params *params,
		      const struct layerset *frozen)
{
	struct plan_spec spec = {.n = WIDTH, .frozen = *frozen, .lane = true};
	struct errinfo e;
	if (plan_new(&l->plan, &spec, g, params, &e))
		abort(); /* a plan of the same layers exists */
	size_t bytes = (plan_floats(l->plan) * sizeof(float) + 63) / 64 * 64;
	l->memory = aligned_alloc(64, bytes);
	if (!l->memory)
		l->memory = xmalloc(bytes);
	plan_bind(l->plan, l->memory);
}

struct lanes *lanes_new(network *g, struct params *params, const struct layerset *frozen, int n)
{
	struct lanes *l = xcalloc(1, sizeof(*l));
	int threads = omp_get_max_threads();
	l->lane = xcalloc((size_t)n, sizeof(*l->lane));
	l->n_layers = g->n;
	omp_set_num_threads(1);
	while (l->n < n && (l->n == 0 || plan_is_reentrant(l->lane[0].plan)))
		lane_open(&l->lane[l->n++], g, params, frozen);
	omp_set_num_threads(threads);
	l->image = tensor_floats(l->lane[0].plan->input) / WIDTH;
	l->floats = tensor_floats(l->lane[0].plan->border) / WIDTH;
	return l;
}

void lanes_free(struct lanes *l)
{
	if (!l)
		return;
	for (int i = 0; i < l->n; i++) {
		plan_free(l->lane[i].plan);
		free(l->lane[i].memory);
		free(l->lane[i].x);
		free(l->lane[i].times);
	}
	free(l->lane);
	free(l);
}

static void collect_times(struct lanes *l, int n_used)
{
	for (int i = 0; l->total && i < n_used; i++)
		for (int k = 0; k < l->n_layers; k++) {
			l->total[k].forward_s += l->lane[i].times[k].forward_s / n_used;
			l->lane[i].times[k] = (struct layer_time){0};
		}
}

static bool side_by_side(const int *which, int n)
{
	for (int i = 1; i < n; i++)
		if (which[i] != which[0] + i)
			return false;
	return n == WIDTH;
}

/* Where the lane finds its pictures; a place that is left over gets the first once more. */
static const float *gather(const struct lanes *l, struct lane *a, const float *x, const int *which,
			   int n)
{
	if (side_by_side(which, n))
		return x + (size_t)which[0] * l->image;
	if (!a->x)
		a->x = xcalloc(WIDTH * l->image, sizeof(*a->x));
	for (int i = 0; i < WIDTH; i++)
		memcpy(a->x + (size_t)i * l->image, x + (size_t)which[i < n ? i : 0] * l->image,
		       l->image * sizeof(*x));
	return a->x;
}

static void run_lane(const struct lanes *l, struct lane *a, const float *x, const int *which, int n,
		     float *border)
{
	plan_forward(a->plan, gather(l, a, x, which, n));
	const float *out = a->plan->border->data->data;
	for (int i = 0; i < n; i++)
		memcpy(border + (size_t)which[i] * l->floats, out + (size_t)i * l->floats,
		       l->floats * sizeof(*border));
}

void lanes_run(struct lanes *l, const float *x, const int *which, int n, float *border)
{
	int n_runs = (n + WIDTH - 1) / WIDTH, n_used = n_runs < l->n ? n_runs : l->n;
	plan_prepare(l->lane[0].plan); /* what the lanes share */
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_used)
	for (int i = 0; i < n_runs; i++) {
		int from = i * WIDTH, rest = n - from;
		run_lane(l, &l->lane[omp_get_thread_num()], x, which + from,
			 rest < WIDTH ? rest : WIDTH, border);
	}
	collect_times(l, n_used);
}

void lanes_measure(struct lanes *l, struct layer_time *times)
{
	l->total = times;
	for (int i = 0; i < l->n; i++) {
		struct lane *a = &l->lane[i];
		free(a->times);
		a->times = times ? xcalloc((size_t)l->n_layers, sizeof(*a->times)) : NULL;
		a->plan->times = a->times;
	}
}
