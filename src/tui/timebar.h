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

/* What a column shows besides the line; pointers are borrowed from the timeline. */
struct timebar_cell {
	const struct track_mark *mark;   /* the most important one; NULL = none */
	const struct track_phase *phase; /* that begins; NULL = none */
	size_t mark_at,
	    epoch_at;    /* behind all that came with the mark; behind the epoch, 0 = none */
	bool best;       /* the epoch is the best */
	size_t n_phases; /* begun so far */
};

/* Epochs are told where they have room to be told apart, the best one always.
 * Shape: out[w] */
void timebar_cells(const struct timeline *t, int w, struct timebar_cell *out);

#endif
