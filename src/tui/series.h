/* Figures of a run over its epochs, in as many points as a chart has places: pure functions of the
 * history, of bounded cost however many steps there are.
 */
#ifndef TUI_SERIES_H
#define TUI_SERIES_H

#include "panel.h"
#include "thaw/history/history.h"
#include "thaw/term/plot.h"

#include <stddef.h>

struct series {
	double *x, *y;   /* y: the curve; NaN where it has a gap */
	double *lo, *hi; /* what lies within that place; NaN in a gap */
	double *spike;   /* the highest that an accident made there, in no mean; NaN = none */
	bool *known;     /* whether the log tells y, be it NaN */
	size_t n;
	bool dense;      /* so many values a place that lo and hi are worth drawing */
};

void series_free(struct series *s);

double in_epochs(const struct history *h, double iter);
double place_of_epoch(const struct history *h, const struct history_epoch *e);

/* Whether any step, any epoch has such a value: a chart without one is not drawn. */
bool steps_tell(const struct history *h, enum step_figure figure);
bool epochs_tell(const struct history *h, epoch_fn *value);

/* A figure of the steps in a window, at most two points for each of `points` places on the axis. A
 * value that is not finite, or that the log lacks, leaves a gap. smooth: how much of the mean
 * before is kept from one iteration to the next, 0..0.99; every step goes into it, but where there
 * are so many that a place spans far more than it could smooth the place's own mean is taken. */
struct series step_series(const struct history *h, enum step_figure figure, struct range x,
			  size_t points, double smooth);

/* The points of a name, in the same way; the axis counts their iterations. */
struct series point_series(const struct history_series *s, struct range x, size_t points,
			   double smooth);

/* A figure of the epochs; those of a window are drawn together where there are more than `points`
 * of them. points = 0: each by itself. */
struct series epoch_series(const struct history *h, epoch_fn *value, struct range x, size_t points);

/* The newest value at or before a place on the axis; absent where there is a gap. */
struct opt_double series_at(const struct series *s, double x);

/* What the y axis should show of a curve within a window: all of it but what an accident, or the
 * first iterations, sent so far that the rest would be pressed flat. */
void series_range(const struct series *s, struct range x, enum plot_scale scale, struct range *y);

#endif
