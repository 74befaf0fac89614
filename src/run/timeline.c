#include "thaw/run/timeline.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/run/run_log.h"

#include <stdlib.h>
#include <string.h>

void timeline_init(struct timeline *t)
{
	memset(t, 0, sizeof(*t));
	history_init(&t->history);
}

void timeline_release(struct timeline *t)
{
	if (t->reader)
		log_reader_close(t->reader);
	for (size_t i = 0; i < t->n; i++)
		event_release(&t->events[i]);
	free(t->events);
	history_release(&t->history);
	memset(t, 0, sizeof(*t));
}

enum err timeline_open(struct timeline *t, const char *path, struct errinfo *e)
{
	return log_reader_open(&t->reader, path, e);
}

enum err timeline_open_in(struct timeline *t, const struct folder *run, struct errinfo *e)
{
	return log_reader_open_in(&t->reader, run, e);
}

static void count_broken(void *arg, const struct errinfo *why)
{
	struct timeline *t = arg;
	(void)why;
	t->n_broken++;
}

bool timeline_read(struct timeline *t, int64_t budget_ms)
{
	int64_t until = clock_ms() + budget_ms;
	if (!t->reader)
		return false;
	for (int i = 1;; i++) {
		struct event ev;
		if (!run_log_next(t->reader, &ev, count_broken, t))
			return false;
		ALLOC_GROW(t->events, t->n + 1, t->cap);
		t->events[t->n++] = ev;
		if (i % 16 == 0 && clock_ms() >= until)
			return true;
	}
}

void timeline_seek(struct timeline *t, size_t n)
{
	if (n > t->n)
		n = t->n;
	if (n < t->at) {
		history_release(&t->history);
		history_init(&t->history);
		t->at = 0;
	}
	while (t->at < n)
		history_apply(&t->history, &t->events[t->at++]);
}

/* An epoch's picture is complete with what the trainer logs right behind it. */
static bool belongs_to_epoch(enum event_type type)
{
	return type == EV_PROBE || type == EV_CHECKPOINT || type == EV_NOTE;
}

size_t timeline_next_epoch(const struct timeline *t, size_t at)
{
	for (size_t i = at; i < t->n; i++) {
		if (t->events[i].type != EV_EPOCH)
			continue;
		for (i++; i < t->n && belongs_to_epoch(t->events[i].type); i++)
			;
		return i;
	}
	return t->n;
}

size_t timeline_previous_epoch(const struct timeline *t, size_t at)
{
	size_t stop = 0;
	for (size_t next = timeline_next_epoch(t, 0); next < at;
	     next = timeline_next_epoch(t, next))
		stop = next;
	return stop;
}

size_t timeline_at_ms(const struct timeline *t, size_t from, double ms)
{
	while (from < t->n && (double)t->events[from].t_ms <= ms)
		from++;
	return from;
}

const struct event_end *timeline_end(const struct timeline *t)
{
	for (size_t i = t->n; i-- > 0 && t->events[i].type != EV_RUN;)
		if (t->events[i].type == EV_END)
			return &t->events[i].end;
	return NULL; /* or of an earlier part: the run was resumed since */
}
