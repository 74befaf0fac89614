/* The run browser's screen, which is a function of its view: golden pages, every size, hostile texts; and
 * how its list is arranged. */
#include "check.h"
#include "golden.h"

#include "../../src/tui/browser_draw.h"

#include "thaw/base/plain.h"
#include "thaw/report/comparison.h"

#define NOW INT64_C(1790000000000)

static struct run_point rising[] = {{1, 0.31, {1.2, true}},
				    {2, 0.55, {1.0, true}},
				    {3, 0.7, {0.8, true}},
				    {4, 0.66, {0.82, true}},
				    {5, 0.81, {0.6, true}}};
static struct run_point slower[] = {
    {1, 0.25, {1.3, true}}, {2, 0.4, {1.1, true}}, {4, 0.6, {0.9, true}}, {8, 0.78, {0.7, true}}};

static struct run_summary summary(const char *name, enum run_status status, int64_t ago_s)
{
	return (struct run_summary){
	    .name = name,
	    .path = name,
	    .status = status,
	    .doing = "",
	    .why = status == RUN_STATUS_FAILED ? "failed: a card that is gone" : "",
	    .resumable = status == RUN_STATUS_FAILED,
	    .started = NOW - ago_s * 1000 - 600000,
	    .changed = NOW - ago_s * 1000,
	    .log_bytes = 123456,
	    .n_epochs = 5,
	    .epoch = 6,
	    .epochs = 10,
	    .iteration = 160,
	    .iterations = 31,
	    .progress = status == RUN_STATUS_FINISHED ? 1 : 0.53,
	    .seconds = 754,
	    .phase = "tune",
	    .best_acc = opt_of(0.81),
	    .best_epoch = 5,
	    .last_acc = opt_of(0.805),
	    .last_loss = opt_of(0.6),
	    .train_loss = opt_of(0.41),
	    .lr = opt_of(0.0005),
	    .observation = "best so far",
	    .curve = rising,
	    .n_curve = 5,
	    .device = "cpu 94 %, 412.0 MB",
	    .lately = "▆▇█",
	    .cfg = "cfg/tiny.cfg",
	    .weights = "data/tiny.weights",
	    .data = "data/flowers",
	    .n_classes = 5,
	    .n_train = 480,
	    .n_valid = 120,
	    .input_w = 224,
	    .input_h = 224,
	    .batch = 16,
	    .seed = 1,
	    .optimizer = "sgd",
	    .phases = "head 5 x 0.01, tune 5 x 0.0005",
	    .parent = ""};
}

enum { LIVE, BUSY, ASKS, DONE, FAILED, FAR, BAD, UNREAD, N_RUNS };

static struct run_summary runs[N_RUNS];

static void make_runs(void)
{
	runs[LIVE] = summary("flowers-12", RUN_STATUS_RUNNING, 2);
	runs[LIVE].eta_ms = opt_of(372000);
	runs[LIVE].speed = opt_of(101.4);
	runs[BUSY] = summary("flowers-11", RUN_STATUS_RUNNING, 1);
	runs[BUSY].doing = "validating 40 %";
	runs[ASKS] =
	    summary("a-name-that-is-longer-than-any-column-of-it-may-be", RUN_STATUS_RUNNING, 9);
	runs[ASKS].asks = "the loss is not finite, for the 3rd time";
	runs[ASKS].doing = "paused";
	runs[DONE] = summary("flowers-2", RUN_STATUS_FINISHED, 86400);
	runs[FAILED] = summary("flowers-10", RUN_STATUS_FAILED, 3700);
	runs[FAR] = summary("cars", RUN_STATUS_FINISHED, 400000);
	runs[FAR].curve = slower;
	runs[FAR].n_curve = 4;
	runs[FAR].best_acc = opt_of(0.78);
	runs[BAD] = summary("broken", RUN_STATUS_CRASHED, 50);
	runs[BAD].error = "broken/events.jsonl: it is a picture (PNG), no log";
	runs[UNREAD] = summary("flowers-9", RUN_STATUS_CRASHED, 500);
}

static void fill(struct browser_view *v)
{
	make_runs();
	browser_view_init(v);
	v->n_places = 2;
	v->now_ms = NOW;
	browser_rows_begin(v);
	for (int i = 0; i < N_RUNS; i++)
		browser_rows_add(v, &(struct browser_row){.run = &runs[i],
							  .host = i == FAR ? "gpu@lab" : NULL,
							  .place = i == FAR ? "gpu@lab" : "runs",
							  .known = i != UNREAD});
	browser_arrange(v);
}

static char *screen(const struct browser_view *v, int w, int h, bool utf8)
{
	struct strbuf out = STRBUF_INIT;
	struct canvas c;
	canvas_init(&c, w, h, utf8, 256);
	browser_draw(&c, v);
	canvas_dump(&c, true, &out);
	canvas_release(&c);
	return strbuf_detach(&out);
}

static const char *name_at_place(const struct browser_view *v, int place)
{
	return browser_row_at(v, place)->run->name;
}

/* ---- golden ---- */

static void on_list(struct browser_view *v)
{
	browser_trouble(v, "me@desk", "link lost, retrying in 3 s: no route to host");
	browser_mark(v, browser_row_at(v, 1));
	browser_go(v, 3);
}

static void on_facts(struct browser_view *v)
{
	v->facts = 1;
	browser_message(v, MESSAGE_GOOD, "flowers-1 is deleted, 1.2 MB are free");
}

static void on_marks(struct browser_view *v)
{
	browser_mark(v, &v->rows[LIVE]);
	browser_mark(v, &v->rows[FAR]);
	browser_mark(v, &v->rows[DONE]);
}

static void on_help(struct browser_view *v)
{
	v->help = true;
}

static void on_question(struct browser_view *v)
{
	browser_go(v, 4);
	browser_ask(v, BROWSER_DELETE);
	edit_set(&v->input, "y");
}

static void screens_are_as_they_were(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		void (*set)(struct browser_view *v);
	} pages[] = {{"list", on_list},
		     {"facts", on_facts},
		     {"help", on_help},
		     {"question", on_question}};
	static const int sizes[][2] = {{120, 40}, {80, 24}};
	int differ = 0;
	for (size_t p = 0; p < sizeof(pages) / sizeof(*pages); p++)
		for (size_t i = 0; i < 2; i++) {
			struct browser_view v;
			struct canvas c;
			char name[64];
			fill(&v);
			pages[p].set(&v);
			canvas_init(&c, sizes[i][0], sizes[i][1], true, 256);
			browser_draw(&c, &v);
			snprintf(name, sizeof(name), "browser-%s-%dx%d.txt", pages[p].name,
				 sizes[i][0], sizes[i][1]);
			differ += !golden_same(name, &c);
			canvas_release(&c);
			browser_view_release(&v);
		}
	assert_int_equal(differ, 0);
}

static void an_empty_list_says_why(void **state)
{
	(void)state;
	static const struct {
		size_t n_unread;
		bool waits;
		const char *says;
	} cases[] = {{0, false, "no runs here yet"},
		     {3, false, "reading the folders"},
		     {0, true, "waiting for word from there"}};
	for (size_t i = 0; i < 3; i++) {
		struct browser_view v;
		browser_view_init(&v);
		v.n_unread = cases[i].n_unread;
		v.waits = cases[i].waits;
		browser_arrange(&v);
		char *text = screen(&v, 80, 24, true);
		for (size_t j = 0; j < 3; j++)
			assert_true((strstr(text, cases[j].says) != NULL) == (i == j));
		free(text);
		browser_view_release(&v);
	}
}

/* ---- any size ---- */

static void expect_plain(const char *text)
{
	uint32_t code;
	for (size_t n; *text; text += n) {
		n = utf8_decode(text, strlen(text), &code);
		assert_true(n > 0);
		assert_true(code == '\n' || plain_shows(code));
	}
}

static void every_size_is_drawn(void **state)
{
	(void)state;
	static void (*const sets[])(struct browser_view * v) = {on_list, on_facts, on_marks,
								on_help, on_question};
	for (size_t s = 0; s < sizeof(sets) / sizeof(*sets); s++) {
		struct browser_view v;
		fill(&v);
		sets[s](&v);
		for (int w = 1; w <= 200; w += w < 100 ? 1 : 7)
			for (int h = 1; h <= 60; h += h < 30 ? 1 : 5) {
				char *text = screen(&v, w, h, w % 2);
				expect_plain(text);
				free(text);
			}
		browser_view_release(&v);
	}
}

static void what_matters_most_is_shown_at_any_usable_size(void **state)
{
	(void)state;
	struct browser_view v;
	fill(&v);
	browser_go(&v, 0);
	for (int w = 24; w <= 200; w++)
		for (int h = 6; h <= 60; h++) {
			char *text = screen(&v, w, h, true);
			if (!strstr(text, "flowers-11"))
				fail_msg("%dx%d lacks the run under the cursor:\n%s", w, h, text);
			if (w >= 80 && (!strstr(text, "81.0") || !strstr(text, "6/10") ||
					!strstr(text, "▶ validating")))
				fail_msg("%dx%d lacks its figures:\n%s", w, h, text);
			free(text);
		}
	browser_view_release(&v);
}

static void ascii_has_no_other_character(void **state)
{
	(void)state;
	struct browser_view v;
	fill(&v);
	on_marks(&v);
	char *text = screen(&v, 120, 40, false);
	for (const char *p = text; *p; p++)
		assert_true((unsigned char)*p < 0x80);
	free(text);
	browser_view_release(&v);
}

static void hostile_texts_show_as_what_they_are(void **state)
{
	(void)state;
	static const char evil[] = "\x1b]0;pwned\a\x1b[2J\xff\xe2\x80\xae%s\n";
	struct browser_view v;
	fill(&v);
	for (int i = 0; i < N_RUNS; i++) {
		struct run_summary *s = &runs[i];
		s->name = s->path = s->phase = s->observation = s->device = s->lately = evil;
		s->cfg = s->weights = s->data = s->optimizer = s->phases = s->why = evil;
		s->error = i == BAD ? evil : NULL;
		s->doing = evil;
		s->curve = NULL;
		s->n_curve = 0;
		s->epochs = s->epoch = s->n_epochs = INT64_MIN;
		s->best_acc = s->last_loss = s->eta_ms = s->lr = opt_of((double)NAN);
		s->seconds = 1e300;
		s->changed = s->started = INT64_MAX;
	}
	browser_trouble(&v, evil, evil);
	browser_arrange(&v);
	static void (*const sets[])(struct browser_view * v) = {on_list, on_facts, on_marks,
								on_question};
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		sets[i](&v);
		char *text = screen(&v, 160, 50, true);
		expect_plain(text);
		assert_non_null(strstr(text, "\\x1b]0;pwned"));
		free(text);
	}
	browser_view_release(&v);
}

static void nothing_to_list_says_how_to_make_a_run(void **state)
{
	(void)state;
	struct browser_view v;
	browser_view_init(&v);
	browser_arrange(&v);
	assert_null(browser_row_now(&v));
	char *text = screen(&v, 80, 24, true);
	assert_non_null(strstr(text, "thaw run EXPERIMENT"));
	free(text);
	browser_view_release(&v);
}

/* ---- arranging ---- */

static void live_runs_come_first_then_the_newest(void **state)
{
	(void)state;
	struct browser_view v;
	fill(&v);
	static const int want[] = {BUSY, LIVE, ASKS, BAD, UNREAD, FAILED, DONE, FAR};
	for (int i = 0; i < N_RUNS; i++)
		assert_string_equal(name_at_place(&v, i), runs[want[i]].name);
	assert_string_equal(browser_turn(&v, true), "oldest first, live last");
	assert_string_equal(name_at_place(&v, 0), "cars");
	assert_string_equal(browser_turn(&v, false), "by name");
	assert_string_equal(name_at_place(&v, 3), "flowers-2"); /* before flowers-10 */
	browser_view_release(&v);
}

static void the_cursor_stays_on_its_run(void **state)
{
	(void)state;
	struct browser_view v;
	fill(&v);
	browser_go(&v, 5);
	assert_string_equal(browser_row_now(&v)->run->name, "flowers-10");
	browser_turn(&v, true);
	assert_string_equal(browser_row_now(&v)->run->name, "flowers-10");
	browser_rows_begin(&v); /* it has gone: the cursor stays in its place */
	for (int i = 0; i < N_RUNS; i++)
		if (i != FAILED)
			browser_rows_add(&v, &(struct browser_row){
						 .run = &runs[i], .place = "runs", .known = true});
	int before = v.cursor;
	browser_arrange(&v);
	assert_int_equal(v.cursor, before);
	browser_go(&v, 1000);
	assert_int_equal(v.cursor, N_RUNS - 2);
	browser_rows_begin(&v);
	browser_arrange(&v);
	assert_null(browser_row_now(&v));
	browser_view_release(&v);
}

static void a_filter_sees_names_status_and_place(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		int n;
	} cases[] = {{"^flowers", 5},
		     {"failed", 1},
		     {"gpu@lab", 1},
		     {"tiny.weights", N_RUNS},
		     {"unreadable|crashed", 2},
		     {"nothing of it", 0},
		     {"", N_RUNS}};
	struct browser_view v;
	fill(&v);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(v.filter, sizeof(v.filter), "%s", cases[i].pattern);
		browser_arrange(&v);
		assert_int_equal(v.list.n, cases[i].n);
		free(screen(&v, 80, 24, true));
	}
	browser_view_release(&v);
}

static void marks_keep_their_colour(void **state)
{
	(void)state;
	struct browser_view v;
	const struct browser_row *rows[COMPARISON_MOST];
	int slots[COMPARISON_MOST];
	fill(&v);
	browser_mark(&v, &v.rows[LIVE]);
	browser_mark(&v, &v.rows[DONE]);
	browser_mark(&v, &v.rows[FAR]);
	browser_mark(&v, &v.rows[LIVE]); /* taken away: others keep theirs, the next takes its */
	assert_int_equal(browser_slot(&v, &v.rows[LIVE]), -1);
	assert_int_equal(browser_slot(&v, &v.rows[FAR]), 2);
	browser_mark(&v, &v.rows[FAILED]);
	assert_int_equal(browser_slot(&v, &v.rows[FAILED]), 0);
	assert_int_equal(browser_compared(&v, rows, slots), 3);
	assert_ptr_equal(rows[0], &v.rows[FAILED]);
	assert_int_equal(slots[2], 2);
	struct browser_row elsewhere = v.rows[FAR];
	elsewhere.host = "other"; /* the same path on another machine is another run */
	assert_int_equal(browser_slot(&v, &elsewhere), -1);
	browser_unmark_all(&v);
	assert_int_equal(browser_compared(&v, rows, slots), 1); /* the one under the cursor */
	browser_view_release(&v);
}

static void a_question_stays_about_its_run(void **state)
{
	(void)state;
	struct browser_view v;
	fill(&v);
	browser_go(&v, 5);
	browser_ask(&v, BROWSER_DELETE);
	browser_go(&v, 0);
	assert_string_equal(browser_asked(&v)->run->name, "flowers-10");
	browser_rows_begin(&v);
	browser_arrange(&v);
	assert_null(browser_asked(&v));
	browser_view_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(screens_are_as_they_were),
	    cmocka_unit_test(an_empty_list_says_why),
	    cmocka_unit_test(every_size_is_drawn),
	    cmocka_unit_test(what_matters_most_is_shown_at_any_usable_size),
	    cmocka_unit_test(ascii_has_no_other_character),
	    cmocka_unit_test(hostile_texts_show_as_what_they_are),
	    cmocka_unit_test(nothing_to_list_says_how_to_make_a_run),
	    cmocka_unit_test(live_runs_come_first_then_the_newest),
	    cmocka_unit_test(the_cursor_stays_on_its_run),
	    cmocka_unit_test(a_filter_sees_names_status_and_place),
	    cmocka_unit_test(marks_keep_their_colour),
	    cmocka_unit_test(a_question_stays_about_its_run),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
