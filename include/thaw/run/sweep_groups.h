/* What the runs of a sweep come to: those that differ in train.seed alone are one group, with means and
 * standard deviations of what has finished.
 */
#ifndef THAW_RUN_SWEEP_GROUPS_H
#define THAW_RUN_SWEEP_GROUPS_H

#include "thaw/base/opt_double.h"
#include "thaw/run/summary.h"
#include "thaw/run/sweep.h"

struct sweep_mean {
	struct opt_double mean; /* absent: of none */
	struct opt_double sd;   /* of the sample, over n - 1; absent: of less than two */
};

struct sweep_group {
	size_t first; /* a combination whose values, but for the seed, are the group's */
	size_t n, n_finished;
	struct sweep_mean best; /* validation accuracy, a share, in the best epoch */
	struct sweep_mean epochs, seconds;
};

/* Shape:  values[n]
 * Source: mean and sample standard deviation, in two passes */
struct sweep_mean sweep_mean(const double *values, size_t n);

/* The groups, best mean accuracy first, those without one last and in their order; the caller frees
 * them.
 * Shape:  runs[sweep_count(s)], NULL: none of that combination yet */
struct sweep_group *sweep_groups(const struct sweep *s, const struct run_summary *const *runs,
				 size_t *n);

#endif
