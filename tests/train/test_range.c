/* Learning-rate range tests: what a curve tells, and a test beside a run that leaves the run as it
 * is. */
#include "resumed.h"

#include "../../src/train/range_test.h"

#include "thaw/train/find_lr.h"

/* ---- the arithmetic ---- */

/* A loss by the decimal logarithm of the rate, with the noise of single batches. */
struct curve {
	double from, to, noise;
	double (*loss)(double at);
};

static void follow(struct range_test *t, const struct curve *c)
{
	range_test_init(t, c->from, c->to, RANGE_ITERATIONS, 3);
	for (uint64_t i = 0; range_test_goes_on(t); i++) {
		double noise = c->noise * rng_normal(rng_key(3, RNG_DRAW, 0, 0), i);
		range_test_add(t, c->loss(log10(range_test_rate(t))) + noise);
	}
}

static void found(const struct curve *c, struct range_finding *f)
{
	struct range_test t;
	follow(&t, c);
	range_test_find(&t, f);
	range_test_release(&t);
}

/* Level to 1e-4, down to 1e-1, and up like a wall. */
static double valley(double at)
{
	return at < -4 ? 1.1 : at < -1 ? 1.1 - (at + 4) / 3 : 0.1 + 30 * (at + 1);
}

/* Down at one place, far below where it is lost. */
static double cliff(double at)
{
	return at < -4 ? 1.1 : at < -3.5 ? 1.1 - 1.8 * (at + 4) : at < -0.3 ? 0.2 : 30;
}

static double level(double at)
{
	(void)at;
	return 0.02;
}

static double rising(double at)
{
	return at < -2 ? 0.02 : 0.02 + 5 * (at + 2);
}

static double wild(double at)
{
	return 1 + 100 * (at + 6);
}

static double boundless(double at)
{
	return at < -3 ? 1.1 : at < -1 ? 1.1 - (at + 3) / 3 : (double)INFINITY;
}

static void a_suggestion_is_below_the_lowest(void **state)
{
	(void)state;
	const struct curve c = {1e-6, 1, 0.02, valley};
	struct range_test t;
	struct range_finding f;
	follow(&t, &c);
	assert_true(t.lost);
	assert_true(t.n < RANGE_ITERATIONS);
	range_test_find(&t, &f);
	assert_int_equal(f.state, RANGE_FOUND);
	assert_true(f.lowest.value > 0.03 && f.lowest.value < 0.3);
	assert_true(f.steepest.value > 1e-4 && f.steepest.value < f.lowest.value);
	assert_true(f.suggestion.value <= f.lowest.value / 10 * 1.05);
	assert_true(f.suggestion.value <= f.steepest.value * 1.05);
	char digits[32];
	snprintf(digits, sizeof(digits), "%.1e", f.suggestion.value);
	assert_true(strtod(digits, NULL) == f.suggestion.value);
	range_finding_release(&f);
	range_test_release(&t);
}

static void where_it_falls_fastest_is_suggested(void **state)
{
	(void)state;
	const struct curve c = {1e-6, 1, 0, cliff};
	struct range_finding f;
	found(&c, &f);
	assert_int_equal(f.state, RANGE_FOUND);
	assert_true(f.suggestion.value > 1e-4 && f.suggestion.value < 1e-3);
	assert_non_null(strstr(f.words.buf, "falls fastest"));
	range_finding_release(&f);
}

static void curves_that_tell_nothing_say_so(void **state)
{
	(void)state;
	static const struct {
		struct curve curve;
		enum range_state state;
		const char *words;
	} cases[] = {
	    {{1e-6, 1, 0.005, level}, RANGE_FLAT, "never falls up to 1;"},
	    {{1e-6, 1, 0, level}, RANGE_FLAT, "never falls up to 1;"},
	    {{1e-6, 1, 0.005, rising}, RANGE_FLAT, "above it rises"},
	    {{1e-6, 1, 0, wild}, RANGE_DIVERGED, "begin lower"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct range_finding f;
		found(&cases[i].curve, &f);
		if (f.state != cases[i].state || !strstr(f.words.buf, cases[i].words))
			fail_msg("curve %zu: %s", i, f.words.buf);
		assert_false(f.suggestion.valid);
		range_finding_release(&f);
	}
}

/* An infinite loss ends the test, and what was before it counts. */
static void a_loss_that_is_not_finite_ends_it(void **state)
{
	(void)state;
	const struct curve c = {1e-6, 1, 0, boundless};
	struct range_test t;
	struct range_finding f;
	follow(&t, &c);
	assert_true(t.lost);
	range_test_find(&t, &f);
	assert_int_equal(f.state, RANGE_FOUND);
	range_finding_release(&f);
	range_test_release(&t);
	range_test_init(&t, 1e-6, 1, RANGE_ITERATIONS, 3);
	range_test_add(&t, NAN);
	assert_false(range_test_goes_on(&t));
	range_test_find(&t, &f);
	assert_int_equal(f.state, RANGE_DIVERGED);
	range_finding_release(&f);
	range_test_release(&t);
}

/* ---- beside a run ---- */

/* What is sent in which call of net_step(), those of the test itself counted. */
static const struct said {
	int call;
	const char *cmd, *arg;
} *saying;

static void say_then(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	for (const struct said *s = saying; s->cmd; s++) {
		struct command cmd;
		if (s->call != call)
			continue;
		assert_int_equal(command_parse(&cmd, s->cmd, s->arg, NULL), ERR_OK);
		assert_int_equal(control_client_send(hand, &cmd, NULL), ERR_OK);
		command_release(&cmd);
	}
}

static void train_saying(const char *name, const struct said *what, struct log *l)
{
	saying = what;
	fake.on_step = say_then;
	act_after = 1; /* somebody is there */
	assert_int_equal(train_plan(name), TRAINER_FINISHED);
	log_read(l, name);
}

static const struct event_lr_range *last_range(const struct log *l)
{
	size_t n = count(l, EV_LR_RANGE);
	return n ? &find(l, EV_LR_RANGE, n - 1)->lr_range : NULL;
}

static void a_run_is_the_same_with_a_test_in_it(void **state)
{
	(void)state;
	/* In mid-epoch of the first phase, and of the second one, whose batches are normalised. */
	static const struct said what[] = {
	    {6, "find-lr", NULL}, {RANGE_ITERATIONS + 12, "find-lr", NULL}, {0, NULL, NULL}};
	struct log l;
	assert_int_equal(train_plan("alone"), TRAINER_FINISHED);
	train_saying("tested", what, &l);
	same_files("alone", "tested");
	const struct event_lr_range *first = NULL, *r = last_range(&l);
	for (size_t i = 0; i < count(&l, EV_LR_RANGE) && !first; i++)
		if (find(&l, EV_LR_RANGE, i)->lr_range.state != RANGE_RUNNING)
			first = &find(&l, EV_LR_RANGE, i)->lr_range;
	assert_non_null(first);
	assert_int_equal(first->iter, 6);
	assert_string_equal(first->frozen, "0-1");
	assert_int_equal(r->iter, 12);
	assert_string_equal(r->frozen, "none");
	assert_true(r->done == (int64_t)r->n_points && r->n_points > 0);
	assert_true(r->state != RANGE_RUNNING && *r->words);
	assert_int_equal(find(&l, EV_LR_RANGE, 0)->lr_range.state, RANGE_RUNNING);
	assert_int_equal(find(&l, EV_LR_RANGE, 0)->lr_range.n_points, 0);
	assert_int_equal(l.h.end.iters, LAST);
	log_free(&l);
}

/* The other command is carried out at the same iteration. */
static void another_command_ends_the_test(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct said what[3];
	} cases[] = {
	    {"ended", {{6, "find-lr", NULL}, {20, "find-lr", "cancel"}, {0, NULL, NULL}}},
	    {"halved", {{6, "find-lr", NULL}, {20, "lr", "x0.5"}, {0, NULL, NULL}}},
	};
	struct log l;
	assert_int_equal(train_plan("quiet"), TRAINER_FINISHED);
	for (int i = 0; i < 2; i++) {
		no_life(NULL);
		train_saying(cases[i].name, cases[i].what, &l);
		const struct event_lr_range *r = last_range(&l);
		assert_int_equal(r->state, RANGE_CANCELLED);
		assert_int_equal(r->n_points, 20 - 6);
		if (i == 0) {
			same_files("quiet", cases[i].name);
		} else {
			for (size_t k = 0; k < count(&l, EV_LR); k++)
				if (find(&l, EV_LR, k)->lr.cause == CAUSE_USER)
					assert_int_equal(find(&l, EV_LR, k)->lr.iter, 6);
		}
		log_free(&l);
	}
}

/* ---- without a run ---- */

static enum err find_alone(struct find_lr *f, const char *phase, int iterations, struct errinfo *e)
{
	const struct trainer_options t = {.experiment = yaml, .sets = plan, .n_sets = N_PLAN};
	const struct find_lr_options o = {
	    .trainer = &t, .phase = phase, .iterations = iterations, .to = 10};
	return trainer_find_lr(f, &o, e);
}

/* It goes round the few pictures, gives the same numbers again, and leaves no file. */
static void a_test_of_an_experiment_writes_nothing(void **state)
{
	(void)state;
	struct find_lr f, again;
	struct errinfo e = {0};
	scratch_free(xstrdup(runs));
	for (int i = 0; i < 2; i++)
		if (find_alone(i ? &again : &f, NULL, 200, &e))
			fail_msg("%s", e.msg);
	assert_string_equal(f.phase, "head");
	assert_string_equal(f.learns, "2");
	assert_float_equal(f.lr, 0.1, 1e-12);
	assert_non_null(strstr(f.where, "shapes.yaml:"));
	assert_int_equal(f.range.state, RANGE_FOUND);
	assert_int_equal(f.range.n_points, again.range.n_points);
	for (size_t i = 0; i < f.range.n_points; i++)
		assert_true(f.range.points[i].loss == again.range.points[i].loss);
	assert_false(file_exists(runs));
	find_lr_release(&f);
	find_lr_release(&again);
	assert_int_equal(find_alone(&f, "tune", 0, &e), ERR_OK);
	assert_string_equal(f.learns, "0,2");
	find_lr_release(&f);
	assert_int_equal(find_alone(&f, "nix", 0, &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "there are head, tune"));
	assert_int_equal(find_alone(&f, NULL, 3, &e), ERR_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_suggestion_is_below_the_lowest),
	    cmocka_unit_test(where_it_falls_fastest_is_suggested),
	    cmocka_unit_test(curves_that_tell_nothing_say_so),
	    cmocka_unit_test(a_loss_that_is_not_finite_ends_it),
	    cmocka_unit_test_setup(a_run_is_the_same_with_a_test_in_it, no_life),
	    cmocka_unit_test_setup(another_command_ends_the_test, no_life),
	    cmocka_unit_test_setup(a_test_of_an_experiment_writes_nothing, no_life),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
