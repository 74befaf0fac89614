/* Random numbers: a pure function of what they are named by, and random. Bounds are wide: with good
 * numbers a failure has odds below one in a million, and the seeds are fixed besides. */
#include "thaw/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* SplitMix64 as its authors publish it: a state that walks, and a mix of it. Ours must be that
 * sequence. */
static uint64_t splitmix_next(uint64_t *walk)
{
	uint64_t z = (*walk += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void test_splitmix(void **state)
{
	(void)state;
	/* First outputs for the seed 1234567, published with many implementations. */
	static const uint64_t known[] = {6457827717110365317u, 3203168211198807973u,
					 9817491932198370423u, 4593380528125082431u,
					 16408922859458223821u};
	uint64_t walk = 1234567;
	for (uint64_t i = 0; i < 5; i++) {
		assert_true(rng_u64(1234567, i) == known[i]);
		assert_true(splitmix_next(&walk) == known[i]);
	}
}

static void test_order_does_not_matter(void **state)
{
	(void)state;
	uint64_t key = rng_key(9, RNG_AUGMENT, 3, 77), forward[100];
	for (uint64_t i = 0; i < 100; i++)
		forward[i] = rng_u64(key, i);
	rng_normal(key, 5);
	uint32_t perm[50];
	rng_permutation(key, perm, 50);
	for (uint64_t i = 100; i-- > 0;)
		assert_true(rng_u64(rng_key(9, RNG_AUGMENT, 3, 77), i) == forward[i]);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* No two names give the same key, however near they are. */
static void test_keys_differ(void **state)
{
	(void)state;
	static uint64_t keys[8 * RNG_N * 8 * 64];
	size_t n = 0;
	for (uint64_t seed = 0; seed < 8; seed++)
		for (unsigned use = 0; use < RNG_N; use++)
			for (uint64_t epoch = 0; epoch < 8; epoch++)
				for (uint64_t item = 0; item < 64; item++)
					keys[n++] = rng_key(seed, use, epoch, item);
	qsort(keys, n, sizeof(*keys), by_value);
	for (size_t i = 1; i < n; i++)
		assert_true(keys[i] != keys[i - 1]);
}

/* A change of one bit of any part changes each bit of the key half of the time. */
static void test_avalanche(void **state)
{
	(void)state;
	enum { TRIALS = 2000 };
	for (int part = 0; part < 3; part++) {
		int flips[64] = {0};
		for (uint64_t t = 0; t < TRIALS; t++) {
			uint64_t v[3] = {t * 3, t * 5, t * 7};
			uint64_t a = rng_key(v[0], RNG_SHUFFLE, v[1], v[2]);
			v[part] ^= UINT64_C(1) << t % 64;
			uint64_t change = a ^ rng_key(v[0], RNG_SHUFFLE, v[1], v[2]);
			for (int b = 0; b < 64; b++)
				flips[b] += change >> b & 1;
		}
		for (int b = 0; b < 64; b++)
			assert_true(abs(flips[b] - TRIALS / 2) < 6 * 23); /* 6 sigma */
	}
}

/* Chi-square of counts against equal shares, as so many sigmas. */
static double chi_sigmas(const int *count, int n_bins, double total)
{
	double chi = 0, share = total / n_bins;
	for (int i = 0; i < n_bins; i++)
		chi += (count[i] - share) * (count[i] - share) / share;
	return (chi - (n_bins - 1)) / sqrt(2.0 * (n_bins - 1));
}

static void test_uniform(void **state)
{
	(void)state;
	enum { DRAWS = 200000, BINS = 100 };
	int along[BINS] = {0}, across[BINS] = {0}, below[7] = {0};
	double sum = 0, product = 0, last = 0.5;
	uint64_t key = rng_key(1, RNG_INIT, 0, 0);
	for (uint64_t i = 0; i < DRAWS; i++) {
		double u = rng_uniform(key, i), v = rng_uniform(rng_key(1, RNG_AUGMENT, 1, i), 0);
		assert_true(u >= 0 && u < 1 && v >= 0 && v < 1);
		along[(int)(u * BINS)]++;
		across[(int)(v * BINS)]++; /* the first draw of every image */
		below[rng_below(key, i, 7)]++;
		sum += u;
		product += (u - 0.5) * (last - 0.5);
		last = u;
	}
	assert_true(fabs(chi_sigmas(along, BINS, DRAWS)) < 5);
	assert_true(fabs(chi_sigmas(across, BINS, DRAWS)) < 5);
	assert_true(fabs(chi_sigmas(below, 7, DRAWS)) < 5);
	assert_true(fabs(sum / DRAWS - 0.5) < 5 * sqrt(1.0 / 12 / DRAWS));
	assert_true(fabs(product / DRAWS) <
		    5.0 / 12 / sqrt(DRAWS)); /* neighbours know nothing of each other */
}

static void test_below(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		assert_true(rng_below(i, i, 1) == 0);
		assert_true(rng_below(i, i, UINT64_MAX) < UINT64_MAX);
		assert_true(rng_below(i, i, 1000 + i) < 1000 + i);
	}
}

static void test_normal(void **state)
{
	(void)state;
	enum { DRAWS = 200000 };
	double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
	uint64_t key = rng_key(2, RNG_INIT, 0, 5);
	for (uint64_t i = 0; i < DRAWS; i++) {
		double z = rng_normal(key, i);
		assert_true(isfinite(z));
		m1 += z;
		m2 += z * z;
		m3 += z * z * z;
		m4 += z * z * z * z;
	}
	double s = sqrt(1.0 / DRAWS);
	assert_true(fabs(m1 / DRAWS) < 5 * s);
	assert_true(fabs(m2 / DRAWS - 1) < 5 * sqrt(2) * s);
	assert_true(fabs(m3 / DRAWS) < 5 * sqrt(15) * s);
	assert_true(fabs(m4 / DRAWS - 3) < 5 * sqrt(96) * s);
}

static void test_permutation_is_one(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 600; n++) {
		static uint32_t perm[600], again[600];
		static bool seen[600];
		memset(seen, 0, sizeof(seen));
		rng_permutation(rng_key(1, RNG_SHUFFLE, n, 0), perm, n);
		rng_permutation(rng_key(1, RNG_SHUFFLE, n, 0), again, n);
		for (uint32_t i = 0; i < n; i++) {
			assert_true(perm[i] < n && !seen[perm[i]]);
			seen[perm[i]] = true;
			assert_int_equal(perm[i], again[i]);
		}
	}
}

/* All 120 orders of five come up equally often, one epoch after another. */
static void test_permutation_is_fair(void **state)
{
	(void)state;
	enum { DRAWS = 60000 };
	int count[120] = {0};
	for (uint64_t epoch = 0; epoch < DRAWS; epoch++) {
		uint32_t p[5];
		rng_permutation(rng_key(1, RNG_SHUFFLE, epoch, 0), p, 5);
		int rank = 0;
		for (int i = 0; i < 5; i++) {
			int smaller = 0;
			for (int j = i + 1; j < 5; j++)
				smaller += p[j] < p[i];
			rank = rank * (5 - i) + smaller;
		}
		count[rank]++;
	}
	assert_true(fabs(chi_sigmas(count, 120, DRAWS)) < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_splitmix),
	    cmocka_unit_test(test_order_does_not_matter),
	    cmocka_unit_test(test_keys_differ),
	    cmocka_unit_test(test_avalanche),
	    cmocka_unit_test(test_uniform),
	    cmocka_unit_test(test_below),
	    cmocka_unit_test(test_normal),
	    cmocka_unit_test(test_permutation_is_one),
	    cmocka_unit_test(test_permutation_is_fair),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
