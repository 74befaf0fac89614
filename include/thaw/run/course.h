/* A run's course: the history of its whole log, and when each step and each epoch was told, which a
 * history does not keep. For what lays several runs over each other.
 *
 * It reads the log by budget and goes on where it stood, so that a live run's grows. Invariant: every
 * step and epoch of the history has its time, at the same index.
 */
#ifndef THAW_RUN_COURSE_H
#define THAW_RUN_COURSE_H

#include "thaw/base/err.h"
#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"
#include "thaw/run/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct course_clock { /* from this moment of the run on the wall clock is `started` plus t - at_s */
	double at_s;
	int64_t started_ms; /* since 1970 */
};

struct course {
	struct log_reader *reader;
	struct history history;
	double *step_s;           /* [history.n_steps] seconds since the run's begin */
	double *epoch_s;          /* [history.n_epochs] the same */
	size_t n_steps, n_epochs; /* as many, after each event */
	size_t cap_steps, cap_epochs;
	struct course_clock *clocks; /* [n_clocks] ascending; one for each trainer that told it */
	size_t n_clocks, cap_clocks;
	double last_s;    /* of the event before */
	bool whole;       /* the log was read to its end once */
	uint64_t version; /* goes up with each event */
};

/* Ready to be released, whatever comes. */
void course_init(struct course *c);
void course_release(struct course *c);

/* `path`: a run's directory, or a log that lies alone. Errors: as log_reader_open() */
enum err course_open(struct course *c, const char *path, struct errinfo *e);

/* Read on for about `budget_ms` (-1: to the end). True: there is more to read at once. */
bool course_read(struct course *c, int64_t budget_ms);

/* Read on until the log has said what run it is, or is over; a few lines of most logs. */
void course_read_head(struct course *c);

/* One event more. It is only borrowed. */
void course_apply(struct course *c, const struct event *ev);

/* How much of the log has been read, 0..1. */
double course_progress(const struct course *c);

/* The time of day at a moment of the run, in seconds since 1970; NaN: the log does not tell it. */
double course_wall_s(const struct course *c, double seconds);

#endif
