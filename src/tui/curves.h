/* What the charts of the Train page share: series over the run, the part of it that is shown, and
 * the crosshair's read-out. Pure functions of history and view.
 *
 * The x axis of every chart counts epochs; iterations are fractions of them.
 */
#ifndef TUI_CURVES_H
#define TUI_CURVES_H

#include "series.h"
#include "thaw/history/history.h"
#include "thaw/tui/view.h"

#include <stddef.h>

/* The epochs on the x axis: all of the run so far and some of its plan, or the part that was
 * zoomed into, around the crosshair or at the end. */
struct range curve_window(const struct history *h, const struct view *v);

/* The iterations that one step of the crosshair goes. */
int64_t crosshair_step(const struct history *h, const struct view *v);

/* What the axis of such a window counts: epochs, or iterations where it shows few epochs. */
struct plot_count curve_count(const struct history *h, struct range x);

/* What is under the crosshair, the important first: iteration, epoch, losses, rate, and what
 * happened there. Nothing when there is nothing yet. */
void crosshair_words(const struct history *h, const struct view *v, struct strbuf *out);

/* Index of the epoch under the crosshair; -1 when it is not over yet. */
int crosshair_epoch(const struct history *h, const struct view *v);

#endif
