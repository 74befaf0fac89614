/* The charts of the Train page: smoothing, the part of the run that is shown, the crosshair, and
 * the bars that stand in for them in ASCII. */
#include "check.h"
#include "thaw/tui/layout.h"

#include "../../src/tui/curves.h"

static struct history whole, part, gap;

static void write_part(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 4);
	sample_steps(s, 5, 0.005, 13);
}

/* Twenty iterations of one loss, of which the eighth is not finite. */
static void write_gap(struct sample *s)
{
	sample_begin(s);
	for (int i = 1; i <= 20; i++) {
		struct event ev = {.type = EV_STEP};
		ev.step = (struct event_step){.iter = i,
					      .epoch = 1,
					      .lr = {0.01, true},
					      .ips = {40, true},
					      .loss = {i == 8 ? NAN : 0.7, true}};
		sample_put(s, &ev, 100);
	}
}

static int setup(void **state)
{
	(void)state;
	check_fold(&whole, sample_whole);
	check_fold(&part, write_part);
	check_fold(&gap, write_gap);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	history_release(&whole);
	history_release(&part);
	history_release(&gap);
	return 0;
}

static struct view view_of(int zoom, int64_t cross)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/flower-photos-1");
	v.zoom = zoom;
	v.cross = cross > 0;
	v.cross_iter = cross;
	return v;
}

static void test_smoothing(void **state)
{
	(void)state;
	struct range x = {0, 10, true};
	for (double smooth = 0; smooth < 1; smooth += 0.33) {
		struct series s = step_series(&gap, STEP_LOSS, x, 5000, smooth);
		size_t n_gaps = 0;
		for (size_t i = 0; i < s.n; i++) {
			n_gaps += isnan(s.y[i]);
			if (isfinite(s.y[i])) /* what never changes stays, from the first on */
				assert_float_equal(s.y[i], 0.7, 1e-9);
		}
		assert_int_equal(n_gaps, 1);
		assert_int_equal(s.n, 20);
		series_free(&s);
	}
	struct series rough = step_series(&whole, STEP_LOSS, x, 5000, 0),
		      fine = step_series(&whole, STEP_LOSS, x, 5000, 0.95);
	double roughness = 0, fineness = 0;
	assert_int_equal(rough.n, SAMPLE_EPOCHS * SAMPLE_ITERS);
	assert_int_equal(fine.n, rough.n);
	for (size_t i = 1; i < rough.n; i++) {
		assert_float_equal(rough.y[i], history_step_at(&whole, i).loss.value, 1e-12);
		assert_true(rough.x[i] > rough.x[i - 1]);
		roughness += fabs(rough.y[i] - rough.y[i - 1]);
		fineness += fabs(fine.y[i] - fine.y[i - 1]);
	}
	assert_true(fineness < roughness / 4);
	series_free(&rough);
	series_free(&fine);
}

/* However few places there are, no value is outside what the steps have, and the extremes are
 * there. */
static void test_few_places(void **state)
{
	(void)state;
	struct range all = {0, 0, false}, x = {0, 10, true};
	for (size_t i = 0; i < whole.n_steps; i++)
		range_add(&all, history_step_at(&whole, i).loss.value);
	for (size_t points = 1; points < 400; points += 7) {
		struct series s = step_series(&whole, STEP_LOSS, x, points, 0.9);
		struct range seen = {0, 0, false};
		assert_true(s.n <= 2 * points);
		assert_int_equal(s.dense, whole.n_steps > 2 * points);
		for (size_t i = 0; i < s.n; i++) {
			range_add(&seen, s.lo[i]);
			range_add(&seen, s.hi[i]);
			assert_true(s.y[i] >= all.lo && s.y[i] <= all.hi);
		}
		assert_float_equal(seen.lo, all.lo, 1e-12);
		assert_float_equal(seen.hi, all.hi, 1e-12);
		series_free(&s);
	}
}

static void test_window(void **state)
{
	(void)state;
	struct view v = view_of(0, 0);
	struct range x = curve_window(&part, &v), before = x;
	assert_true(x.lo <= 0 && x.hi >= 10);
	for (v.zoom = 1; v.zoom <= VIEW_ZOOM_MOST; v.zoom++, before = x) {
		x = curve_window(&part, &v);
		assert_true(x.hi > x.lo && x.hi - x.lo <= before.hi - before.lo);
		assert_float_equal(x.hi, in_epochs(&part, (double)part.iter),
				   1e-9); /* the newest */
	}
	for (int64_t iter = 1; iter <= part.iter; iter += 9) {
		v = view_of(3, iter);
		double at = in_epochs(&part, (double)iter);
		x = curve_window(&part, &v);
		assert_true(x.lo <= at + 1e-9 && at <= x.hi + 1e-9);
		assert_true(crosshair_step(&part, &v) >= 1);
	}
	v = view_of(99, 5000);
	view_clamp(&v, &part);
	assert_int_equal(v.zoom, VIEW_ZOOM_MOST);
	assert_int_equal(v.cross_iter, part.iter);
}

static void expect_words(const struct history *h, int64_t iter, const char *const *texts)
{
	struct view v = view_of(0, iter);
	struct strbuf words = STRBUF_INIT;
	crosshair_words(h, &v, &words);
	for (; *texts; texts++)
		if (!strstr(words.buf, *texts))
			fail_msg("\"%s\" is not in \"%s\"", *texts, words.buf);
	strbuf_release(&words);
}

static void test_crosshair(void **state)
{
	(void)state;
	struct view v = view_of(0, 62);
	expect_words(&whole, 62,
		     (const char *const[]){"iteration 62", "epoch 2", "lr 0.01", "0.005", NULL});
	expect_words(&whole, 217,
		     (const char *const[]){"epoch 7", "14 frozen (user)", "83.0 %", NULL});
	expect_words(&gap, 8, (const char *const[]){"loss not finite", NULL});
	assert_int_equal(crosshair_epoch(&whole, &v), 1);
	v.cross_iter = 63;
	assert_int_equal(crosshair_epoch(&whole, &v), 2);
	v.cross_iter = part.iter;
	assert_int_equal(crosshair_epoch(&part, &v), -1);
	v = view_of(1, 62);
	char *screen = check_screen(&whole, &v, 120, 40, true);
	assert_non_null(strstr(screen, "iteration 62 · epoch 2"));
	assert_non_null(strstr(screen, "Loss 2×"));
	assert_non_null(strstr(screen, "▸   2 head"));
	free(screen);
}

static void expect_screen(const struct history *h, const struct view *v, int w, int height,
			  bool utf8, const char *const *texts)
{
	char *screen = check_screen(h, v, w, height, utf8);
	for (; *texts; texts++)
		if (!strstr(screen, *texts))
			fail_msg("%dx%d lacks \"%s\":\n%s", w, height, *texts, screen);
	free(screen);
}

static void test_bars_in_ascii(void **state)
{
	(void)state;
	struct view v = view_of(0, 0);
	expect_screen(
	    &whole, &v, 100, 36, false,
	    (const char *const[]){" 10 0.301 |*", "o valid", "  8  97.0 |***", "*o", NULL});
	char *screen = check_screen(&part, &v, 100, 36, false);
	assert_null(strstr(screen, "  5 0."));
	free(screen);
}

static void test_more_room(void **state)
{
	(void)state;
	struct view v = view_of(0, 0);
	expect_screen(&whole, &v, 200, 60, true,
		      (const char *const[]){"Learning rate", "Speed", "img/s", "cached %", NULL});
	expect_screen(
	    &part, &v, 120, 40, true,
	    (const char *const[]){"batch 13/31 ━", "head: epoch 5/5 ━", "run 44 % ━", NULL});
	expect_screen(&whole, &v, 120, 40, true,
		      (const char *const[]){"peak memory 300 MB", " sec ", NULL});
	struct layout l; /* narrow and tall: all below each other */
	layout_page(&l, PAGE_TRAIN, 60, 80);
	for (int i = 0; i < l.n; i++)
		assert_true(l.item[i].r.x == 0 && l.item[i].r.w == 60);
	assert_true(layout_find(&l, PANEL_PROBES).h > 0 && layout_find(&l, PANEL_ACCURACY).h > 0);
}

static void test_too_small(void **state)
{
	(void)state;
	static const struct {
		int w, h;
		const char *first;
	} sizes[] = {{1, 1, "▶"},
		     {2, 9, "▶"},
		     {18, 1, "▶ thaw needs 40x12"},
		     {39, 8, "▶ thaw needs 40x12"},
		     {80, 5, "▶ training · epoch 5/10 · thaw needs 40x12, has 80x5"}};
	struct view v = view_of(0, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *screen = check_screen(&part, &v, sizes[i].w, sizes[i].h, true);
		size_t n = strlen(sizes[i].first);
		if (strncmp(screen, sizes[i].first, n) != 0 || screen[n] != '\n')
			fail_msg("%dx%d: %s", sizes[i].w, sizes[i].h, screen);
		free(screen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_smoothing),     cmocka_unit_test(test_few_places),
	    cmocka_unit_test(test_window),        cmocka_unit_test(test_crosshair),
	    cmocka_unit_test(test_bars_in_ascii), cmocka_unit_test(test_more_room),
	    cmocka_unit_test(test_too_small),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
