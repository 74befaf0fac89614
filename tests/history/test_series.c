/* Figures under names of their own: their order, what goes back, their bound, their extent. */
#include "fold.h"

#include <math.h>
#include <stdio.h>

static void feed_metric(struct history *h, const char *name, int64_t iter, double value)
{
	struct event ev = {.type = EV_METRIC,
			   .metric = {.name = name, .iter = iter, .value = value}};
	feed(h, &ev);
}

static void test_order(void **state)
{
	struct history *h = *state;
	feed_metric(h, "z", 1, 5);
	feed_metric(h, "a", 1, 6);
	feed_metric(h, "m", 2, NAN);
	feed_metric(h, "z", 2, 7);
	assert_int_equal(h->n_series, 3);
	assert_string_equal(h->series[0].name, "z");
	assert_string_equal(h->series[1].name, "a");
	assert_string_equal(h->series[2].name, "m");
	assert_ptr_equal(history_series_named(h, "z"), &h->series[0]);
	assert_ptr_equal(history_series_named(h, "a"), &h->series[1]);
	assert_null(history_series_named(h, "b"));
	assert_int_equal(h->series[0].n_points, 2);
	assert_float_equal(history_point(&h->series[0], 1)->value, 7, 0);
	assert_int_equal(history_point(&h->series[0], 1)->iter, 2);
	assert_int_equal(history_point(&h->series[0], 1)->t_ms, 400);
	assert_true(isnan(history_point(&h->series[0], 1)->epoch) && isnan(history_point(&h->series[2], 0)->value));
	assert_int_equal(h->state, RUN_TRAINING);
}

static void test_what_has_no_place(void **state)
{
	struct history *h = *state;
	feed_metric(h, "a", -1, 5);
	feed_metric(h, "a", RECORD_COUNT_MAX + 1, 5);
	feed_metric(h, "", 1, 5);
	assert_int_equal(h->n_series, 0);
	assert_int_equal(h->state, RUN_PREPARING);
}

static void test_back(void **state)
{
	struct history *h = *state;
	struct event back = {.type = EV_CONTROL, .control = {.what = CONTROL_BACK, .iter = 3}};
	for (int i = 1; i <= 200; i++) {
		feed_metric(h, "a", i, i);
		feed_metric(h, "b", i, i);
	}
	feed_metric(h, "a", 100, -1);
	assert_int_equal(h->series[0].n_points, 100);
	assert_int_equal(h->series[0].n_blocks, 1);
	assert_float_equal(history_series_extent(&h->series[0]).lo, -1, 0);
	assert_float_equal(history_series_extent(&h->series[0]).hi, 99, 0);
	assert_int_equal(h->series[1].n_points, 200);
	feed_metric(h, "a", 100, 5); /* told again */
	assert_int_equal(h->series[0].n_points, 100);
	assert_float_equal(history_series_extent(&h->series[0]).lo, 1, 0);
	feed(h, &back);
	assert_int_equal(h->series[0].n_points, 3);
	assert_int_equal(h->series[1].n_points, 3);
	assert_int_equal(h->series[1].n_blocks, 0);
	assert_int_equal(history_series_extent(&h->series[1]).n, 3);
}

static void test_extent(void **state)
{
	struct history *h = *state;
	double lo = INFINITY, hi = -INFINITY;
	for (int i = 0; i < 1000; i++) {
		double v = i % 100 == 7 ? (double)NAN : sin(i) * 1e6;
		feed_metric(h, "loss", i * 3, v);
		lo = fmin(lo, v);
		hi = fmax(hi, v);
		struct history_extent e = history_series_extent(&h->series[0]);
		assert_true(e.gap == (i >= 7));
		assert_true(e.lo == lo && e.hi == hi && e.n == (size_t)(i + 1 - (i + 93) / 100));
	}
	assert_int_equal(history_point_from(&h->series[0], 0), 0);
	assert_int_equal(history_point_from(&h->series[0], 4), 2);
	assert_int_equal(history_point_from(&h->series[0], 3000), 1000);
}

static void test_most(void **state)
{
	struct history *h = *state;
	char name[32];
	for (int i = 0; i < HISTORY_SERIES_MAX + 3; i++) {
		snprintf(name, sizeof(name), "%d", i * 7919 % 10007);
		feed_metric(h, name, 1, i);
	}
	assert_int_equal(h->n_series, HISTORY_SERIES_MAX);
	assert_int_equal(h->n_notes, 1);
	assert_non_null(strstr(h->notes[0].text, "more than 4096 named figures: \""));
	for (int i = 0; i < HISTORY_SERIES_MAX; i++) {
		snprintf(name, sizeof(name), "%d", i * 7919 % 10007);
		assert_ptr_equal(history_series_named(h, name), &h->series[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {FOLD(test_order), FOLD(test_what_has_no_place),
					   FOLD(test_back), FOLD(test_extent), FOLD(test_most)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
