#include "timebar.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define TICK_W 3 /* columns an epoch, at least */

int timebar_column(size_t n, int w, size_t at)
{
	if (w < 2 || n == 0)
		return 0;
	at = at < n ? at : n;
	return (int)(((double)at * (w - 1)) / (double)n + 0.5);
}

size_t timebar_place(size_t n, int w, int column)
{
	if (column <= 0 || w < 2)
		return 0;
	if (column >= w - 1)
		return n;
	return (size_t)((double)column * (double)n / (w - 1) + 0.5);
}

bool timebar_ticks(const struct timeline *t, int w)
{
	return t->n_epochs && t->n_epochs <= (size_t)w / TICK_W;
}

/* Trouble first, then what begins, then what somebody did. */
static int rank_of(const struct track_mark *m)
{
	static const unsigned char ranks[MARK_N + 1] = {
	    [MARK_NONFINITE] = 9, [MARK_PHASE] = 8, [MARK_BACK] = 7,  [MARK_PAUSE] = 2,
	    [TRACK_GOES_ON] = 1,  [MARK_RULE] = 6,  [MARK_FREEZE] = 5, [MARK_UNFREEZE] = 5,
	    [MARK_SCALE] = 4,     [MARK_LR_UP] = 4, [MARK_LR_DOWN] = 4,
	};
	return ranks[m->kind];
}

static void add_epochs(const struct timeline *t, int w, struct timebar_cell *out)
{
	const struct timeline_epoch *best = timeline_find_epoch(t, t->track.best_epoch);
	for (size_t i = 0; i < t->n_epochs && timebar_ticks(t, w); i++) {
		size_t at = t->epochs[i].behind;
		out[timebar_column(t->n, w, at)] = (struct timebar_cell){TIMEBAR_EPOCH, NULL, at};
	}
	if (best)
		out[timebar_column(t->n, w, best->behind)] =
		    (struct timebar_cell){TIMEBAR_BEST, NULL, best->behind};
}

void timebar_cells(const struct timeline *t, int w, struct timebar_cell *out)
{
	memset(out, 0, (size_t)w * sizeof(*out));
	add_epochs(t, w, out);
	for (size_t i = 0; i < t->track.n_marks; i++) {
		const struct track_mark *m = &t->track.marks[i];
		struct timebar_cell *cell = &out[timebar_column(t->n, w, m->at)];
		if (cell->kind == TIMEBAR_MARK && rank_of(cell->mark) >= rank_of(m)) {
			if (m->joined)
				cell->at = m->at;
			continue;
		}
		*cell = (struct timebar_cell){TIMEBAR_MARK, m, m->at};
	}
}

size_t timebar_pointed(const struct timeline *t, int w, int column)
{
	if (column <= 0 || column >= w - 1)
		return timebar_place(t->n, w, column);
	struct timebar_cell *cells = xcalloc((size_t)w, sizeof(*cells));
	timebar_cells(t, w, cells);
	size_t at = cells[column].kind == TIMEBAR_LINE ? timebar_place(t->n, w, column)
						       : cells[column].at;
	free(cells);
	return at;
}
