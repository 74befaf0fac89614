/* The blocks in which a network thaws. */
#include "thaw/base/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* c: a convolution; C: one of stride 2; p: a pooling; -: without weights. The blocks from above, as
 * people would mark them below. */
static void want_blocks(const char *kinds, const char *const *blocks)
{
	struct block_layer layers[64];
	struct layerset frozen;
	int n = (int)strlen(kinds), lo, hi;
	layerset_clear(&frozen, n);
	for (int i = 0; i < n; i++) {
		layers[i] = (struct block_layer){.learns = kinds[i] == 'c' || kinds[i] == 'C',
						 .shrinks = kinds[i] == 'C' || kinds[i] == 'p'};
		layerset_set(&frozen, i, true);
	}
	for (; *blocks; blocks++) {
		struct strbuf text = STRBUF_INIT;
		struct layerset block;
		assert_true(block_next(layers, &frozen, &lo, &hi));
		layerset_clear(&block, n);
		for (int i = lo; i <= hi; i++)
			layerset_set(&block, i, true);
		layerset_format(&block, &text);
		assert_string_equal(text.buf, *blocks);
		layerset_remove(&frozen, &block);
		strbuf_release(&text);
	}
	assert_false(block_next(layers, &frozen, &lo, &hi));
}

#define WANT(kinds, ...) want_blocks(kinds, (const char *const[]){__VA_ARGS__, NULL})

static void blocks_end_at_poolings(void **state)
{
	(void)state;
	WANT("cpcpccpcc", "7-8", "4-5", "2", "0");
	WANT("c", "0");
	WANT("cpc--", "2", "0");
	WANT("c-cp-c", "4-5", "0-2");
}

static void a_stride_begins_its_block(void **state)
{
	(void)state;
	WANT("CpccCcCcc", "6-8", "4-5", "2-3", "0");
	WANT("CCC", "2", "1", "0");
}

static void what_has_thawed_is_passed_over(void **state)
{
	(void)state;
	const struct block_layer layers[] = {{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}};
	struct layerset frozen;
	int lo, hi;
	layerset_clear(&frozen, 5);
	layerset_set(&frozen, 0, true);
	layerset_set(&frozen, 3, true);
	assert_true(block_next(layers, &frozen, &lo, &hi));
	assert_int_equal(lo, 0);
	assert_int_equal(hi, 0);
	layerset_set(&frozen, 0, false);
	assert_false(block_next(layers, &frozen, &lo, &hi)); /* a pooling has nothing to thaw */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_end_at_poolings),
	    cmocka_unit_test(a_stride_begins_its_block),
	    cmocka_unit_test(what_has_thawed_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
