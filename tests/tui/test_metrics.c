/* The Metrics page: its grid at every size, what a chart shows of many points, gaps, the crosshair. */
#include "check.h"
#include "thaw/tui/layout.h"

#include "../../src/tui/list.h"
#include "../../src/tui/metrics_grid.h"
#include "../../src/tui/series.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct history h;

static void metric(struct sample *s, const char *name, int64_t iter, double value)
{
	struct event ev = {.type = EV_METRIC,
			   .metric = {.name = name, .iter = iter, .value = value}};
	sample_put(s, &ev, 10);
}

#define MANY 100000

static double noisy(int i)
{
	return 2 + sin(i * 0.7) + (i % 977 == 0 ? 40 : 0);
}

static void write_metrics(struct sample *s)
{
	char name[32];
	sample_begin(s);
	for (int i = 0; i < 60; i++) {
		metric(s, "train/box_loss", i, 1.0 / (i + 1));
		metric(s, "val/accuracy", i, i / 100.0);
		if (i % 10 == 9)
			metric(s, "gap", i, i == 29 ? (double)NAN : 3);
	}
	metric(s, "hp_metric", 0, -1);
	metric(s, "steps/far", 1000000, 1);
	metric(s, "steps/far", 2000000, 2500000);
	for (int i = 0; i < MANY; i++)
		metric(s, "many", i, noisy(i));
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "rest/%d", i);
		metric(s, name, 1, i);
	}
}

static int setup(void **state)
{
	(void)state;
	check_fold(&h, write_metrics);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	history_release(&h);
	return 0;
}

static struct view view_of(int series, bool open)
{
	struct view v;
	view_init(&v, VIEW_REPLAY, "runs/foreign-1");
	v.page = PAGE_METRICS;
	v.series = series;
	v.series_open = open;
	view_clamp(&v, &h);
	return v;
}

static void test_grid_at_every_size(void **state)
{
	(void)state;
	static unsigned char taken[200 * 80];
	for (int w = 1; w <= 200; w += 3)
		for (int rows = 1; rows <= 80; rows += 2)
			for (int n = 0; n < 40; n += 3) {
				struct metrics_grid g = metrics_grid((struct rect){0, 0, w, rows}, n);
				memset(taken, 0, sizeof(taken));
				assert_true(g.cols >= 1 && g.rows >= 1);
				for (int i = 0; i < g.cols * g.rows; i++) {
					struct rect r = metrics_cell(&g, i % g.cols, i / g.cols);
					assert_true(r.w >= 1 && r.h >= 1 && r.x >= 0 && r.y >= 0);
					assert_true(r.x + r.w <= w && r.y + r.h <= rows);
					for (int y = r.y; y < r.y + r.h; y++)
						for (int x = r.x; x < r.x + r.w; x++)
							assert_int_equal(taken[y * w + x]++, 0);
				}
			}
}

static void test_grid_shows_what_it_can(void **state)
{
	(void)state;
	struct metrics_grid g = metrics_grid((struct rect){0, 0, 80, 19}, 6);
	assert_true(g.cols == 2 && g.rows == 3);
	g = metrics_grid((struct rect){0, 0, 118, 34}, 2);
	assert_true(g.cols == 1 && g.rows == 2);
	g = metrics_grid((struct rect){0, 0, 118, 34}, 100);
	assert_true(g.cols == 3 && g.rows == 5);
}

static void test_screens(void **state)
{
	(void)state;
	struct view v = view_of(0, false);
	check_texts(&h, &v, 80, 24,
		    (const char *const[]){"Metrics", "train/box_loss", "0.0167", "val/accuracy",
					  "0.59 (0…0.59)", "hp_metric", "1-6 of 18", NULL});
	check_texts(&h, &v, 120, 40,
		    (const char *const[]){"steps/far", "2.5e6", "many", "1-15 of 18", NULL});
	v.series = 17;
	check_texts(&h, &v, 80, 24, (const char *const[]){"rest/11", "13-18 of 18", NULL});
	char *screen = check_screen(&h, &v, 80, 24, true);
	assert_null(strstr(screen, "train/box_loss"));
	free(screen);
}

static void test_ascii(void **state)
{
	(void)state;
	for (int open = 0; open < 2; open++) {
		struct view v = view_of(1, open);
		char *screen = check_screen(&h, &v, 80, 24, false);
		for (const char *c = screen; *c; c++)
			assert_true((unsigned char)*c < 128);
		assert_non_null(strstr(screen, "val/accuracy"));
		assert_non_null(strchr(screen, '*'));
		free(screen);
	}
}

static void test_filter(void **state)
{
	(void)state;
	struct view v = view_of(0, false);
	strcpy(v.lists[LIST_SERIES].filter, "^(train|val)/");
	list_settle(&v, &h);
	check_texts(&h, &v, 80, 24,
		    (const char *const[]){"train/box_loss", "val/accuracy", "2 of 18 /^(train|val)/",
					  NULL});
	strcpy(v.lists[LIST_SERIES].filter, "rest/11");
	list_settle(&v, &h);
	assert_int_equal(v.series, 17);
	strcpy(v.lists[LIST_SERIES].filter, "nothing of the kind");
	check_texts(&h, &v, 80, 24, (const char *const[]){"no metric matches", NULL});
}

/* Names of hostile logs, sizes of any kind: nothing is written beyond the canvas. */
static void test_every_size(void **state)
{
	(void)state;
	for (int w = 1; w < 140; w += 7)
		for (int rows = 1; rows < 50; rows += 3)
			for (int k = 0; k < 4; k++) {
				struct view v = view_of(k, k % 2);
				v.series_log = k > 1;
				v.series_cross = k % 3 == 0;
				v.series_iter = 7;
				v.zoom = k;
				free(check_screen(&h, &v, w, rows, k != 2));
			}
}

static void test_crosshair(void **state)
{
	(void)state;
	struct view v = view_of(0, true);
	v.series_cross = true;
	v.series_iter = 9;
	check_texts(&h, &v, 80, 24,
		    (const char *const[]){"train/box_loss", "0.1 at 9", "least 0.0167", "most 1",
					  "60 points", "1 of 18", NULL});
	v.series_open = false;
	check_texts(&h, &v, 80, 24, (const char *const[]){"at 9", "0.09 (0…0.59)", NULL});
}

/* The value that is not finite leaves a gap: no dot within its columns. */
static void test_gap(void **state)
{
	(void)state;
	const struct history_series *s = history_series_named(&h, "gap");
	struct series curve = point_series(s, (struct range){0, 60, true}, 60, 0);
	size_t gaps = 0;
	for (size_t i = 0; i < curve.n; i++)
		gaps += isnan(curve.y[i]);
	assert_int_equal(gaps, 1);
	assert_int_equal(curve.n, 6);
	series_free(&curve);
	struct view v = view_of((int)(s - h.series), true);
	check_texts(&h, &v, 80, 24, (const char *const[]){"some not finite", NULL});
}

/* Every point goes into the curve, and what lies between is in the envelope: by the point and, where
 * there are too many, by the block. */
static void check_places(const struct series *curve, struct range x, size_t places, bool means)
{
	const struct history_series *s = history_series_named(&h, "many");
	double width = (x.hi - x.lo) / (double)places;
	for (size_t i = 0; i < curve->n; i++) {
		double lo = INFINITY, hi = -INFINITY, sum = 0;
		size_t n = 0;
		for (size_t k = 0; k < s->n_points; k++) {
			double from = history_point(s, k)->iter - (curve->x[i] - width / 2);
			double spare = means ? 0 : HISTORY_BLOCK; /* a block may reach over the edge */
			if (from < spare - 1e-6 || from >= width - spare - 1e-6)
				continue;
			lo = fmin(lo, history_point(s, k)->value);
			hi = fmax(hi, history_point(s, k)->value);
			sum += history_point(s, k)->value;
			n++;
		}
		assert_true(n > 0);
		assert_true(curve->lo[i] <= lo && curve->hi[i] >= hi);
		if (means && i + 1 < curve->n) /* the last place has its right edge, too */
			assert_float_equal(curve->y[i], sum / (double)n, 1e-9);
	}
}

static void test_many_points(void **state)
{
	(void)state;
	const struct history_series *s = history_series_named(&h, "many");
	struct range all = {0, MANY - 1, true}, part = {1000, 1400, true};
	struct series curve = point_series(s, all, 100, 0); /* by the block */
	assert_true(curve.dense);
	assert_int_equal(curve.n, 100);
	check_places(&curve, all, 100, false);
	series_free(&curve);
	curve = point_series(s, part, 20, 0);
	assert_true(curve.dense && curve.n == 20);
	check_places(&curve, part, 20, true);
	series_free(&curve);
}

/* The mean of what came before, weighted exponentially, over all points and not those drawn. */
static void test_smoothing(void **state)
{
	(void)state;
	const struct history_series *s = history_series_named(&h, "train/box_loss");
	struct series curve = point_series(s, (struct range){0, 59, true}, 200, 0.9);
	double mean = 0, missing = 1;
	assert_int_equal(curve.n, 60);
	for (size_t i = 0; i < 60; i++) {
		mean = 0.9 * mean + 0.1 * history_point(s, i)->value;
		missing *= 0.9;
		assert_float_equal(curve.y[i], mean / (1 - missing), 1e-12);
	}
	series_free(&curve);
}

static void test_window(void **state)
{
	(void)state;
	const struct history_series *s = history_series_named(&h, "many");
	struct view v = view_of(0, false);
	struct range x = metrics_window(s, &v);
	assert_true(x.lo == 0 && x.hi == MANY - 1);
	v.zoom = 2;
	x = metrics_window(s, &v);
	assert_true(x.hi == MANY - 1 && x.lo == (MANY - 1) * 0.75);
	v.series_cross = true;
	v.series_iter = 100;
	x = metrics_window(s, &v);
	assert_true(x.lo == 0 && x.hi == (MANY - 1) * 0.25);
	x = metrics_window(history_series_named(&h, "hp_metric"), &v);
	assert_true(x.lo < x.hi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grid_at_every_size),
	    cmocka_unit_test(test_grid_shows_what_it_can),
	    cmocka_unit_test(test_screens),
	    cmocka_unit_test(test_ascii),
	    cmocka_unit_test(test_filter),
	    cmocka_unit_test(test_every_size),
	    cmocka_unit_test(test_crosshair),
	    cmocka_unit_test(test_gap),
	    cmocka_unit_test(test_many_points),
	    cmocka_unit_test(test_smoothing),
	    cmocka_unit_test(test_window),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
