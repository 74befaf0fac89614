/* What a run owes the disk: the lines of its log, and the checkpoints that it has promised.
 *
 * What cannot be written is not given up: the run waits between two iterations, tells its viewers
 * through the control socket and stderr why (the log may be what cannot be written), tries again
 * soon, then once a second, and at once on any command, and goes on when it is written. Commands
 * are answered meanwhile; `stop` and signals end the wait, and the run, after one more try. A run
 * directory that was removed, or a log, cannot come back: the run ends at once, as failed.
 *
 * Inside an epoch a checkpoint is promised when none was made for train.checkpoint_minutes: what a
 * stop there would save, so that a long epoch is not lost. It changes nothing of the training.
 *
 * Invariants: a run that goes on has written its log before a checkpoint that knows of it; a run
 * never ends as finished while it owes something.
 */
#ifndef THAW_TRAIN_SAVING_H
#define THAW_TRAIN_SAVING_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct session;

struct saving {
	bool owes;        /* a checkpoint, */
	bool whole, best; /* ... of an epoch that has ended, with the best weights so far */
	bool ended;       /* the log holds the `end`: nothing may follow it */
	bool give_up;     /* the run must end, saved or not */
	char *reason;     /* why something is not written; owned; NULL: everything is */
	int64_t since_ms, next_ms; /* the first try that failed, the next one; monotonic */
	int64_t pause_ms;          /* between the last and the next */
	int64_t saved_ms;          /* when the last checkpoint was made, by saving_clock() */
	int64_t saved_iter;        /* ... after so many iterations */
};

/* What tells whether a checkpoint is due: clock_ms(), but in tests. */
extern int64_t (*saving_clock)(void);

/* Training begins where the run was saved last, or where there is nothing to save yet. */
void saving_begin(struct session *s);

/* Is it time for a checkpoint inside the epoch? Not while accidents may still be in the weights. */
bool saving_due(const struct session *s);

/* A checkpoint is owed from now on. */
void saving_promise(struct session *s, bool whole, bool best);

/* Write what is owed, when it is time to try. Costs next to nothing when that is nothing.
 * Errors: ERR_IO, it can never be written. */
enum err saving_try(struct session *s, struct errinfo *e);
void saving_again(struct session *s); /* it is time */

/* Must the run wait? So long until the next try. */
bool saving_waits(const struct session *s);
int saving_wait_ms(const struct session *s);

/* The last try of a run that ends: everything; the weights also where the log cannot be written.
 * Errors: ERR_IO, something is lost. */
enum err saving_last(struct session *s, struct errinfo *e);

void saving_release(struct session *s);

#endif
