/* What the charts of the Train page share: series over the run, the part of it that is shown, and
 * the crosshair's read-out. Pure functions of history and view.
 *
 * The x axis of every chart counts epochs; iterations are fractions of them.
 */
#ifndef TUI_CURVES_H
#define TUI_CURVES_H

#include "panel.h"
#include "thaw/history/history.h"
#include "thaw/term/plot.h"
#include "thaw/tui/view.h"

#include <stddef.h>

struct series {
	double *x, *y; /* y: NaN where the curve has a gap */
	bool *known;   /* whether the log tells y, be it NaN */
	size_t n;
};

void series_free(struct series *s);

double in_epochs(const struct history *h, double iter);

/* The epochs on the x axis: all of the run so far and some of its plan, or the part that was
 * zoomed into, around the crosshair or at the end. */
struct range curve_window(const struct history *h, const struct view *v);

/* The iteration at a column of `w` of a chart. */
int64_t curve_iteration(const struct history *h, const struct view *v, int column, int w);

/* The iterations that one step of the crosshair goes. */
int64_t crosshair_step(const struct history *h, const struct view *v);

/* Values of the steps in the window, at most two for each of `points` places on the axis. A value
 * that is not finite, or that the log lacks, leaves a gap. */
typedef struct opt_double step_fn(const struct history_step *s);
step_fn step_loss, step_lr, step_ips;
/* Whether any step has such a value: a chart without one is not drawn. */
bool steps_tell(const struct history *h, step_fn *value);
bool epochs_tell(const struct history *h, epoch_fn *value);
/* smooth: how much of the mean before is kept from one iteration to the next, 0..0.99 */
struct series smooth_series(const struct history *h, step_fn *value, struct range x, size_t points,
			    double smooth);
/* From the least to the most at each place: the curve as it is, with all its noise. */
struct series raw_series(const struct history *h, step_fn *value, struct range x, size_t points);

struct series epoch_series(const struct history *h, epoch_fn *value);

/* The newest value at or before a place on the axis. */
struct opt_double series_at(const struct series *s, double x);

/* What is under the crosshair, the important first: iteration, epoch, losses, rate, and what
 * happened there. Nothing when there is nothing yet. */
void crosshair_words(const struct history *h, const struct view *v, struct strbuf *out);

/* Index of the epoch under the crosshair; -1 when it is not over yet. */
int crosshair_epoch(const struct history *h, const struct view *v);

#endif
