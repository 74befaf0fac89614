/* Which classes are taken for which: the largest counts beside the diagonal. */
#include "thaw/base/rng.h"
#include "thaw/history/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N = 5, ALL = N * N };

static void the_largest_come_first(void **state)
{
	(void)state;
	static const int64_t counts[] = {9, 2, 0, 4, 9, 2, 0, 3, 9};
	struct confusion_pair p[4];
	assert_int_equal(confusion_worst(counts, 3, p, 4), 4);
	assert_int_equal(p[0].count, 4);
	assert_int_equal(p[0].truth, 1);
	assert_int_equal(p[0].said, 0);
	assert_int_equal(p[1].count, 3);
	assert_int_equal(p[2].truth, 0); /* of equals the first in the matrix */
	assert_int_equal(p[3].truth, 1);
	assert_int_equal(confusion_worst(counts, 3, p, 1), 1);
	assert_int_equal(p[0].count, 4);
	assert_int_equal(confusion_worst(counts, 3, p, 0), 0);
}

/* However few are wanted, they are the head of the full list, which holds every count but the
 * diagonal and zeros. */
static void fewer_are_the_head_of_more(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < 50; round++) {
		int64_t counts[ALL];
		size_t want = 0;
		for (size_t i = 0; i < ALL; i++) {
			counts[i] = (int64_t)rng_below(round, i, 4);
			want += i % (N + 1) && counts[i] > 0;
		}
		struct confusion_pair all[ALL], few[ALL];
		assert_int_equal(confusion_worst(counts, N, all, ALL), want);
		for (size_t i = 0; i < want; i++) {
			assert_int_equal(all[i].count, counts[all[i].truth * N + all[i].said]);
			assert_true(i == 0 || all[i].count <= all[i - 1].count);
		}
		for (size_t most = 0; most <= want; most++) {
			assert_int_equal(confusion_worst(counts, N, few, most), most);
			for (size_t i = 0; i < most; i++) {
				assert_int_equal(few[i].truth, all[i].truth);
				assert_int_equal(few[i].said, all[i].said);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_largest_come_first),
	    cmocka_unit_test(fewer_are_the_head_of_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
