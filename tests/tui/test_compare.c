/* The comparison's screen, which is a function of its view: golden pages, every size, hostile texts; and
 * what hiding, pinning, filtering and turning axes do to it. */
#include "check.h"
#include "golden.h"

#include "../report/courses.h"
#include "../../src/tui/compare_pages.h"

#include "thaw/base/plain.h"
#include "thaw/term/theme.h"

enum { OURS, STEERED, FOREIGN, N_RUNS };

/* Epochs of ten iterations; one that learns slower, and its rate cut by hand. */
static void write_ours(struct course_feed *f, int epochs, double slow, bool steered)
{
	uint32_t noise = (uint32_t)epochs;
	feed_run(f, 10, 1790000000000 + epochs * 600000);
	feed_lr(f, 0, CAUSE_PHASE, 0, 0.01);
	for (int i = 1; i <= 10 * epochs; i++) {
		noise = noise * 1664525u + 1013904223u;
		feed_step(f, i, (i - 1) / 10 + 1, 2 * exp(-i / (30 * slow)) + (noise >> 8) / 1.7e8,
			  700);
		if (steered && i == 35)
			feed_lr(f, i, CAUSE_USER, 0.01, 0.005);
		if (i % 10 == 0)
			feed_classes(f, i / 10, i, 4 + i / 20, 3 + i / 20, (int)(9 - slow));
	}
}

/* Losses alone, of another program: no epochs, no classes, no clock. */
static void write_foreign(struct course_feed *f)
{
	for (int i = 1; i <= 150; i++)
		feed_step(f, i, 0, 1.5 / (1 + i / 20.0), 300);
}

static void give(struct compare_view *v, const char *name, int slot, struct course_feed *f,
		 enum run_status status)
{
	struct compare_run *r = compare_view_add(v, name, name, slot);
	course_release(&r->course);
	r->course = f->course;
	r->course.whole = true;
	r->live = status == RUN_STATUS_RUNNING;
	if (status == RUN_STATUS_FINISHED) {
		struct event ev = {.type = EV_END};
		ev.end = (struct event_end){.status = END_FINISHED, .reason = "done"};
		f->course = r->course;
		feed(f, &ev, 10);
		r->course = f->course;
	}
}

static void fill(struct compare_view *v)
{
	struct course_feed f[N_RUNS];
	for (int i = 0; i < N_RUNS; i++)
		feed_init(&f[i]);
	write_ours(&f[OURS], 10, 1, false);
	write_ours(&f[STEERED], 8, 2, true);
	write_foreign(&f[FOREIGN]);
	compare_view_init(v);
	give(v, "flowers-1", OURS, &f[OURS], RUN_STATUS_FINISHED);
	give(v, "flowers-2", STEERED, &f[STEERED], RUN_STATUS_RUNNING);
	give(v, "a-name-that-is-longer-than-any-column-may-be.csv", FOREIGN, &f[FOREIGN],
	     RUN_STATUS_CRASHED);
	run_settings_add(&v->runs[STEERED].given, "train.batch", "32");
	compare_arrange(v);
}

static char *screen(struct compare_view *v, int w, int h, bool utf8)
{
	struct strbuf out = STRBUF_INIT;
	struct canvas c;
	canvas_init(&c, w, h, utf8, 256);
	compare_draw(&c, v);
	canvas_dump(&c, true, &out);
	canvas_release(&c);
	return strbuf_detach(&out);
}

static void expect_shown(struct compare_view *v, const char *want, const char *gone)
{
	char *text = screen(v, 120, 40, true);
	if (want && !strstr(text, want))
		fail_msg("no '%s' in:\n%s", want, text);
	if (gone && strstr(text, gone))
		fail_msg("'%s' is in:\n%s", gone, text);
	free(text);
}

/* ---- golden ---- */

static void on_curves(struct compare_view *v)
{
	v->runs[STEERED].pinned = true;
	compare_arrange(v);
}

static void on_cross(struct compare_view *v)
{
	v->axis = AXIS_TIME;
	v->smoothing.weight = 0.9;
	v->log_y = true;
	v->large = true;
	v->figure = 2;
	compare_set_cross(v, 0.25);
}

static void on_clock(struct compare_view *v)
{
	v->axis = AXIS_CLOCK;
	v->runs[FOREIGN].hidden = true;
	v->zoom = 1;
}

static void on_filter(struct compare_view *v)
{
	snprintf(v->filter, sizeof(v->filter), "batch=(16|32)");
	compare_arrange(v);
}

static void on_sheet(struct compare_view *v)
{
	v->page = COMPARE_SHEET;
}

static void on_classes(struct compare_view *v)
{
	v->page = COMPARE_CLASSES;
	v->class_order = CLASSES_BY_DIFFERENCE;
}

static void on_help(struct compare_view *v)
{
	v->help = true;
}

static const struct {
	const char *name;
	void (*set)(struct compare_view *v);
} pages[] = {{"curves", on_curves}, {"cross", on_cross}, {"clock", on_clock},
	     {"filter", on_filter}, {"table", on_sheet}, {"classes", on_classes},
	     {"help", on_help}};
enum { N_PAGES = sizeof(pages) / sizeof(*pages) };

static void screens_are_as_they_were(void **state)
{
	(void)state;
	static const int sizes[][2] = {{120, 40}, {80, 24}};
	int differ = 0;
	for (size_t p = 0; p < N_PAGES; p++)
		for (size_t i = 0; i < 2; i++) {
			struct compare_view v;
			struct canvas c;
			char name[64];
			fill(&v);
			pages[p].set(&v);
			canvas_init(&c, sizes[i][0], sizes[i][1], true, 256);
			compare_draw(&c, &v);
			snprintf(name, sizeof(name), "compare-%s-%dx%d.txt", pages[p].name,
				 sizes[i][0], sizes[i][1]);
			differ += !golden_same(name, &c);
			canvas_release(&c);
			compare_view_release(&v);
		}
	assert_int_equal(differ, 0);
}

/* ---- any size, any text ---- */

static void expect_plain(const char *text, bool ascii)
{
	uint32_t code;
	for (size_t n; *text; text += n) {
		n = utf8_decode(text, strlen(text), &code);
		assert_true(n > 0);
		assert_true(code == '\n' || plain_shows(code));
		assert_true(!ascii || code < 0x80);
	}
}

static void every_size_is_drawn(void **state)
{
	(void)state;
	for (size_t p = 0; p < N_PAGES; p++) {
		struct compare_view v;
		fill(&v);
		pages[p].set(&v);
		for (int w = 1; w <= 200; w += w < 100 ? 3 : 13)
			for (int h = 1; h <= 60; h += h < 30 ? 2 : 7) {
				char *text = screen(&v, w, h, w % 2);
				expect_plain(text, w % 2 == 0);
				free(text);
			}
		compare_view_release(&v);
	}
}

static void hostile_texts_show_as_what_they_are(void **state)
{
	(void)state;
	static const char evil[] = "\x1b]0;pwned\a\x1b[2J\xff\xe2\x80\xae%s\n";
	for (size_t p = 0; p < N_PAGES; p++) {
		struct compare_view v;
		fill(&v);
		for (int i = 0; i < N_RUNS; i++) {
			free(v.runs[i].name);
			v.runs[i].name = strdup(evil);
			run_settings_add(&v.runs[i].given, evil, evil);
			v.runs[i].settings_version = 0;
		}
		pages[p].set(&v);
		compare_arrange(&v);
		compare_message(&v, MESSAGE_BAD, "%s", evil);
		char *text = screen(&v, 160, 50, true);
		expect_plain(text, false);
		assert_non_null(strstr(text, "\\x1b"));
		free(text);
		compare_view_release(&v);
	}
}

static void nothing_to_show_says_so(void **state)
{
	(void)state;
	struct compare_view v;
	struct course_feed f;
	fill(&v);
	for (int i = 0; i < N_RUNS; i++)
		v.runs[i].hidden = true;
	expect_shown(&v, "no run is shown", NULL);
	v.page = COMPARE_SHEET;
	expect_shown(&v, "no run is shown", NULL);
	compare_view_release(&v);
	feed_init(&f);
	compare_view_init(&v);
	give(&v, "empty", 0, &f, RUN_STATUS_CRASHED);
	compare_arrange(&v);
	expect_shown(&v, "none of them tells a figure yet", NULL);
	v.page = COMPARE_CLASSES;
	expect_shown(&v, "none of these runs tells of classes", NULL);
	compare_view_release(&v);
}

/* ---- a run's own letter and colour ---- */

/* The inks of the letters that stand on the screen, by letter; 0: it is not there in a run's ink. */
static void letter_inks(struct compare_view *v, uint32_t inks[26])
{
	struct canvas c;
	canvas_init(&c, 120, 40, true, 256);
	compare_draw(&c, v);
	memset(inks, 0, 26 * sizeof(*inks));
	for (int y = 0; y < c.h; y++) {
		const struct cell *cell = canvas_at(&c, 1, y); /* where the list has its letters */
		if (cell->ch >= 'a' && cell->ch <= 'z' && cell->style.attr & ATTR_BOLD &&
		    cell->style.fg >= INK_RUN_0 && cell->style.fg < INK_RUN_END)
			inks[cell->ch - 'a'] = cell->style.fg;
	}
	canvas_release(&c);
}

static void letters_and_colours_are_a_runs_own(void **state)
{
	(void)state;
	struct compare_view v;
	uint32_t before[26], after[26];
	fill(&v);
	letter_inks(&v, before);
	for (int i = 0; i < N_RUNS; i++)
		assert_int_equal(before[i], INK_RUN(i));
	v.runs[FOREIGN].pinned = true;
	v.cursor = 1;
	compare_arrange(&v);
	assert_int_equal(v.list[0], FOREIGN);
	assert_ptr_equal(compare_run_now(&v), &v.runs[STEERED]); /* the cursor stays on its run */
	letter_inks(&v, after);
	assert_memory_equal(before, after, sizeof(before));
	snprintf(v.filter, sizeof(v.filter), "flowers-2|csv");
	compare_arrange(&v);
	letter_inks(&v, after);
	assert_int_equal(after[OURS], 0);
	assert_int_equal(after[STEERED], before[STEERED]);
	assert_int_equal(after[FOREIGN], before[FOREIGN]);
	compare_view_release(&v);
}

struct lab {
	double l, a, b;
};

static double linear(int32_t rgb, int shift)
{
	double c = (rgb >> shift & 255) / 255.0;
	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double root(double t)
{
	return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

/* CIE L*a*b* (D65) of an sRGB colour as seen with cones that are all there, or without those for red,
 * green, blue. Source: Machado, Oliveira and Fernandes 2009, severity 1. */
static struct lab seen(int32_t rgb, int missing)
{
	static const double eyes[4][3][3] = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
					     {{0.152286, 1.052583, -0.204868},
					      {0.114503, 0.786281, 0.099216},
					      {-0.003882, -0.048116, 1.051998}},
					     {{0.367322, 0.860646, -0.227968},
					      {0.280085, 0.672501, 0.047413},
					      {-0.011820, 0.042940, 0.968881}},
					     {{1.255528, -0.076749, -0.178779},
					      {-0.078411, 0.930809, 0.147602},
					      {0.004733, 0.691367, 0.303900}}};
	double in[] = {linear(rgb, 16), linear(rgb, 8), linear(rgb, 0)}, c[3];
	for (int i = 0; i < 3; i++) {
		const double *m = eyes[missing][i];
		c[i] = fmin(fmax(m[0] * in[0] + m[1] * in[1] + m[2] * in[2], 0), 1);
	}
	double x = root((0.4124 * c[0] + 0.3576 * c[1] + 0.1805 * c[2]) / 0.95047);
	double y = root(0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]);
	double z = root((0.0193 * c[0] + 0.1192 * c[1] + 0.9505 * c[2]) / 1.08883);
	return (struct lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

static double distance(int32_t a, int32_t b, int missing)
{
	struct lab x = seen(a, missing), y = seen(b, missing);
	return sqrt(pow(x.l - y.l, 2) + pow(x.a - y.a, 2) + pow(x.b - y.b, 2));
}

static int32_t colour(int i, int colours)
{
	return theme_look(STYLE(INK_RUN(i)), colours).fg;
}

/* Every two colours of runs are apart, also to colour-blind eyes; a difference of 2 is just seen. */
static void colours_are_told_apart_in_every_theme(void **state)
{
	(void)state;
	for (int t = 0; theme_name(t); t++) {
		theme_by_name(theme_name(t));
		if (theme_colours(256) == 0)
			continue;
		for (int i = 0; i < RUN_INKS; i++) {
			struct look dim = theme_look(STYLE(INK_RUN_FAINT(i)), COLOURS_TRUE);
			assert_true(distance(colour(i, COLOURS_TRUE), dim.fg, 0) > 20);
			for (int k = 0; k < i; k++) {
				for (int missing = 0; missing < 4; missing++)
					assert_true(distance(colour(i, COLOURS_TRUE),
							     colour(k, COLOURS_TRUE),
							     missing) > 29);
				assert_int_not_equal(colour(i, 256), colour(k, 256));
				assert_int_not_equal(colour(i, 16), colour(k, 16));
			}
		}
	}
	theme_by_name("dark");
}

/* ---- what keys change ---- */

static void a_filter_says_what_it_found(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *found;
		size_t n;
	} cases[] = {{"lr=0.001", "phases.tune.lr=0.001", 2},
		     {"^train.batch=32$", "train.batch=32", 1},
		     {"^flowers", "its name", 2},
		     {"no such thing", NULL, 0},
		     {"", NULL, 3}};
	struct compare_view v;
	fill(&v);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(v.filter, sizeof(v.filter), "%s", cases[i].pattern);
		compare_arrange(&v);
		assert_int_equal(v.n_list, cases[i].n);
		expect_shown(&v, cases[i].found ? cases[i].found : "Runs", NULL);
	}
	compare_view_release(&v);
}

static void solo_shows_one_and_then_all(void **state)
{
	(void)state;
	struct compare_view v;
	fill(&v);
	v.runs[OURS].hidden = true;
	compare_solo(&v, &v.runs[STEERED]);
	assert_int_equal(compare_n_shown(&v), 1);
	assert_false(v.runs[STEERED].hidden);
	compare_solo(&v, &v.runs[STEERED]);
	assert_int_equal(compare_n_shown(&v), N_RUNS);
	compare_view_release(&v);
}

static void the_window_is_that_of_what_is_shown(void **state)
{
	(void)state;
	struct compare_view v;
	double lo, hi;
	fill(&v);
	assert_true(compare_window(&v, &lo, &hi));
	assert_true(lo == 0 && hi == 150);
	v.runs[FOREIGN].hidden = true;
	assert_true(compare_window(&v, &lo, &hi));
	assert_true(hi == 100);
	v.zoom = 2;
	assert_true(compare_window(&v, &lo, &hi));
	assert_true(lo == 75 && hi == 100); /* its end */
	v.cross = true;
	v.cross_x = 40;
	assert_true(compare_window(&v, &lo, &hi));
	assert_true(lo == 27.5 && hi == 52.5);
	v.axis = AXIS_CLOCK;
	for (int i = 0; i < N_RUNS; i++)
		v.runs[i].hidden = i != FOREIGN;
	assert_false(compare_window(&v, &lo, &hi)); /* it tells no clock */
	compare_view_release(&v);
}

static void the_crosshair_stays_at_its_share_of_the_axis(void **state)
{
	(void)state;
	struct compare_view v;
	double lo, hi;
	fill(&v);
	compare_set_cross(&v, 0.4);
	for (int i = 0; i < AXIS_N; i++) {
		assert_true(compare_window(&v, &lo, &hi));
		near((v.cross_x - lo) / (hi - lo), 0.4);
		compare_turn_axis(&v, 1);
	}
	assert_int_equal(v.axis, AXIS_ITERATION);
	near(v.cross_x, 60);
	compare_move_cross(&v, 1000000);
	near(v.cross_x, 150);
	compare_view_release(&v);
}

/* What the list says of a run, with the first chart's figure; the caller frees it. */
static char *row_of(struct compare_view *v, const char *name)
{
	char *text = screen(v, 120, 40, true), *list = strstr(text, "─ Runs ");
	char *row = strstr(list, name);
	assert_non_null(row);
	row = strndup(row, 40);
	free(text);
	return row;
}

/* The value of each run at the crosshair; of one that has ended before none. */
static void each_run_is_read_at_the_crosshair(void **state)
{
	(void)state;
	static const struct {
		double at;
		const char *run, *value;
		bool there;
	} cases[] = {{45, "flowers-1", " 63.3 ", true}, /* of its 4th epoch */
		     {45, "flowers-2", " 60.0 ", true},
		     {39, "flowers-1", " 63.3 ", false},
		     {5, "flowers-1", " 53.3 ", false}, /* before the first */
		     {95, "flowers-1", " 76.7 ", true},
		     {95, "flowers-2", " 73.3 ", false}}; /* its 80 iterations are over */
	struct compare_view v;
	fill(&v);
	v.cross = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		v.cross_x = cases[i].at;
		char *row = row_of(&v, cases[i].run);
		if (!strstr(row, cases[i].value) == cases[i].there)
			fail_msg("at %g: '%s' in: %s", cases[i].at, cases[i].value, row);
		free(row);
	}
	expect_shown(&v, "iteration 95", NULL);
	compare_view_release(&v);
}

static void figures_that_no_run_tells_are_not_offered(void **state)
{
	(void)state;
	struct compare_view v;
	fill(&v);
	for (int i = 0; i < N_RUNS; i++)
		v.runs[i].hidden = i != FOREIGN;
	expect_shown(&v, "training loss", "validation accuracy");
	expect_shown(&v, "learning rate", "macro F1");
	assert_string_equal(figures[compare_first_figure(&v)].key, "train_loss");
	assert_string_equal(figures[compare_next_figure(&v, 2, 1)].key, "lr");
	assert_string_equal(figures[compare_next_figure(&v, 3, 1)].key, "train_loss");
	compare_view_release(&v);
}

/* A curve is made anew when the run goes on, or another is asked for, and else kept. */
static void curves_are_kept_while_nothing_changes(void **state)
{
	(void)state;
	struct compare_view v;
	struct curve_wish wish = {AXIS_ITERATION, 0, 200, 50, {SMOOTH_EXPONENTIAL, 0, 1}};
	fill(&v);
	struct compare_run *r = &v.runs[STEERED];
	const double *x = compare_curve(r, 2, &wish)->x;
	size_t n = compare_curve(r, 2, &wish)->n_points;
	assert_ptr_equal(compare_curve(r, 2, &wish)->x, x);
	struct course_feed f = {r->course, r->course.history.seq, r->course.history.t_ms};
	feed_step(&f, 81, 9, 0.1, 100);
	r->course = f.course;
	assert_int_equal(compare_curve(r, 2, &wish)->n_points, n + 1);
	wish.lo = 50;
	assert_true(compare_curve(r, 2, &wish)->n_points < n);
	compare_view_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(screens_are_as_they_were),
	    cmocka_unit_test(every_size_is_drawn),
	    cmocka_unit_test(hostile_texts_show_as_what_they_are),
	    cmocka_unit_test(nothing_to_show_says_so),
	    cmocka_unit_test(letters_and_colours_are_a_runs_own),
	    cmocka_unit_test(colours_are_told_apart_in_every_theme),
	    cmocka_unit_test(a_filter_says_what_it_found),
	    cmocka_unit_test(solo_shows_one_and_then_all),
	    cmocka_unit_test(the_window_is_that_of_what_is_shown),
	    cmocka_unit_test(the_crosshair_stays_at_its_share_of_the_axis),
	    cmocka_unit_test(each_run_is_read_at_the_crosshair),
	    cmocka_unit_test(figures_that_no_run_tells_are_not_offered),
	    cmocka_unit_test(curves_are_kept_while_nothing_changes),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
