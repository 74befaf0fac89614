#include "queue.h"
#include "session.h"
#include "thaw/base/alloc.h"

void queue_give(struct session *s, uint64_t client, const struct command *c, enum cause cause)
{
	struct commands *q = &s->commands;
	ALLOC_GROW(q->queue, q->n_queue + 1, q->cap_queue);
	struct waiting *w = &q->queue[q->n_queue++];
	w->client = client;
	w->cause = cause;
	command_copy(&w->cmd, c);
}

void queue_record(struct session *s, enum command_type type, const char *arg, enum cause cause)
{
	const struct event_command ev = {.iter = s->at.iter,
					 .cause = cause,
					 .phase = (int64_t)s->at.phase,
					 .epochs = s->at.epochs_done,
					 .epoch = s->at.epoch,
					 .command = command_table[type].name,
					 .arg = arg};
	emit_command(s->emit, &ev);
}
