/* Counts and rates as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/words.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static void test_counts(void **state)
{
	(void)state;
	static const struct {
		int64_t n;
		const char *one, *words;
	} cases[] = {
	    {1, "epoch", "1 epoch"},       {2, "epoch", "2 epochs"},     {0, "class", "0 classes"},
	    {1, "class", "1 class"},       {1200, "image", "1,200 images"}, {3, "try", "3 tries"},
	    {2, "day", "2 days"},          {2, "batch", "2 batches"},    {5, "box", "5 boxes"},
	    {1, "thread", "1 thread"},     {-1, "layer", "-1 layers"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(words_n(cases[i].n, cases[i].one), cases[i].words);
}

/* One below another they have the same number of digits. */
static void test_rates_in_a_column(void **state)
{
	(void)state;
	static const struct {
		double v;
		const char *words;
	} cases[] = {
	    {0.2, "0.200"},       {0.01, "0.0100"},     {0.00981, "0.00981"}, {0.0001, "0.000100"},
	    {9.55e-5, "9.55e-5"}, {1e-5, "1.00e-5"},    {3, "3.00"},          {12.5, "12.5"},
	    {123.4, "123"},       {0, "0.00"},          {1e-10, "1.00e-10"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(words_rate_column(cases[i].v), cases[i].words);
	assert_string_equal(words_rate_column(NAN), words_rate(NAN));
}

static void test_moments(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(words_moment(1700000000000), "2023-11-14 22:13");
	assert_string_equal(words_moment(0), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_rates_in_a_column),
	    cmocka_unit_test(test_moments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
