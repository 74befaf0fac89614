/* What stands where in a whole log, wherever a replay stands in it: iterations, phases, what was
 * changed and what went wrong. It is what a bar shows, and what steps and `goto` go by.
 *
 * Made of the events as they are read, each once and in their order; the history is not needed, so
 * it tells what is behind the place that is shown, too. Places count events: p stands behind the
 * first p of them. Memory: nothing an event, a few bytes for each spell of iterations in a row and
 * for each mark.
 */
#ifndef THAW_RUN_TRACK_H
#define THAW_RUN_TRACK_H

#include "thaw/event/event.h"
#include "thaw/history/history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACK_GOES_ON MARK_N /* no marker has it: a pause is over, another trainer goes on */

struct track_mark {
	size_t at;    /* its place: behind its event */
	int64_t iter; /* done there */
	int kind;     /* enum marker_kind, or TRACK_GOES_ON */
	int64_t cause;
	bool joined; /* came with the one before, by the plan or with the trainer that goes on: a
		       * step goes over both */
};

struct track_spell {       /* events in a row that each tell as many iterations */
	size_t at, n;      /* the place behind the first; how many events */
	int64_t iter, per; /* the first iteration of the first; iterations an event */
};

struct track_phase {
	size_t at;    /* the place where it begins, or is gone on with after the run went back */
	int64_t iter; /* done there */
	int64_t index;
	char *name; /* owned */
};

struct track {
	struct track_spell *spells;
	size_t n_spells, cap_spells;
	struct track_mark *marks;
	size_t n_marks, cap_marks;
	struct track_phase *phases;
	size_t n_phases, cap_phases;
	int64_t first_iter, last_iter; /* the least and the largest of all; 0 before the first */
	int64_t best_epoch;            /* 0: none is known */
	int64_t active_ms;             /* of the run, waits of more than a minute counted as one */
	/* The reader's own: */
	int64_t t_ms, bad_iter;
	bool has_run, told_best;
	double best_acc;
};

void track_release(struct track *t); /* zeroed is empty */

/* The next event of the log; `at` is the place behind it. */
void track_take(struct track *t, const struct event *ev, size_t at);

/* The same of an event of n iterations from `iter` on, for who reads those without an event; some
 * loss among them is not finite where `bad`. */
void track_take_steps(struct track *t, int64_t t_ms, size_t at, int64_t iter, int64_t n, bool bad);

/* Behind the event that tells an iteration, the last one that does; where none tells it, behind the
 * next one told. 0: it is beyond the last, or there is none. */
size_t track_find_iter(const struct track *t, int64_t iter);

/* The iteration that was told last at a place; 0 before the first. */
int64_t track_iter_at(const struct track *t, size_t at);

/* The next place of a kind in a direction, 1 or -1, from a place; `at` itself when there is none. */
size_t track_step(const struct track *t, size_t at, int direction); /* behind iterations */
size_t track_step_mark(const struct track *t, size_t at, int direction);

#endif
