#include "thaw/run/timeline.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/run/run_log.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void timeline_init(struct timeline *t)
{
	memset(t, 0, sizeof(*t));
	history_init(&t->history);
	history_init(&t->newest);
	t->spacing = TIMELINE_SPACING;
}

/* All that was read. */
static void forget(struct timeline *t)
{
	log_reader_close(t->again);
	t->again = NULL;
	while (t->n_kept)
		history_kept_free(t->kept[--t->n_kept].history);
	record_release(event_record(EV_END), &t->end);
	track_release(&t->track);
	history_release(&t->history);
	history_release(&t->newest);
	t->apart = t->has_end = t->epoch_open = false;
	t->n = t->n_epochs = t->at = t->again_at = 0;
	t->spacing = TIMELINE_SPACING;
}

void timeline_release(struct timeline *t)
{
	forget(t);
	log_reader_close(t->reader);
	free(t->kept);
	free(t->ms);
	free(t->epochs);
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

/* Let the history stay where it is, at the end, while what follows is read. */
static void part(struct timeline *t)
{
	struct history_kept *here = history_keep(&t->history, NULL);
	t->newest = t->history;
	history_init(&t->history);
	history_go_back(&t->history, here);
	history_kept_free(here);
	t->apart = true;
}

/* There is no place between the last one and the end that is farther from both than the spacing, but
 * for the length of a line. */
static void keep(struct timeline *t)
{
	const struct timeline_kept *last = t->n_kept ? &t->kept[t->n_kept - 1] : NULL;
	struct log_mark mark = log_reader_mark(t->reader);
	if (mark.offset - (last ? last->mark.offset : 0) < t->spacing)
		return;
	if (t->n_kept == TIMELINE_KEPT) {
		for (size_t i = 0; i < TIMELINE_KEPT / 2; i++) {
			history_kept_free(t->kept[2 * i].history);
			t->kept[i] = t->kept[2 * i + 1];
		}
		t->n_kept = TIMELINE_KEPT / 2;
		t->spacing *= 2;
		return;
	}
	struct history_kept *h = history_keep(t->apart ? &t->newest : &t->history,
					      last ? last->history : NULL);
	ALLOC_GROW(t->kept, t->n_kept + 1, t->cap_kept);
	t->kept[t->n_kept++] = (struct timeline_kept){t->n, mark, h};
}

static void take(struct timeline *t, const struct event *ev, bool follow)
{
	if (log_reader_begun(t->reader) != t->n_begun)
		forget(t);
	t->n_begun = log_reader_begun(t->reader);
	if (!follow && !t->apart)
		part(t);
	ALLOC_GROW(t->ms, t->n + 1, t->cap);
	t->ms[t->n++] = ev->t_ms;
	note_epoch(t, ev);
	note_end(t, ev);
	track_take(&t->track, ev, t->n);
	history_apply(t->apart ? &t->newest : &t->history, ev);
	t->at += !t->apart;
	keep(t);
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

/* The last one at or before a place; NULL: there is none. */
static const struct timeline_kept *kept_before(const struct timeline *t, size_t n)
{
	size_t lo = 0, hi = t->n_kept;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (t->kept[middle].at <= n)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo ? &t->kept[lo - 1] : NULL;
}

/* Stand where the history was kept, with `again` behind it; NULL: at the beginning. */
static void go_back(struct timeline *t, const struct timeline_kept *k)
{
	const struct log_mark beginning = {0};
	if (k)
		history_go_back(&t->history, k->history);
	else
		history_release(&t->history);
	t->at = k ? k->at : 0;
	if (!t->again && t->reader)
		t->again = log_reader_again(t->reader);
	if (t->again)
		log_reader_go(t->again, k ? &k->mark : &beginning);
	t->again_at = t->at;
}

static bool fold_next(struct timeline *t)
{
	struct event ev;
	if (!t->again || !run_log_next(t->again, &ev, NULL, NULL))
		return false;
	history_apply(&t->history, &ev);
	event_release(&ev);
	t->again_at = ++t->at;
	return true;
}

/* Stand at the end, where all is folded already. */
static void join(struct timeline *t)
{
	history_release(&t->history);
	t->history = t->newest;
	history_init(&t->newest);
	t->apart = false;
	t->at = t->n;
}

/* Stand somewhere else, and keep what is folded from all. */
static void leave_end(struct timeline *t)
{
	t->newest = t->history;
	history_init(&t->history);
	t->apart = true;
	t->at = 0;
	t->again_at = SIZE_MAX; /* wherever it stands, it is not there */
}

void timeline_seek(struct timeline *t, size_t n)
{
	if (n > t->n)
		n = t->n;
	if (n == t->at)
		return;
	if (n == t->n) {
		join(t);
		return;
	}
	if (!t->apart)
		leave_end(t);
	const struct timeline_kept *k = kept_before(t, n);
	if (!t->again || t->again_at != t->at || n < t->at || (k && k->at > t->at))
		go_back(t, k);
	for (bool more = true; more && t->at < n;)
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
