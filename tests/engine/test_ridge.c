/* Ridge regression: a case solved by hand, and what must hold for any data. */
#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"
#include "thaw/engine/ridge.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum err fit(const float *x, const int *labels, size_t n, size_t dim, size_t classes,
		    double lambda, float *w, float *b, struct errinfo *e)
{
	struct ridge_data d = {x, labels, NULL, n, dim, classes, 2};
	return ridge_fit(&d, lambda, w, b, NULL, e);
}

#define N 300
#define DIM 24
#define CLASSES 4

static float x[N * DIM];
static int labels[N];

/* Classes around their own centres, with noise. */
static void make_clouds(uint64_t seed, double noise)
{
	uint64_t centre = rng_key(seed, RNG_INIT, 0, 0), draw = rng_key(seed, RNG_INIT, 0, 1);
	for (size_t i = 0; i < N; i++) {
		labels[i] = (int)(i % CLASSES);
		for (size_t d = 0; d < DIM; d++)
			x[i * DIM + d] =
			    (float)(3 + rng_normal(centre, (uint64_t)labels[i] * DIM + d) +
				    noise * rng_normal(draw, i * DIM + d));
	}
}

static double loss_of(const float *w, const float *b, double scale, int *n_correct)
{
	double total = 0;
	*n_correct = 0;
	for (size_t i = 0; i < N; i++) {
		double s[CLASSES], sum = 0;
		size_t best = 0;
		for (size_t c = 0; c < CLASSES; c++) {
			s[c] = b[c];
			for (size_t d = 0; d < DIM; d++)
				s[c] += (double)w[c * DIM + d] * x[i * DIM + d];
			s[c] *= scale;
			if (s[c] > s[best])
				best = c;
		}
		for (size_t c = 0; c < CLASSES; c++)
			sum += exp(s[c]);
		total += log(sum) - s[labels[i]];
		*n_correct += best == (size_t)labels[i];
	}
	return total / N;
}

/* x = -1 in class 0, x = +1 in class 1: w = -+ 1/2 / (1 + lambda) before the temperature, no bias
 * beyond 1/2. */
static void two_points_as_by_hand(void **state)
{
	(void)state;
	const float points[] = {-1, 1};
	const int two[] = {0, 1};
	float w[2], b[2];
	assert_int_equal(fit(points, two, 2, 1, 2, 1, w, b, NULL), ERR_OK);
	double scale = 2 * b[0]; /* b = scale / 2 */
	assert_float_equal(b[0], b[1], 1e-6);
	assert_float_equal(w[0], -scale / 4, 1e-4);
	assert_float_equal(w[1], scale / 4, 1e-4);
	assert_true(scale > 49); /* separable: the temperature runs to its bound */
	assert_int_equal(fit(points, two, 2, 1, 2, 0, w, b, NULL), ERR_OK);
	assert_float_equal(w[1] / b[1], 1, 1e-4);
}

/* Three images of class 0 at 0, one of each class at 1: hand-solved centred sums. */
static void uneven_classes_as_by_hand(void **state)
{
	(void)state;
	const float points[] = {0, 0, 0, 1, 1};
	const int who[] = {0, 0, 0, 0, 1};
	float w[2], b[2];
	assert_int_equal(fit(points, who, 5, 1, 2, 0, w, b, NULL), ERR_OK);
	/* least squares through the group means: P(0|x=0) = 1, P(0|x=1) = 1/2, so b = (1, 0), w =
	 * (-1/2, 1/2) */
	double scale = b[0];
	assert_float_equal(b[1] / scale, 0, 1e-4);
	assert_float_equal(w[0] / scale, -0.5, 1e-4);
	assert_float_equal(w[1] / scale, 0.5, 1e-4);
}

static void clouds_are_told_apart(void **state)
{
	(void)state;
	float w[CLASSES * DIM], b[CLASSES];
	int n_correct;
	make_clouds(1, 0.7);
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, 0.01, w, b, NULL), ERR_OK);
	double loss = loss_of(w, b, 1, &n_correct);
	assert_true(n_correct > N * 95 / 100);
	assert_true(loss < 0.3);
}

/* With hardly more images than features a fit looks far better on its own images than on others.
 * The scale is right for the others: on fresh images neither half of it nor twice of it would be
 * better. */
static void the_temperature_is_right_for_other_images(void **state)
{
	(void)state;
	double right = 0, half = 0, twice = 0;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		float w[CLASSES * DIM], b[CLASSES];
		int n;
		make_clouds(seed, 4);
		assert_int_equal(fit(x, labels, 90, DIM, CLASSES, 0.01, w, b, NULL), ERR_OK);
		uint64_t centre = rng_key(seed, RNG_INIT, 0, 0),
			 draw = rng_key(seed, RNG_INIT, 0, 2);
		for (size_t i = 0; i < N; i++)
			for (size_t d = 0; d < DIM; d++)
				x[i * DIM + d] =
				    (float)(3 + rng_normal(centre, (uint64_t)labels[i] * DIM + d) +
					    4 * rng_normal(draw, i * DIM + d));
		right += loss_of(w, b, 1, &n);
		half += loss_of(w, b, 0.5, &n);
		twice += loss_of(w, b, 2, &n);
	}
	assert_true(right < half);
	assert_true(right < twice);
}

/* Two features carry the class, the others are noise: the search takes a penalty that a sweep by
 * hand agrees with. */
static void the_search_finds_a_good_penalty(void **state)
{
	(void)state;
	float w[CLASSES * DIM], b[CLASSES];
	struct ridge_data d = {x, labels, NULL, 100, DIM, CLASSES, 2};
	double used = 0;
	int n_searched, n_small;
	make_clouds(5, 5);
	assert_int_equal(ridge_fit(&d, 0, w, b, &used, NULL), ERR_OK);
	assert_true(used >= 0.01 && used <= 3);
	make_clouds(5, 5.0001); /* rows 100.. were not seen */
	double searched = loss_of(w, b, 1, &n_searched);
	assert_int_equal(ridge_fit(&d, 1e-6, w, b, &used, NULL), ERR_OK);
	assert_true(used == 1e-6);
	assert_true(searched <= loss_of(w, b, 1, &n_small) + 0.02);
}

/* A mirror image beside its picture must not vouch for it: held out alone, copies would ask for the
 * smallest penalty. */
static void copies_are_held_out_together(void **state)
{
	(void)state;
	float w[CLASSES * DIM], b[CLASSES];
	size_t group[200];
	double alone = 0, together = 0;
	make_clouds(6, 6);
	memcpy(x + 100 * DIM, x, 100 * DIM * sizeof(*x));
	for (size_t i = 0; i < 200; i++)
		group[i] = i % 100;
	struct ridge_data d = {x, labels, NULL, 200, DIM, CLASSES, 2};
	for (size_t i = 0; i < 100; i++) {
		labels[100 + i] = labels[i];
		group[100 + i] = i;
	}
	/* alone: folds 101 apart separate a row from its copy */
	size_t apart[200];
	for (size_t i = 0; i < 200; i++)
		apart[i] = i < 100 ? i : i + 1;
	d.group = apart;
	assert_int_equal(ridge_fit(&d, 0, w, b, &alone, NULL), ERR_OK);
	d.group = group;
	assert_int_equal(ridge_fit(&d, 0, w, b, &together, NULL), ERR_OK);
	assert_true(together > alone);
}

/* Predictions do not depend on where the features' zero is, nor on their unit. */
static void shift_and_unit_do_not_matter(void **state)
{
	(void)state;
	float w[CLASSES * DIM], b[CLASSES], w2[CLASSES * DIM], b2[CLASSES];
	int n, n2;
	make_clouds(7, 1.5);
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, 0.05, w, b, NULL), ERR_OK);
	double loss = loss_of(w, b, 1, &n);
	for (size_t i = 0; i < N * DIM; i++)
		x[i] = x[i] * 8 + 16;
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, 0.05, w2, b2, NULL), ERR_OK);
	assert_float_equal(loss_of(w2, b2, 1, &n2), loss, 1e-4);
	assert_int_equal(n, n2);
	for (size_t i = 0; i < CLASSES * DIM; i++)
		assert_float_equal(w2[i] * 8, w[i], 1e-3);
}

static void more_penalty_means_smaller_weights(void **state)
{
	(void)state;
	static const double lambdas[] = {1e-6, 0.01, 0.1, 1, 10, 1000};
	double last = INFINITY;
	make_clouds(3, 2);
	for (size_t k = 0; k < sizeof(lambdas) / sizeof(lambdas[0]); k++) {
		float w[CLASSES * DIM], b[CLASSES];
		assert_int_equal(fit(x, labels, N, DIM, CLASSES, lambdas[k], w, b, NULL), ERR_OK);
		double norm = 0, sum = 0;
		for (size_t c = 0; c < CLASSES;
		     c++) { /* over the bias at the mean: the temperature cancels */
			double at_mean = b[c];
			for (size_t d = 0; d < DIM; d++) {
				double mean = 0;
				for (size_t i = 0; i < N; i++)
					mean += x[i * DIM + d] / N;
				at_mean += mean * w[c * DIM + d];
				norm += (double)w[c * DIM + d] * w[c * DIM + d];
			}
			sum += at_mean;
		}
		double relative = sqrt(norm) / sum;
		assert_true(relative < last);
		last = relative;
	}
}

static void same_input_same_bits(void **state)
{
	(void)state;
	float w[CLASSES * DIM], b[CLASSES], w2[CLASSES * DIM], b2[CLASSES];
	make_clouds(11, 1);
	fit(x, labels, N, DIM, CLASSES, 0.1, w, b, NULL);
	fit(x, labels, N, DIM, CLASSES, 0.1, w2, b2, NULL);
	assert_memory_equal(w, w2, sizeof(w));
	assert_memory_equal(b, b2, sizeof(b));
}

static void dead_and_doubled_features_are_fine(void **state)
{
	(void)state;
	float w[CLASSES * DIM], b[CLASSES];
	int n;
	make_clouds(5, 0.5);
	for (size_t i = 0; i < N; i++) {
		x[i * DIM] = 4;
		x[i * DIM + 1] = x[i * DIM + 2];
	}
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, 0, w, b, NULL), ERR_OK);
	loss_of(w, b, 1, &n);
	assert_true(n > N * 95 / 100);
	for (size_t i = 0; i < N * DIM; i++)
		x[i] = 1;
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, 0.1, w, b, NULL), ERR_OK);
	for (size_t i = 0; i < CLASSES; i++)
		assert_true(isfinite(b[i]) && isfinite(w[i * DIM]));
}

static void bad_input_is_refused(void **state)
{
	(void)state;
	float w[CLASSES * DIM], b[CLASSES] = {42};
	struct errinfo e = {0};
	make_clouds(1, 1);
	assert_int_equal(fit(x, labels, 0, DIM, CLASSES, 0.1, w, b, &e), ERR_VALUE);
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, -1, w, b, &e), ERR_VALUE);
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, NAN, w, b, &e), ERR_VALUE);
	labels[7] = CLASSES;
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, 0.1, w, b, &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "image 7"));
	labels[7] = 0;
	x[5 * DIM + 3] = NAN;
	assert_int_equal(fit(x, labels, N, DIM, CLASSES, 0.1, w, b, &e), ERR_NONFINITE);
	assert_non_null(strstr(e.msg, "feature 3 of image 5"));
	assert_true(b[0] == 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_points_as_by_hand),
	    cmocka_unit_test(uneven_classes_as_by_hand),
	    cmocka_unit_test(clouds_are_told_apart),
	    cmocka_unit_test(the_temperature_is_right_for_other_images),
	    cmocka_unit_test(the_search_finds_a_good_penalty),
	    cmocka_unit_test(copies_are_held_out_together),
	    cmocka_unit_test(shift_and_unit_do_not_matter),
	    cmocka_unit_test(more_penalty_means_smaller_weights),
	    cmocka_unit_test(same_input_same_bits),
	    cmocka_unit_test(dead_and_doubled_features_are_fine),
	    cmocka_unit_test(bad_input_is_refused),
	};
	return cmocka_run_group_tests_name("ridge", tests, NULL, NULL);
}
