/* The golden law: for a run that was recorded live, the screen after seeking anywhere equals the live
 * screen at that event, on every page, at several sizes, apart from clocks and from the lines at the
 * bottom, which say that it is a replay. */
#include "../history/same.h"
#include "check.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/run/timeline.h"
#include "thaw/tui/layout.h"

#include <unistd.h>

static const struct {
	int w, h;
} sizes[] = {{120, 40}, {80, 24}, {40, 12}, {200, 60}};

enum { N_SIZES = sizeof(sizes) / sizeof(*sizes), VISITS = 36, SPACING = 4096 };

static uint64_t drawn;
static char path[] = "/tmp/thaw-golden-law-XXXXXX";

/* ---- logs ---- */

/* A whole run: of every kind of event something. */
static void write_sample(FILE *out)
{
	struct sample s = {out, 0, 0, 1};
	sample_whole(&s);
}

static void put_control(struct sample *s, enum control_what what, int64_t iter)
{
	struct event ev = {.type = EV_CONTROL,
			   .control = {.what = what, .iter = iter, .cause = CAUSE_USER}};
	sample_put(s, &ev, 700);
}

static void put_checkpoint(struct sample *s, int64_t epoch, int64_t iter)
{
	struct event ev = {.type = EV_CHECKPOINT,
			   .checkpoint = {epoch, iter, CHECKPOINT_LAST, "last.weights", 1000000, NULL}};
	sample_put(s, &ev, 20);
}

/* It pauses, goes back, stops; another trainer goes on from before that, and ends. */
static void write_resumed(FILE *out)
{
	enum { SAVED = 3 * SAMPLE_ITERS };
	struct sample s = {out, 0, 0, 1};
	sample_begin(&s);
	sample_epochs(&s, 1, 3);
	put_checkpoint(&s, 3, SAVED);
	sample_epochs(&s, 4, 5);
	put_control(&s, CONTROL_PAUSED, 5 * SAMPLE_ITERS);
	put_control(&s, CONTROL_UNPAUSED, 5 * SAMPLE_ITERS);
	put_control(&s, CONTROL_BACK, SAVED);
	sample_epochs(&s, 4, 7);
	sample_end(&s, END_STOPPED, "stopped by the user");
	sample_run(&s);
	put_control(&s, CONTROL_CONTINUED, SAVED);
	sample_freeze(&s, SAVED, CAUSE_RESUME, "0-17", "0-13");
	sample_epochs(&s, 4, 9);
	sample_end(&s, END_FINISHED, "all epochs done");
}

/* ---- screens ---- */

static void draw_screen(struct canvas *c, const struct history *h, const struct view *v,
			size_t size)
{
	canvas_init(c, sizes[size].w, sizes[size].h, true, 256);
	screen_draw(c, h, v);
}

static bool same_cell(const struct canvas *a, const struct canvas *b, int x, int y)
{
	const struct cell *p = canvas_at(a, x, y), *q = canvas_at(b, x, y);
	return p->ch == q->ch && p->mark == q->mark && p->style.fg == q->style.fg &&
	       p->style.bg == q->style.bg && p->style.attr == q->style.attr;
}

static bool within(struct rect r, int x, int y)
{
	return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
}

static void fail_screens(const struct canvas *live, const struct canvas *sought, size_t at, int x,
			 int y)
{
	struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;
	canvas_dump(live, true, &a);
	canvas_dump(sought, true, &b);
	fail_msg("at event %zu, %dx%d, the cells at %d,%d differ; live:\n%s\nafter seeking:\n%s",
		 at, live->w, live->h, x, y, a.buf, b.buf);
}

/* A part of the screen, but for what is in `but`. */
static void want_same(const struct canvas *live, const struct canvas *sought, struct rect r,
		      struct rect but, size_t at)
{
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++)
			if (!within(but, x, y) && !same_cell(live, sought, x, y))
				fail_screens(live, sought, at, x, y);
}

/* The panels that a live run and a replay show in the same place, without the lines about the
 * viewer; returns how many those are. */
static int want_same_panels(const struct canvas *live, const struct view *lv,
			    const struct canvas *sought, const struct view *sv, size_t at)
{
	struct layout a, b;
	int n = 0;
	layout_view(&a, lv, live->w, live->h);
	layout_view(&b, sv, live->w, live->h);
	for (int i = 0; i < a.n; i++) {
		struct rect r = a.item[i].r, other = layout_find(&b, a.item[i].id);
		if (a.item[i].id == PANEL_MESSAGE || a.item[i].id == PANEL_HINTS ||
		    memcmp(&r, &other, sizeof(r)) != 0)
			continue;
		want_same(live, sought, r, layout_clock(live->w, live->h), at);
		n++;
	}
	return n;
}

static void compare(const struct history *live, const struct timeline *t, size_t size)
{
	const struct rect all = {0, 0, sizes[size].w, sizes[size].h}, none = {0};
	struct view lv, sv;
	view_init(&lv, VIEW_LIVE, "runs/law");
	view_init(&sv, VIEW_REPLAY, "runs/law");
	sv.position = t->at;
	sv.n_events = t->n + 1; /* not at its end, where a page of its own sums it up */
	for (int page = 0; page < PAGE_N; page++) {
		struct canvas a, b, c;
		lv.page = sv.page = (enum page)page;
		draw_screen(&a, live, &lv, size);
		draw_screen(&b, &t->history, &lv, size);
		draw_screen(&c, &t->history, &sv, size);
		want_same(&a, &b, all, none, t->at);
		assert_true(want_same_panels(&a, &lv, &c, &sv, t->at) > 0);
		canvas_release(&a);
		canvas_release(&b);
		canvas_release(&c);
	}
}

/* ---- the law ---- */

/* Folded live: event by event, from the first. */
static void fold_live(struct history *h, const char *log, size_t n)
{
	struct log_reader *r;
	struct event ev;
	assert_int_equal(log_reader_open(&r, log, NULL), ERR_OK);
	history_init(h);
	for (; n > 0 && log_reader_next(r, &ev, NULL) == LOG_EVENT; n--) {
		history_apply(h, &ev);
		event_release(&ev);
	}
	assert_int_equal(n, 0);
	log_reader_close(r);
}

static size_t draw_below(size_t n)
{
	return (size_t)rng_below(rng_key(5, RNG_PROBE, 0, 0), drawn++, n);
}

/* Far away, a little on, a little back, the end. */
static size_t next_place(const struct timeline *t, size_t i)
{
	if (i == 0)
		return t->n;
	if (i % 3 == 1)
		return draw_below(t->n + 1);
	size_t far = draw_below(40), at = t->at;
	return i % 3 == 2 ? (at + far < t->n ? at + far : t->n) : at - (at < far ? at : far);
}

static void hold_law(const char *log)
{
	struct timeline t;
	timeline_init(&t);
	t.spacing = SPACING;
	assert_int_equal(timeline_open(&t, log, NULL), ERR_OK);
	while (timeline_read(&t, 1000, false))
		;
	assert_true(t.n > 100);
	for (size_t i = 0; i < VISITS; i++) {
		struct history live;
		timeline_seek(&t, next_place(&t, i));
		fold_live(&live, log, t.at);
		same_history(&t.history, &live);
		compare(&live, &t, i % N_SIZES);
		history_release(&live);
	}
	timeline_release(&t);
}

static void hold_law_of(void (*write)(FILE *out))
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	write(f);
	fclose(f);
	hold_law(path);
}

static void of_a_whole_run(void **state)
{
	(void)state;
	hold_law_of(write_sample);
}

static void of_a_run_that_went_back_and_on(void **state)
{
	(void)state;
	hold_law_of(write_resumed);
}

static void of_runs_that_were_recorded(void **state)
{
	(void)state;
	static const char *const logs[] = {
	    "tests/recorded/accidents.jsonl", "tests/recorded/card.jsonl",
	    "tests/recorded/classes.jsonl", "tests/recorded/long.jsonl"};
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		hold_law(logs[i]);
}

/* The demo's own pretraining: probes, mistakes and statistics of every epoch. */
static void of_a_long_recorded_run(void **state)
{
	(void)state;
	const char *log = "data/pretrained/pretrain-cifar10-more/events.jsonl";
	if (!file_exists(log))
		skip();
	hold_law(log);
}

static int open_path(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int close_path(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_a_whole_run),
	    cmocka_unit_test(of_a_run_that_went_back_and_on),
	    cmocka_unit_test(of_runs_that_were_recorded),
	    cmocka_unit_test(of_a_long_recorded_run),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, open_path, close_path);
}
