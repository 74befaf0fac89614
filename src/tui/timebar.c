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

/* Trouble first, then what begins, then what somebody did. */
static int rank_of(const struct track_mark *m)
{
	static const unsigned char ranks[MARK_N + 1] = {
	    [MARK_NONFINITE] = 9, [MARK_PHASE] = 8, [MARK_BACK] = 7,    [MARK_PAUSE] = 2,
	    [TRACK_GOES_ON] = 1,  [MARK_RULE] = 6,  [MARK_FREEZE] = 5,  [MARK_UNFREEZE] = 5,
	    [MARK_SCALE] = 4,     [MARK_LR_UP] = 4, [MARK_LR_DOWN] = 4,
	};
	return ranks[m->kind];
}

static struct timebar_cell *cell_of(const struct timeline *t, int w, struct timebar_cell *out,
				    size_t at)
{
	return &out[timebar_column(t->n, w, at)];
}

static void add_epochs(const struct timeline *t, int w, struct timebar_cell *out)
{
	const struct timeline_epoch *best = timeline_find_epoch(t, t->track.best_epoch);
	for (size_t i = 0; i < t->n_epochs && t->n_epochs <= (size_t)w / TICK_W; i++)
		cell_of(t, w, out, t->epochs[i].behind)->epoch_at = t->epochs[i].behind;
	if (best) {
		struct timebar_cell *cell = cell_of(t, w, out, best->behind);
		cell->epoch_at = best->behind;
		cell->best = true;
	}
}

/* Marks that came together are one, where the last of them is. */
static void add_marks(const struct timeline *t, int w, struct timebar_cell *out)
{
	const struct track *k = &t->track;
	const struct track_mark *most = NULL;
	for (size_t i = 0; i < k->n_marks; i++) {
		const struct track_mark *m = &k->marks[i];
		if (!m->joined || rank_of(m) > rank_of(most))
			most = m;
		if (i + 1 < k->n_marks && k->marks[i + 1].joined)
			continue;
		struct timebar_cell *cell = cell_of(t, w, out, m->at);
		if (cell->mark && rank_of(cell->mark) >= rank_of(most))
			continue;
		cell->mark = most;
		cell->mark_at = m->at;
	}
}

/* A phase begins where its mark is. */
static void add_phases(const struct timeline *t, int w, struct timebar_cell *out)
{
	const struct track *k = &t->track;
	size_t i = 0;
	for (int x = 0; x < w; x++) {
		size_t before = i;
		while (i < k->n_phases && (timebar_column(t->n, w, k->phases[i].at) <= x ||
					   k->phases[i].at <= out[x].mark_at))
			i++;
		out[x].n_phases = i;
		if (i > before && out[x].mark)
			out[x].phase = &k->phases[i - 1];
	}
}

void timebar_cells(const struct timeline *t, int w, struct timebar_cell *out)
{
	memset(out, 0, (size_t)w * sizeof(*out));
	add_epochs(t, w, out);
	add_marks(t, w, out);
	add_phases(t, w, out);
}

size_t timebar_pointed(const struct timeline *t, int w, int column)
{
	if (column <= 0 || column >= w - 1)
		return timebar_place(t->n, w, column);
	struct timebar_cell *cells = xcalloc((size_t)w, sizeof(*cells));
	timebar_cells(t, w, cells);
	const struct timebar_cell cell = cells[column];
	free(cells);
	return cell.mark_at    ? cell.mark_at
	       : cell.epoch_at ? cell.epoch_at
			       : timebar_place(t->n, w, column);
}
