/* What a run's log says was finally trained: its events without those that are void because the run
 * was resumed from, or went back to, a point before them.
 *
 * By it a run is trained again, and compared. Kept are the events that tell of training: run, layers,
 * phase, freeze, lr, scale, step, steps, epoch, checkpoint, command, control and end; of an epoch
 * neither classes nor confusion. A stop that the run was resumed from is void, too.
 *
 * Invariant: the events stand in the order of the log, and none of them is of an iteration after the
 * last one that counts.
 */
#ifndef THAW_RUN_TRAINED_H
#define THAW_RUN_TRAINED_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trained {
	struct event *events; /* owned */
	size_t n, cap;
	int64_t n_resumed;
	bool lost_epochs; /* the run went back beyond ends of epochs */
	bool unrecorded; /* an early version's log: it tells what came of commands, not which they were */
};

/* Take one event of a log in, which is then owned here, or released. */
void trained_add(struct trained *t, struct event *ev);

/* End it with a stop at that place: what came after it is dropped. */
void trained_stop(struct trained *t, const struct event_command *stop);

/* The whole log of a run: a directory, or a log alone.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (it does not tell how the run began) */
enum err trained_read(struct trained *t, const char *run, struct errinfo *e);

/* The events as lines of a log, and back. Errors: ERR_FORMAT. */
void trained_encode(const struct trained *t, struct strbuf *out);
enum err trained_decode(struct trained *t, const char *text, size_t len, struct errinfo *e);
void trained_release(struct trained *t);

/* The first event of a kind at or behind index i; t->n when there is none. */
size_t trained_find(const struct trained *t, enum event_type type, size_t i);

/* The `run` event that it began with; never NULL when it was read. */
const struct event_run *trained_run(const struct trained *t);

/* How many commands counted that were given for a cause. */
size_t trained_commands(const struct trained *t, enum cause cause);

/* The iteration that an event tells of; -1: of none. */
int64_t trained_iter(const struct event *ev);

#endif
