/* A timeline that follows, one that goes where it is sent, and the fold of all events by themselves
 * are the same. */
#include "../history/same.h"
#include "../train/scratch.h"
#include "thaw/base/file.h"
#include "thaw/run/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { EPOCHS = 30, STEPS = 4 };

static char *root, *path;
static struct strbuf log_text = STRBUF_INIT;
static enum event_type types[1024]; /* of each event of the log */
static size_t n_events;

static void put(struct event ev)
{
	ev.seq = (int64_t)++n_events;
	ev.t_ms = 100 * (int64_t)n_events;
	types[n_events - 1] = ev.type;
	event_encode(&ev, &log_text);
}

/* An epoch with some of what comes behind it, not always the same. */
static void put_epoch(int64_t epoch)
{
	double losses[STEPS] = {1, 0.5, 0.25, 0.125};
	put((struct event){
	    .type = EV_STEPS,
	    .steps = {(epoch - 1) * STEPS + 1, epoch, losses, STEPS, NULL, 0, {0}, {0}}});
	put((struct event){.type = EV_EPOCH,
			   .epoch = {.epoch = epoch,
				     .iter = epoch * STEPS,
				     .valid = {.acc = {0.01 * (double)epoch, true}}}});
	if (epoch % 2)
		put((struct event){.type = EV_PROBE, .probe = {.epoch = epoch}});
	if (epoch % 3)
		put((struct event){.type = EV_CHECKPOINT,
				   .checkpoint = {.epoch = epoch, .kind = CHECKPOINT_EPOCH}});
	if (epoch % 5 == 0)
		put((struct event){.type = EV_NOTE, .note = {.text = "a remark"}});
}

static int make_log(void **state)
{
	(void)state;
	root = scratch_new();
	path = path_join(root, "events.jsonl");
	put((struct event){.type = EV_RUN, .run = {.name = "made up", .iterations = STEPS}});
	for (int64_t epoch = 1; epoch <= EPOCHS; epoch++)
		put_epoch(epoch);
	put((struct event){.type = EV_END, .end = {.status = END_STOPPED, .reason = "enough"}});
	return file_write_atomic(path, log_text.buf, log_text.len, NULL);
}

static int remove_log(void **state)
{
	(void)state;
	scratch_free(root);
	free(path);
	strbuf_release(&log_text);
	return 0;
}

static void open_timeline(struct timeline *t, bool follow)
{
	timeline_init(t);
	assert_int_equal(timeline_open(t, path, NULL), ERR_OK);
	while (timeline_read(t, 1000, follow))
		;
	assert_int_equal(t->n, n_events);
	assert_int_equal(t->at, follow ? n_events : 0);
}

/* As folded by nothing but history_apply(). */
static void fold_first(struct history *h, size_t n)
{
	const char *line = log_text.buf;
	history_init(h);
	for (size_t i = 0; i < n; i++) {
		struct event ev;
		const char *end = strchr(line, '\n');
		assert_int_equal(event_decode(&ev, line, (size_t)(end - line), NULL), ERR_OK);
		history_apply(h, &ev);
		event_release(&ev);
		line = end + 1;
	}
}

static void want_at(const struct timeline *t, size_t n)
{
	struct history h;
	fold_first(&h, n);
	assert_int_equal(t->at, n);
	assert_int_equal(timeline_ms(t, t->at), 100 * (int64_t)n);
	same_history(&t->history, &h);
	history_release(&h);
}

static void goes_where_it_is_sent(void **state)
{
	(void)state;
	struct timeline follows, sent;
	open_timeline(&follows, true);
	open_timeline(&sent, false);
	want_at(&follows, n_events);
	for (size_t i = 0; i < 60; i++) {
		size_t to = i * 37 % (n_events + 3);
		struct timeline *t = i % 3 ? &sent : &follows;
		timeline_seek(t, to);
		want_at(t, to < n_events ? to : n_events);
	}
	timeline_release(&follows);
	timeline_release(&sent);
}

/* By looking at every event. */
static size_t next_epoch(size_t at)
{
	for (size_t i = at; i < n_events; i++) {
		if (types[i] != EV_EPOCH)
			continue;
		for (i++; i < n_events && (types[i] == EV_PROBE || types[i] == EV_CHECKPOINT ||
					   types[i] == EV_NOTE);
		     i++)
			;
		return i;
	}
	return n_events;
}

static size_t previous_epoch(size_t at)
{
	size_t stop = 0;
	for (size_t next = next_epoch(0); next < at; next = next_epoch(next))
		stop = next;
	return stop;
}

static void steps_by_epochs(void **state)
{
	(void)state;
	struct timeline t;
	open_timeline(&t, false);
	for (size_t at = 0; at <= n_events; at++) {
		assert_int_equal(timeline_next_epoch(&t, at), next_epoch(at));
		assert_int_equal(timeline_previous_epoch(&t, at), previous_epoch(at));
	}
	for (int64_t epoch = 1; epoch <= EPOCHS; epoch++) {
		const struct timeline_epoch *e = timeline_find_epoch(&t, epoch);
		timeline_seek(&t, e->behind);
		assert_int_equal(t.history.n_epochs, epoch);
	}
	assert_null(timeline_find_epoch(&t, EPOCHS + 1));
	assert_int_equal(timeline_at_ms(&t, 0, 550), 5);
	assert_string_equal(timeline_end(&t)->reason, "enough");
	timeline_release(&t);
}

/* Another trainer went on: the end is none, until the next. */
static void an_end_is_the_last_word(void **state)
{
	(void)state;
	struct timeline t;
	FILE *f = fopen(path, "a");
	open_timeline(&t, true);
	assert_non_null(f);
	fprintf(f, "{\"seq\":%zu,\"t\":999999,\"ev\":\"run\",\"name\":\"made up\"}\n",
		n_events + 1);
	fclose(f);
	assert_false(timeline_read(&t, 1000, true));
	assert_null(timeline_end(&t));
	assert_int_equal(t.at, n_events + 1);
	timeline_seek(&t, n_events);
	want_at(&t, n_events);
	timeline_release(&t);
}

/* The file has lost its end meanwhile: what is there is folded, and nothing hangs. */
static void a_log_cut_short_is_no_end_of_it(void **state)
{
	(void)state;
	struct timeline t;
	timeline_init(&t);
	assert_int_equal(timeline_open(&t, path, NULL), ERR_OK);
	while (timeline_read(&t, 1000, false))
		;
	size_t n = t.n;
	assert_int_equal(truncate(path, (off_t)log_text.len / 2), 0);
	timeline_seek(&t, n - 1);
	assert_int_equal(t.at, n - 1);
	assert_in_range(t.history.n_epochs, 1, EPOCHS - 1);
	timeline_seek(&t, n); /* which was read before */
	assert_int_equal(t.history.n_epochs, EPOCHS);
	timeline_seek(&t, 3);
	assert_int_equal(t.history.n_epochs, 1);
	timeline_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(goes_where_it_is_sent),
	    cmocka_unit_test(steps_by_epochs),
	    cmocka_unit_test(an_end_is_the_last_word),
	    cmocka_unit_test(a_log_cut_short_is_no_end_of_it),
	};
	return cmocka_run_group_tests(tests, make_log, remove_log);
}
