/* The figures that runs are compared by, in one table, and every point of them along a run.
 *
 * A point has a place on each of several axes, so that runs of other lengths, batches or machines can
 * be laid over each other. What a log does not tell is absent, and never 0: a figure without a value
 * has no points, a place that is not known is NaN.
 */
#ifndef THAW_REPORT_FIGURE_H
#define THAW_REPORT_FIGURE_H

#include "thaw/run/course.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum axis {
	AXIS_ITERATION,
	AXIS_EPOCH, /* a fraction within one */
	AXIS_TIME,  /* seconds since the run's begin */
	AXIS_CLOCK, /* seconds since 1970 */
	AXIS_N
};

/* "iteration", "epoch", "time", "clock" */
extern const char *const axis_names[AXIS_N + 1]; /* NULL at the end */
bool axis_parse(const char *name, enum axis *out);

enum figure_scale { FIGURE_PLAIN, FIGURE_SHARE, FIGURE_RATE };

struct figure {
	const char *key;   /* "valid_acc" */
	const char *title; /* "validation accuracy" */
	const char *brief; /* of a column: "V.ACC" */
	enum figure_scale scale;
	/* Of each iteration, where the log tells any; else of each epoch. NULL: there is no such. */
	struct opt_double (*of_step)(const struct history_step *s);
	struct opt_double (*of_epoch)(const struct history_epoch *e);
	enum step_figure step; /* of_step's */
	const char *(*words)(double v);
};

extern const struct figure figures[];
extern const size_t n_figures;
const struct figure *figure_find(const char *key); /* NULL: there is none */

struct figure_point {
	double at[AXIS_N];
	int64_t iter, epoch; /* as logged */
	double value;        /* may be NaN or infinite where the log says so */
	bool wild;           /* an accident's */
};

#define FIGURE_AXES ((1u << AXIS_N) - 1)

/* Walks a figure's points from the first to the last:
 *
 *	struct figure_walk w;
 *	figure_walk(&w, course, figure);
 *	while (figure_next(&w, &p)) …
 */
struct figure_walk {
	const struct course *course;
	const struct figure *figure;
	unsigned
	    axes;   /* bits of those that are reckoned; the rest is NaN. All, unless taken away */
	bool steps; /* by iteration, else by epoch */
	bool timed; /* the log tells times */
	size_t i, n, spell;
	size_t epoch; /* index of the first epoch that ends behind the point before */
};

void figure_walk(struct figure_walk *w, const struct course *c, const struct figure *f);
bool figure_next(struct figure_walk *w, struct figure_point *p);

/* Where a run begins and ends on an axis; false: it has no points there. */
bool figure_span(const struct course *c, enum axis axis, double *lo, double *hi);

/* The epochs done after an iteration: by those at which the run's epochs ended, behind the last by the
 * plan's iterations per epoch. NaN: the log tells neither. */
double figure_epochs(const struct history *h, double iter);

#endif
