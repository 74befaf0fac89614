/* Metrics: counts, ties, losses of impossible answers. */
#include "../../src/train/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void counts_and_confusion(void **state)
{
	(void)state;
	struct metrics m;
	metrics_init(&m, 3);
	const float right[] = {0.7f, 0.2f, 0.1f}, second[] = {0.5f, 0.4f, 0.1f},
		    third[] = {0.6f, 0.3f, 0.1f};
	metrics_add_probs(&m, right, 0);
	metrics_add_probs(&m, second, 1);
	metrics_add_probs(&m, third, 2);
	struct event_score s = metrics_score(&m);
	assert_int_equal(m.n, 3);
	assert_true(fabs(s.acc.value - 1.0 / 3) < 1e-12);
	assert_true(s.top2.valid && fabs(s.top2.value - 2.0 / 3) < 1e-12);
	assert_true(s.top5.valid && s.top5.value == 1);
	double loss = -(log(0.7f) + log(0.4f) + log(0.1f)) / 3;
	assert_true(fabs(s.loss.value - loss) < 1e-9);
	struct event_class c = metrics_class(&m, 0);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.tp, 1);
	assert_int_equal(c.fp, 2);
	assert_int_equal(metrics_class(&m, 2).tp, 0);
	assert_int_equal(m.confusion[1 * 3 + 0], 1);
	metrics_reset(&m);
	assert_int_equal(m.n, 0);
	assert_int_equal(m.confusion[0], 0);
	assert_true(metrics_score(&m).loss.value == 0);
	metrics_release(&m);
}

static void ties_go_to_the_lower_class(void **state)
{
	(void)state;
	struct metrics m;
	metrics_init(&m, 4);
	const float even[] = {0.25f, 0.25f, 0.25f, 0.25f};
	metrics_add_probs(&m, even, 0);
	metrics_add_probs(&m, even, 1);
	metrics_add_probs(&m, even, 2);
	assert_int_equal(m.n_correct, 1);
	assert_int_equal(m.n_top2, 2);
	metrics_release(&m);
}

static void a_certain_mistake_is_finite_and_nan_is_not(void **state)
{
	(void)state;
	struct metrics m;
	metrics_init(&m, 2);
	const float sure[] = {1, 0}, nan[] = {NAN, NAN};
	metrics_add_probs(&m, sure, 1);
	assert_true(isfinite(metrics_score(&m).loss.value) && metrics_score(&m).loss.value > 20);
	assert_true(m.finite);
	metrics_add_probs(&m, nan, 1);
	assert_false(m.finite);
	metrics_reset(&m);
	assert_true(m.finite);
	metrics_release(&m);
}

static void steps_are_weighted_by_their_images(void **state)
{
	(void)state;
	struct metrics m;
	metrics_init(&m, 10);
	metrics_add_step(&m, 16, 1.0, 8, 12);
	metrics_add_step(&m, 4, 2.0, 0, 4);
	struct event_score s = metrics_score(&m);
	assert_true(fabs(s.loss.value - 1.2) < 1e-12);
	assert_true(fabs(s.acc.value - 0.4) < 1e-12);
	assert_true(s.top5.valid && fabs(s.top5.value - 0.8) < 1e-12);
	assert_false(s.top2.valid);
	metrics_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_and_confusion),
	    cmocka_unit_test(ties_go_to_the_lower_class),
	    cmocka_unit_test(a_certain_mistake_is_finite_and_nan_is_not),
	    cmocka_unit_test(steps_are_weighted_by_their_images),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
