/* Where the charts of the Metrics page stand: as many columns as it takes to show all at once, and no
 * more than have the room for a chart. Pure integer arithmetic.
 * Invariant: the cells lie inside the rectangle and do not overlap.
 */
#ifndef TUI_METRICS_GRID_H
#define TUI_METRICS_GRID_H

#include "thaw/history/history.h"
#include "thaw/term/canvas.h"
#include "thaw/term/plot.h"
#include "thaw/tui/view.h"

struct metrics_grid {
	int cols, rows; /* at least 1 */
	struct rect r;
};

/* For n charts inside a rectangle. */
struct metrics_grid metrics_grid(struct rect r, int n);
struct rect metrics_cell(const struct metrics_grid *g, int col, int row);

/* That of the page on a screen of this size, for all that it lists. */
struct metrics_grid metrics_grid_of(const struct history *h, const struct view *v, int w,
				    int h_rows);

/* The iterations that a chart shows of a series: all, or the part that was zoomed into, at its end or
 * around the crosshair. */
struct range metrics_window(const struct history_series *s, const struct view *v);

#endif
