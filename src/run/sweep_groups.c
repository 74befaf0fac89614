#include "thaw/run/sweep_groups.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sweep_mean sweep_mean(const double *values, size_t n)
{
	struct sweep_mean m = {0};
	double sum = 0, squares = 0;
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	if (!n)
		return m;
	m.mean = opt_of(sum / (double)n);
	for (size_t i = 0; i < n; i++)
		squares += (values[i] - m.mean.value) * (values[i] - m.mean.value);
	if (n > 1)
		m.sd = opt_of(sqrt(squares / (double)(n - 1)));
	return m;
}

/* Combinations of one group lie `stride` apart, as many as there are seeds. */
struct seeds {
	size_t n, stride;
};

static struct seeds seeds_of(const struct sweep *s)
{
	struct seeds seeds = {1, 1};
	for (size_t k = s->n_keys; k-- > 0;) {
		if (strcmp(s->keys[k].key, SWEEP_SEED) == 0) {
			seeds.n = s->keys[k].n;
			return seeds;
		}
		seeds.stride *= s->keys[k].n;
	}
	return seeds;
}

static void fill(struct sweep_group *g, const struct seeds *seeds,
		 const struct run_summary *const *runs, double *scratch)
{
	double *best = scratch, *epochs = best + seeds->n, *seconds = epochs + seeds->n;
	size_t n_best = 0;
	for (size_t i = 0; i < seeds->n; i++) {
		const struct run_summary *r = runs[g->first + i * seeds->stride];
		g->n++;
		if (!r || r->error || r->status != RUN_STATUS_FINISHED)
			continue;
		if (opt_finite(r->best_acc))
			best[n_best++] = r->best_acc.value;
		epochs[g->n_finished] = (double)r->n_epochs;
		seconds[g->n_finished++] = r->seconds;
	}
	g->best = sweep_mean(best, n_best);
	g->epochs = sweep_mean(epochs, g->n_finished);
	g->seconds = sweep_mean(seconds, g->n_finished);
}

static int by_best(const void *a, const void *b)
{
	const struct sweep_group *x = a, *y = b;
	if (x->best.mean.valid != y->best.mean.valid)
		return x->best.mean.valid ? -1 : 1;
	if (x->best.mean.valid && x->best.mean.value != y->best.mean.value)
		return x->best.mean.value > y->best.mean.value ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

struct sweep_group *sweep_groups(const struct sweep *s, const struct run_summary *const *runs,
				 size_t *n)
{
	const struct seeds seeds = seeds_of(s);
	size_t count = sweep_count(s);
	struct sweep_group *groups = xcalloc(count / seeds.n + 1, sizeof(*groups));
	double *scratch = xcalloc(3 * seeds.n, sizeof(*scratch));
	*n = 0;
	for (size_t i = 0; i < count; i++) {
		if (i / seeds.stride % seeds.n)
			continue;
		groups[*n].first = i;
		fill(&groups[(*n)++], &seeds, runs, scratch);
	}
	qsort(groups, *n, sizeof(*groups), by_best);
	free(scratch);
	return groups;
}
