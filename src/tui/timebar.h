/* The line of a replay's bar: which place in the log a column stands for, and back. Pure functions.
 *
 * The columns share the events evenly, so a night without any takes no room. The first column is
 * the log's beginning, the last its end.
 */
#ifndef TUI_TIMEBAR_H
#define TUI_TIMEBAR_H

#include "thaw/run/timeline.h"

/* The column of `w` of a place among n events. */
int timebar_column(size_t n, int w, size_t at);

/* The place of a column; those beside the line are its ends. */
size_t timebar_place(size_t n, int w, int column);

/* The same for who points at what a column shows: behind the mark there, else behind the epoch that
 * ends there, else as above. */
size_t timebar_pointed(const struct timeline *t, int w, int column);

/* What a column shows besides the line, the more important of several. */
enum timebar_kind { TIMEBAR_LINE, TIMEBAR_EPOCH, TIMEBAR_BEST, TIMEBAR_MARK };

struct timebar_cell {
	enum timebar_kind kind;
	const struct track_mark *mark; /* of TIMEBAR_MARK; borrowed from the timeline */
	size_t at;                     /* behind it; of TIMEBAR_LINE nothing */
};

/* Shape: out[w] */
void timebar_cells(const struct timeline *t, int w, struct timebar_cell *out);

/* Whether so many epochs have room to be told apart. */
bool timebar_ticks(const struct timeline *t, int w);

#endif
