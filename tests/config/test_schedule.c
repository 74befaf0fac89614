/* phase_lr() against values worked out by hand. */
#include "thaw/config/experiment.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct phase_config plain = {
    .epochs = 10, .schedule = SCHEDULE_CONSTANT, .step_scale = 0.1, .step_epochs = 3, .power = 4};

static void assert_lr(const struct phase_config *p, double base, double progress, double wanted)
{
	double got = phase_lr(p, base, progress);
	if (!(fabs(got - wanted) <= 1e-12 * fabs(wanted) + 1e-18))
		fail_msg("%s at %g: %.17g, wanted %.17g", schedule_name(p->schedule), progress, got,
			 wanted);
}

static void test_constant(void **state)
{
	(void)state;
	assert_lr(&plain, 0.01, 0, 0.01);
	assert_lr(&plain, 0.01, 9.99, 0.01);
	assert_lr(&plain, 0.5, 3, 0.5); /* the base rate given, not the phase's own */
}

static void test_cosine(void **state)
{
	(void)state;
	struct phase_config p = plain;
	p.schedule = SCHEDULE_COSINE;
	assert_lr(&p, 0.01, 0, 0.01);
	assert_lr(&p, 0.01, 5, 0.005);                  /* half way: cos(pi/2) = 0 */
	assert_lr(&p, 0.01, 10.0 / 3, 0.0075);          /* cos(pi/3) = 1/2 */
	assert_lr(&p, 0.01, 2.5, 0.008535533905932738); /* (1 + 1/sqrt 2) / 2 */
	assert_true(phase_lr(&p, 0.01, 10) < 1e-18);
	p.lr_end = 0.2;
	assert_lr(&p, 0.01, 0, 0.01);
	assert_lr(&p, 0.01, 5, 0.006); /* 0.2 + 0.8 / 2 */
	assert_lr(&p, 0.01, 10, 0.002);
}

static void test_step(void **state)
{
	(void)state;
	struct phase_config p = plain;
	p.schedule = SCHEDULE_STEP;
	assert_lr(&p, 0.01, 0, 0.01);
	assert_lr(&p, 0.01, 2.999, 0.01);
	assert_lr(&p, 0.01, 3, 0.001);
	assert_lr(&p, 0.01, 5.999, 0.001);
	assert_lr(&p, 0.01, 6, 0.0001);
	assert_lr(&p, 0.01, 9, 0.00001);
}

static void test_poly(void **state)
{
	(void)state;
	struct phase_config p = plain;
	p.schedule = SCHEDULE_POLY;
	assert_lr(&p, 0.1, 0, 0.1);
	assert_lr(&p, 0.1, 5, 0.1 / 16); /* (1 - 1/2)^4 */
	assert_lr(&p, 0.1, 1, 0.06561);  /* 0.9^4 */
	assert_lr(&p, 0.1, 9, 0.00001);
	p.power = 1;
	assert_lr(&p, 0.1, 2.5, 0.075);
}

static void test_warmup(void **state)
{
	(void)state;
	struct phase_config p = plain;
	p.warmup = 2;
	assert_lr(&p, 0.01, 0, 0);
	assert_lr(&p, 0.01, 0.5, 0.0025);
	assert_lr(&p, 0.01, 1, 0.005);
	assert_lr(&p, 0.01, 2, 0.01);
	assert_lr(&p, 0.01, 7, 0.01);
	p.schedule = SCHEDULE_POLY; /* a line up to the schedule's value at its end, 0.8^4 = 0.4096:
				       no jump there */
	assert_lr(&p, 0.1, 1, 0.02048);
	assert_lr(&p, 0.1, 2, 0.04096);
	assert_lr(&p, 0.1, 5, 0.1 / 16);
	p.warmup = 0.5;
	p.schedule = SCHEDULE_STEP;
	assert_lr(&p, 0.01, 0.25, 0.005);
	assert_lr(&p, 0.01, 0.5, 0.01);
}

/* Never negative, never above the base, finite, also outside of the phase. */
static void test_bounds(void **state)
{
	(void)state;
	for (unsigned s = 0; s < SCHEDULE_N; s++)
		for (int w = 0; w < 3; w++)
			for (double at = -1; at < 12; at += 0.01) {
				struct phase_config p = plain;
				p.schedule = s;
				p.warmup = w * 5;
				double lr = phase_lr(&p, 0.1, at);
				assert_true(isfinite(lr) && lr >= 0 && lr <= 0.1);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_constant), cmocka_unit_test(test_cosine),
	    cmocka_unit_test(test_step),     cmocka_unit_test(test_poly),
	    cmocka_unit_test(test_warmup),   cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
