#include "lanes.h"

#include "thaw/base/alloc.h"
#include "thaw/engine/net.h"

#include <omp.h>
#include <stdlib.h>

struct lane {
	struct plan *plan;
	float *x; /* [spec.n][picture] at the head of one allocation, the plan's arena behind */
	struct layer_time *times; /* [layers]; NULL: not measured */
};

struct lanes {
	struct plan_spec spec;
	network *g;
	struct params *params;
	struct lane *lane; /* [n_max], of which n are open */
	int n, n_max;
	size_t picture; /* floats of one */
	struct layer_time *total;
};

static void set_times(const struct lanes *l, struct lane *a)
{
	free(a->times);
	a->times = l->total ? xcalloc((size_t)l->g->n, sizeof(*a->times)) : NULL;
	a->plan->times = a->times;
}

static size_t in_cache_lines(size_t floats)
{
	return (floats + 15) / 16 * 16;
}

static void give_memory(struct lane *a)
{
	size_t x = in_cache_lines(tensor_memory(a->plan->from));
	a->x = a->plan->spec.backend->alloc(x + in_cache_lines(plan_floats(a->plan)));
	plan_bind(a->plan, a->x + x);
}

/* A backend may divide a kernel's work among the threads there are when it is made: one here. */
static enum err lane_open(struct lanes *l, struct errinfo *e)
{
	struct lane *a = &l->lane[l->n];
	int threads = omp_get_max_threads();
	omp_set_num_threads(1);
	enum err r = plan_new(&a->plan, &l->spec, l->g, l->params, e);
	omp_set_num_threads(threads);
	if (r)
		return r;
	give_memory(a);
	set_times(l, a);
	l->n++;
	return ERR_OK;
}

enum err lanes_new(struct lanes **out, const struct plan_spec *spec, network *g,
		   struct params *params, int threads, struct errinfo *e)
{
	struct lanes *l = xcalloc(1, sizeof(*l));
	int most = spec->backend->max_lanes, n_max = most && most < threads ? most : threads;
	*l = (struct lanes){.spec = *spec, .g = g, .params = params, .n_max = n_max};
	l->spec.n = spec->backend->lane_pictures;
	l->lane = xcalloc((size_t)n_max, sizeof(*l->lane));
	enum err r = lane_open(l, e);
	if (r) {
		lanes_free(l);
		return r;
	}
	l->picture = tensor_memory(l->lane[0].plan->from) / (size_t)l->spec.n;
	*out = l;
	return ERR_OK;
}

void lanes_free(struct lanes *l)
{
	if (!l)
		return;
	for (int i = 0; i < l->n; i++) {
		plan_free(l->lane[i].plan);
		l->spec.backend->release(l->lane[i].x);
		free(l->lane[i].times);
	}
	free(l->lane);
	free(l);
}

const struct plan *lanes_plan(const struct lanes *l)
{
	return l->lane[0].plan;
}

static void collect_times(struct lanes *l, int n_used)
{
	for (int i = 0; l->total && i < n_used; i++)
		for (int k = 0; k < l->g->n; k++) {
			l->total[k].forward_s += l->lane[i].times[k].forward_s / n_used;
			l->lane[i].times[k] = (struct layer_time){0};
		}
}

static int picture_at(const int *which, int i)
{
	return which ? which[i] : i;
}

/* Pictures from..from+n-1 to the lane's own; a place that is left over gets the first of them once
 * more. */
static void bring(const struct lanes *l, struct lane *a, const float *x, const int *which, int from,
		  int n)
{
	const struct backend *b = l->spec.backend;
	if (!which && n == l->spec.n) { /* side by side */
		b->copy(x + (size_t)from * l->picture, (size_t)n * l->picture, a->x);
		return;
	}
	for (int i = 0; i < l->spec.n; i++)
		b->copy(x + (size_t)picture_at(which, from + (i < n ? i : 0)) * l->picture,
			l->picture, a->x + (size_t)i * l->picture);
}

static void run_lane(const struct lanes *l, struct lane *a, const float *x, const int *which,
		     int from, int n, const struct lane_sink *sink)
{
	bring(l, a, x, which, from, n);
	plan_forward(a->plan, a->x);
	for (int i = 0; i < n; i++)
		sink->take(sink, a->plan, i, picture_at(which, from + i));
}

/* How many lanes work: as many as there are runs, or as may be. */
static int open_lanes(struct lanes *l, int n_runs)
{
	int n = n_runs < l->n_max ? n_runs : l->n_max;
	while (l->n < n)
		if (lane_open(l, NULL))
			abort(); /* the first is of the same plan */
	return n;
}

void lanes_run(struct lanes *l, const float *x, const int *which, int n,
	       const struct lane_sink *sink)
{
	int each = l->spec.n, n_runs = (n + each - 1) / each, n_used = open_lanes(l, n_runs);
	plan_prepare(l->lane[0].plan); /* what the lanes share */
#pragma omp parallel num_threads(n_used)
	{
		omp_set_num_threads(1); /* one lane alone would spread over all threads */
#pragma omp for schedule(dynamic, 1)
		for (int i = 0; i < n_runs; i++) {
			int from = i * each, rest = n - from;
			run_lane(l, &l->lane[omp_get_thread_num()], x, which, from,
				 rest < each ? rest : each, sink);
		}
	}
	collect_times(l, n_used);
}

void lanes_measure(struct lanes *l, struct layer_time *times)
{
	l->total = times;
	for (int i = 0; i < l->n; i++)
		set_times(l, &l->lane[i]);
}
