/* Curves of runs that are laid over each other: where their points stand, smoothing and envelopes, against the
 * plain way to compute them. */
#include "courses.h"

#include "thaw/report/curve.h"

/* Deterministic, between 0 and 1. */
static double noise(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (double)(*state >> 8) / (double)(1u << 24);
}

/* ---- smoothing ---- */

static double exponential_of(const double *v, size_t n, double w)
{
	double sum = 0, weights = 0;
	for (size_t i = 0; i < n; i++) {
		double weight = pow(w, (double)(n - 1 - i));
		sum += weight * v[i];
		weights += weight;
	}
	return sum / weights;
}

static double mean_of_last(const double *v, size_t n, size_t window)
{
	double sum = 0;
	size_t from = n > window ? n - window : 0;
	for (size_t i = from; i < n; i++)
		sum += v[i];
	return sum / (double)(n - from);
}

static void smoothing_is_that_of_its_definition(void **state)
{
	(void)state;
	enum { N = 400 };
	static const struct smoothing by[] = {
	    {SMOOTH_EXPONENTIAL, 0, 1}, {SMOOTH_EXPONENTIAL, 0.6, 1}, {SMOOTH_EXPONENTIAL, 0.99, 1},
	    {SMOOTH_WINDOW, 0, 1},      {SMOOTH_WINDOW, 0, 7},        {SMOOTH_WINDOW, 0, 1000}};
	double v[N];
	uint32_t seed = 1;
	for (int i = 0; i < N; i++)
		v[i] = 3 * exp(-i / 100.0) + noise(&seed);
	for (size_t k = 0; k < sizeof(by) / sizeof(*by); k++) {
		struct smoother s;
		smoother_init(&s, &by[k]);
		for (size_t i = 0; i < N; i++) {
			double want = by[k].kind == SMOOTH_WINDOW
					  ? mean_of_last(v, i + 1, by[k].window)
					  : exponential_of(v, i + 1, by[k].weight);
			near(smoother_next(&s, v[i]), want);
		}
		smoother_release(&s);
	}
}

static void what_is_no_number_leaves_the_mean_alone(void **state)
{
	(void)state;
	static const struct smoothing by[] = {{SMOOTH_EXPONENTIAL, 0.5, 1}, {SMOOTH_WINDOW, 0, 2}};
	for (int k = 0; k < 2; k++) {
		struct smoother a, b;
		smoother_init(&a, &by[k]);
		smoother_init(&b, &by[k]);
		smoother_next(&a, 1);
		smoother_next(&b, 1);
		assert_true(isnan(smoother_next(&a, (double)NAN)));
		assert_true(isinf(smoother_next(&a, INFINITY)));
		near(smoother_next(&a, 4), smoother_next(&b, 4));
		smoother_release(&a);
		smoother_release(&b);
	}
}

static void amounts_go_through_their_table(void **state)
{
	(void)state;
	struct smoothing s = {SMOOTH_EXPONENTIAL, 0, 1};
	struct errinfo e;
	smoothing_turn(&s, -1);
	assert_false(smoothing_on(&s));
	double before = -1;
	for (int i = 0; i < 20; i++, smoothing_turn(&s, 1)) {
		assert_true(s.weight >= before && s.weight < 1);
		before = s.weight;
	}
	near(s.weight, 0.999);
	assert_int_equal(smoothing_parse(&s, "0.42", &e), ERR_OK);
	smoothing_turn(&s, 1);
	near(s.weight, 0.6);
	assert_int_equal(smoothing_parse(&s, "25", &e), ERR_OK);
	assert_true(s.kind == SMOOTH_WINDOW && s.window == 25);
	static const char *const bad[] = {"", "x", "-1", "1.5", "0.5x", "nan", "1e99"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(smoothing_parse(&s, bad[i], &e), ERR_VALUE);
}

/* ---- a run to look at ---- */

enum { STEPS = 900, PER_EPOCH = 90 };

static double loss_at(int i, uint32_t *seed)
{
	return 2 * exp(-i / 200.0) + 0.3 * noise(seed);
}

static void make_run(struct course_feed *f)
{
	uint32_t seed = 7;
	feed_init(f);
	feed_run(f, PER_EPOCH, 1700000000000);
	for (int i = 1; i <= STEPS; i++) {
		feed_step(f, i, (i - 1) / PER_EPOCH + 1, loss_at(i, &seed), 100);
		if (i % PER_EPOCH == 0)
			feed_epoch(f, i / PER_EPOCH, i, 0.5 + 0.04 * i / PER_EPOCH, 1.0 / i, 1000);
	}
}

/* ---- places ---- */

static void points_stand_at_iteration_epoch_time_and_clock(void **state)
{
	(void)state;
	struct course_feed f;
	struct figure_walk w;
	struct figure_point p;
	int n = 0;
	make_run(&f);
	figure_walk(&w, &f.course, figure_find("train_loss"));
	assert_true(w.steps);
	while (figure_next(&w, &p)) {
		n++;
		double seconds = 0.1 * n + (n - 1) / PER_EPOCH * 1.0;
		assert_int_equal(p.iter, n);
		near(p.at[AXIS_ITERATION], n);
		near(p.at[AXIS_EPOCH], (double)n / PER_EPOCH);
		near(p.at[AXIS_TIME], seconds);
		near(p.at[AXIS_CLOCK], 1700000000 + seconds);
	}
	assert_int_equal(n, STEPS);
	figure_walk(&w, &f.course, figure_find("valid_acc"));
	for (n = 0; figure_next(&w, &p);) {
		n++;
		near(p.at[AXIS_ITERATION], n * PER_EPOCH);
		near(p.at[AXIS_EPOCH], n);
		near(p.at[AXIS_TIME], n * (PER_EPOCH * 0.1 + 1));
	}
	assert_int_equal(n, STEPS / PER_EPOCH);
	feed_release(&f);
}

/* Without a plan the ends of the epochs tell how far each iteration is. */
static void epochs_of_any_length_are_measured_by_their_ends(void **state)
{
	(void)state;
	struct course_feed f;
	double losses[] = {1, 2, 3, 4};
	feed_init(&f);
	feed_steps(&f, 1, 1, losses, 4, 1000);
	feed_epoch(&f, 1, 4, 0.5, 1, 10);
	feed_steps(&f, 5, 2, losses, 2, 1000);
	feed_epoch(&f, 2, 6, 0.6, 1, 10);
	feed_steps(&f, 7, 3, losses, 1, 1000);
	near(figure_epochs(&f.course.history, 2), 0.5);
	near(figure_epochs(&f.course.history, 4), 1);
	near(figure_epochs(&f.course.history, 5), 1.5);
	near(figure_epochs(&f.course.history, 7), 2.5);
	feed_release(&f);
}

static void what_a_log_lacks_is_absent(void **state)
{
	(void)state;
	struct course_feed f;
	struct figure_walk w;
	struct figure_point p;
	double lo, hi;
	feed_init(&f);
	feed_step(&f, 1, 0, 2, 100);
	feed_step(&f, 2, 0, 1, 100);
	for (size_t i = 0; i < n_figures; i++) {
		bool told =
		    strcmp(figures[i].key, "train_loss") == 0 || strcmp(figures[i].key, "lr") == 0;
		figure_walk(&w, &f.course, &figures[i]);
		assert_int_equal(figure_next(&w, &p), told);
		if (told) {
			assert_true(isnan(p.at[AXIS_EPOCH]) && isnan(p.at[AXIS_CLOCK]));
			near(p.at[AXIS_TIME], 0.1);
		}
	}
	assert_false(figure_span(&f.course, AXIS_CLOCK, &lo, &hi));
	assert_true(figure_span(&f.course, AXIS_ITERATION, &lo, &hi));
	assert_true(lo == 1 && hi == 2);
	feed_release(&f);
}

/* ---- drawn together ---- */

/* The plain way: every point smoothed first, then those of each place gathered. */
static void expect_curve(const struct course *c, const struct curve_wish *wish)
{
	static double x[STEPS], raw[STEPS], smooth[STEPS];
	struct figure_walk w;
	struct figure_point p;
	struct smoother s;
	struct curve k;
	size_t n = 0, at = 0;
	smoother_init(&s, &wish->smoothing);
	figure_walk(&w, c, figure_find("train_loss"));
	for (; figure_next(&w, &p); n++) {
		x[n] = p.at[wish->axis];
		raw[n] = p.value;
		smooth[n] = smoother_next(&s, p.value);
	}
	smoother_release(&s);
	curve_make(&k, c, figure_find("train_loss"), wish);
	for (size_t place = 0; place < wish->places; place++) {
		double w0 = (wish->hi - wish->lo) / (double)wish->places, sum = 0, sum_x = 0;
		double from = wish->lo + w0 * (double)place, lo = INFINITY, hi = -INFINITY;
		size_t here = 0;
		for (size_t i = 0; i < n; i++) {
			double share = (x[i] - wish->lo) / (wish->hi - wish->lo);
			bool within = x[i] >= wish->lo && x[i] <= wish->hi;
			size_t of = (size_t)(share * (double)wish->places);
			of = of < wish->places ? of : wish->places - 1;
			if (!within || of != place)
				continue;
			here++;
			sum += smooth[i];
			sum_x += x[i];
			lo = fmin(lo, raw[i]);
			hi = fmax(hi, raw[i]);
		}
		if (!here)
			continue;
		while (at < k.n && (isnan(k.lo[at]) || k.x[at] < from - 1e-9))
			at++; /* where the line crosses an edge */
		assert_true(at < k.n);
		near(k.x[at], sum_x / (double)here);
		near(k.y[at], sum / (double)here);
		near(k.lo[at], lo);
		near(k.hi[at], hi);
		at++;
	}
	curve_release(&k);
}

static void places_hold_means_of_the_smoothed_and_extremes_of_the_logged(void **state)
{
	(void)state;
	static const struct smoothing by[] = {
	    {SMOOTH_EXPONENTIAL, 0, 1}, {SMOOTH_EXPONENTIAL, 0.9, 1}, {SMOOTH_WINDOW, 0, 25}};
	static const struct {
		enum axis axis;
		double lo, hi;
		size_t places;
	} windows[] = {{AXIS_ITERATION, 0, STEPS, 100},  {AXIS_ITERATION, 300, 420, 7},
		       {AXIS_EPOCH, 0, 10, 64},          {AXIS_TIME, 20, 50, 33},
		       {AXIS_ITERATION, 0, STEPS, 5000}, {AXIS_CLOCK, 1700000000, 1700000100, 10}};
	struct course_feed f;
	make_run(&f);
	for (size_t k = 0; k < sizeof(by) / sizeof(*by); k++)
		for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++)
			expect_curve(&f.course, &(struct curve_wish){.axis = windows[i].axis,
								     .lo = windows[i].lo,
								     .hi = windows[i].hi,
								     .places = windows[i].places,
								     .smoothing = by[k]});
	feed_release(&f);
}

/* A part that is shown goes on to its edges, on the line to the points beyond. */
static void a_line_goes_on_to_the_edges(void **state)
{
	(void)state;
	struct course_feed f;
	struct curve k;
	const struct curve_wish wish = {AXIS_EPOCH, 1.5, 2.5, 40, {SMOOTH_EXPONENTIAL, 0, 1}};
	feed_init(&f);
	feed_run(&f, 10, 1700000000000);
	for (int i = 1; i <= 4; i++)
		feed_epoch(&f, i, 10 * i, 0.2 * i, 1, 10);
	curve_make(&k, &f.course, figure_find("valid_acc"), &wish);
	assert_int_equal(k.n, 3);
	assert_int_equal(k.n_points, 1);
	near(k.x[0], 1.5);
	near(k.y[0], 0.3);
	near(k.y[1], 0.4);
	near(k.x[2], 2.5);
	near(k.y[2], 0.5);
	curve_release(&k);
	feed_release(&f);
}

static void a_value_that_is_no_number_is_a_gap(void **state)
{
	(void)state;
	struct course_feed f;
	struct curve k;
	const struct curve_wish wish = {AXIS_ITERATION, 0, 6, 60, {SMOOTH_EXPONENTIAL, 0, 1}};
	feed_init(&f);
	feed_run(&f, 10, 1700000000000);
	for (int i = 1; i <= 5; i++)
		feed_step(&f, i, 1, i == 3 ? (double)NAN : i, 10);
	curve_make(&k, &f.course, figure_find("train_loss"), &wish);
	assert_int_equal(k.n, 5);
	assert_true(isnan(k.y[2]));
	near(k.y[3], 4);
	assert_false(curve_at(&k, 3.5, 5).valid);
	near(curve_at(&k, 4.5, 5).value, 4);
	assert_false(curve_at(&k, 0.5, 5).valid); /* before the first */
	assert_false(curve_at(&k, 5.5, 5).valid); /* behind the run's end */
	curve_release(&k);
	feed_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(smoothing_is_that_of_its_definition),
	    cmocka_unit_test(what_is_no_number_leaves_the_mean_alone),
	    cmocka_unit_test(amounts_go_through_their_table),
	    cmocka_unit_test(points_stand_at_iteration_epoch_time_and_clock),
	    cmocka_unit_test(epochs_of_any_length_are_measured_by_their_ends),
	    cmocka_unit_test(what_a_log_lacks_is_absent),
	    cmocka_unit_test(places_hold_means_of_the_smoothed_and_extremes_of_the_logged),
	    cmocka_unit_test(a_line_goes_on_to_the_edges),
	    cmocka_unit_test(a_value_that_is_no_number_is_a_gap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
