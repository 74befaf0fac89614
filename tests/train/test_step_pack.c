/* Which iterations are held back, for how long, and as what they are told. */
#include "../../src/train/step_pack.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct told {
	int64_t at_ms;
	size_t n;
};

/* Iterations of so many seconds each, told as emit.c does; returns how many events they make.
 * Shape: out[most] */
static size_t run(double seconds, int64_t start_ms, int n, struct told *out, size_t most)
{
	static struct step_pack p;
	size_t events = 0;
	step_pack_told(&p, start_ms);
	for (int i = 1; i <= n; i++) {
		int64_t now = start_ms + (int64_t)(i * seconds * 1000);
		struct told_step s = {i, 1, 1.0 / i, 0.1, 16, seconds, seconds / 4};
		assert_true(step_pack_takes(&p, &s, now) || p.n > 0);
		if (!step_pack_takes(&p, &s, now)) {
			assert_true(events < most);
			out[events++] = (struct told){now, p.n};
			step_pack_told(&p, now);
		}
		step_pack_add(&p, &s);
		if (step_pack_is_due(&p, &s, now)) {
			assert_true(events < most);
			out[events++] = (struct told){now, p.n};
			step_pack_told(&p, now);
		}
	}
	return events;
}

static void slow_ones_are_told_at_once(void **state)
{
	(void)state;
	struct told told[100];
	assert_int_equal(run(0.4, 0, 50, told, 100), 50);
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(told[i].n, 1);
	assert_int_equal(run(2, 1000000, 50, told, 100), 50);
}

static void quick_ones_wait_for_a_moment(void **state)
{
	(void)state;
	static struct told told[1000];
	size_t n = run(0.01, 0, 600, told, 1000);
	assert_in_range(n, 18, 22); /* of six seconds, thirds of one */
	for (size_t i = 1; i < n; i++)
		assert_in_range(told[i].at_ms - told[i - 1].at_ms, 250, 300);
	n = run(0.01, 3600000, 600, told, 1000); /* an hour later a second each */
	assert_in_range(n, 5, 7);
	n = run(0.0001, 0, 10000, told, 1000);
	for (size_t i = 0; i < n; i++)
		assert_in_range(told[i].n, 1, STEP_PACK_MAX);
}

static void what_does_not_follow_is_not_taken(void **state)
{
	(void)state;
	static struct step_pack p;
	struct told_step s = {7, 2, 1, 0.1, 16, 0.01, 0}, next = s;
	step_pack_told(&p, 0);
	assert_true(step_pack_takes(&p, &s, 0));
	step_pack_add(&p, &s);
	assert_false(step_pack_takes(&p, &next, 0)); /* the same once more */
	next.iter = 8;
	assert_true(step_pack_takes(&p, &next, 0));
	next.epoch = 3;
	assert_false(step_pack_takes(&p, &next, 0));
	next.epoch = 2;
	next.seconds = 0.5; /* one that took long is told by itself */
	assert_false(step_pack_takes(&p, &next, 0));
}

static void told_as_they_were(void **state)
{
	(void)state;
	static struct step_pack p;
	struct event ev = {0};
	step_pack_told(&p, 0);
	step_pack_add(&p, &(struct told_step){5, 2, 1.23456789012, 0.1, 16, 0.5, 0.25});
	step_pack_event(&p, &ev);
	assert_int_equal(ev.type, EV_STEP);
	assert_int_equal(ev.step.iter, 5);
	assert_true(ev.step.loss.value == 1.234568 && ev.step.lr.value == 0.1);
	assert_true(ev.step.ips.value == 32 && ev.step.wait.value == 0.5);
	step_pack_add(&p, &(struct told_step){6, 2, NAN, 0.1, 16, 1.5, 0.25});
	step_pack_event(&p, &ev);
	assert_int_equal(ev.type, EV_STEPS);
	assert_int_equal(ev.steps.iter, 5);
	assert_int_equal(ev.steps.n_loss, 2);
	assert_int_equal(ev.steps.n_lr, 1); /* one that holds for both */
	assert_true(isnan(ev.steps.loss[1]));
	assert_true(ev.steps.ips.value == 16 && ev.steps.wait.value == 0.25);
	step_pack_add(&p, &(struct told_step){7, 2, 1, 0.2, 16, 1, 0});
	step_pack_event(&p, &ev);
	assert_int_equal(ev.steps.n_lr, 3);
	assert_true(ev.steps.lr[2] == 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slow_ones_are_told_at_once),
	    cmocka_unit_test(quick_ones_wait_for_a_moment),
	    cmocka_unit_test(what_does_not_follow_is_not_taken),
	    cmocka_unit_test(told_as_they_were),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
