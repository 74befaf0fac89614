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
	log_reader_close(t->reader);
	log_reader_close(t->again);
	free(t->ms);
	free(t->epochs);
	track_release(&t->track);
	record_release(event_record(EV_END), &t->end);
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

/* An epoch's picture is complete with what the trainer logs right behind it. */
static bool belongs_to_epoch(enum event_type type)
{
	return type == EV_PROBE || type == EV_CHECKPOINT || type == EV_NOTE;
}

static void note_epoch(struct timeline *t, const struct event *ev)
{
	if (ev->type == EV_EPOCH) {
		ALLOC_GROW(t->epochs, t->n_epochs + 1, t->cap_epochs);
		t->epochs[t->n_epochs++] =
		    (struct timeline_epoch){.epoch = ev->epoch.epoch, .at = t->n - 1};
		t->epoch_open = true;
	}
	t->epoch_open = t->epoch_open && (ev->type == EV_EPOCH || belongs_to_epoch(ev->type));
	if (t->epoch_open)
		t->epochs[t->n_epochs - 1].behind = t->n;
}

/* An end that another trainer went on behind is none. */
static void note_end(struct timeline *t, const struct event *ev)
{
	if (ev->type != EV_END && ev->type != EV_RUN)
		return;
	record_release(event_record(EV_END), &t->end);
	t->has_end = ev->type == EV_END;
	if (t->has_end)
		record_copy(event_record(EV_END), &t->end, &ev->end);
}

static void take(struct timeline *t, const struct event *ev, bool follow)
{
	if (follow && t->at == t->n) {
		history_apply(&t->history, ev);
		t->at++;
	}
	ALLOC_GROW(t->ms, t->n + 1, t->cap);
	t->ms[t->n++] = ev->t_ms;
	note_epoch(t, ev);
	note_end(t, ev);
	track_take(&t->track, ev, t->n);
}

bool timeline_read(struct timeline *t, int64_t budget_ms, bool follow)
{
	int64_t until = clock_ms() + budget_ms;
	if (!t->reader)
		return false;
	for (int i = 1;; i++) {
		struct event ev;
		if (!run_log_next(t->reader, &ev, count_broken, t))
			return false;
		take(t, &ev, follow);
		event_release(&ev);
		if (i % 16 == 0 && clock_ms() >= until)
			return true;
	}
}

/* Have `again` stand behind the events that are folded. */
static bool go_again(struct timeline *t)
{
	struct event ev;
	if (t->again && t->again_at > t->at) {
		log_reader_close(t->again);
		t->again = NULL;
	}
	if (!t->again && t->reader) {
		t->again = log_reader_again(t->reader);
		t->again_at = 0;
	}
	while (t->again && t->again_at < t->at && run_log_next(t->again, &ev, NULL, NULL)) {
		event_release(&ev);
		t->again_at++;
	}
	return t->again && t->again_at == t->at;
}

static bool fold_next(struct timeline *t)
{
	struct event ev;
	if (!run_log_next(t->again, &ev, NULL, NULL))
		return false;
	history_apply(&t->history, &ev);
	event_release(&ev);
	t->again_at = ++t->at;
	return true;
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
	bool more = t->at == n || go_again(t);
	while (more && t->at < n)
		more = fold_next(t);
	t->at = n; /* also where the file has lost its end meanwhile */
}

/* The first epoch at or behind a place; n_epochs: none is. */
static size_t epoch_from(const struct timeline *t, size_t at)
{
	size_t lo = 0, hi = t->n_epochs;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (t->epochs[middle].at < at)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

size_t timeline_next_epoch(const struct timeline *t, size_t at)
{
	size_t i = epoch_from(t, at);
	return i < t->n_epochs ? t->epochs[i].behind : t->n;
}

size_t timeline_previous_epoch(const struct timeline *t, size_t at)
{
	size_t i = epoch_from(t, at);
	while (i > 0 && t->epochs[i - 1].behind >= at)
		i--;
	return i > 0 ? t->epochs[i - 1].behind : 0;
}

const struct timeline_epoch *timeline_find_epoch(const struct timeline *t, int64_t epoch)
{
	for (size_t i = t->n_epochs; i-- > 0;)
		if (t->epochs[i].epoch == epoch)
			return &t->epochs[i];
	return NULL;
}

int64_t timeline_ms(const struct timeline *t, size_t n)
{
	return n ? t->ms[n - 1] : 0;
}

size_t timeline_at_ms(const struct timeline *t, size_t from, double ms)
{
	while (from < t->n && (double)t->ms[from] <= ms)
		from++;
	return from;
}

const struct event_end *timeline_end(const struct timeline *t)
{
	return t->has_end ? &t->end : NULL;
}
