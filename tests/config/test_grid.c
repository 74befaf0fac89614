/* The values that a sweep tries, from what is typed after --set KEY=. */
#include "thaw/config/grid.h"

#include "thaw/base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Joined by bars; an error's message instead. */
static void gives(const char *key, const char *text, const char *wanted)
{
	struct grid g = {0};
	struct strbuf got = STRBUF_INIT;
	struct errinfo e;
	if (grid_add(&g, key, text, &e))
		strbuf_addstr(&got, e.msg);
	else
		for (size_t i = 0; i < g.n; i++)
			strbuf_addf(&got, "%s%s", i ? "|" : "", g.values[i]);
	if (strcmp(got.buf, wanted) != 0)
		fail_msg("%s=%s: '%s', wanted '%s'", key, text, got.buf, wanted);
	strbuf_release(&got);
	grid_release(&g);
}

static void refuses(const char *key, const char *text, const char *why)
{
	struct grid g = {0};
	struct errinfo e;
	assert_int_equal(grid_add(&g, key, text, &e), ERR_VALUE);
	if (!strstr(e.msg, why) || strncmp(e.msg, key, strlen(key)) != 0)
		fail_msg("%s=%s: '%s', wanted '%s'", key, text, e.msg, why);
	grid_release(&g);
}

static void lists(void **state)
{
	(void)state;
	gives("phases.tune.lr", "1e-3,3e-3", "1e-3|3e-3");
	gives("phases.0.lr", "0.1", "0.1");
	gives("train.optimizer", "sgd,adamw", "sgd|adamw");
	gives("network.weights", "../a..b.weights,none", "../a..b.weights|none");
	gives("network.weights", "\"a,b.weights\",c", "a,b.weights|c");
	gives("no.such.key", "1..3,x", "1..3|x"); /* whoever reads it says so */
}

static void commas_that_are_the_values(void **state)
{
	(void)state;
	gives("phases.tune.freeze", "0-3,7", "0-3,7");
	gives("phases.tune.freeze", "\"0-3,7\",none", "0-3,7|none");
	gives("data.classes", "rose,tulip", "rose,tulip");
}

static void ranges(void **state)
{
	(void)state;
	gives("train.seed", "1..3", "1|2|3");
	gives("train.seed", "1..9..2", "1|3|5|7|9");
	gives("train.seed", "1..2,7", "1|2|7");
	gives("train.batch", "8..10", "8|9|10");
	gives("head.dropout", "0..0.3..0.1", "0|0.1|0.2|0.3");
	gives("train.decay", "1e-4..1e-1*4", "0.0001|0.001|0.01|0.1");
	gives("train.decay", "1e-1..1e-3*3", "0.1|0.01|0.001");
	gives("phases.tune.lr", "0.001..0.01*3", "0.001|0.003162|0.01");
	gives("phases.tune.lr", ".5..1.5..0.5", "0.5|1|1.5");
}

static void what_is_none(void **state)
{
	(void)state;
	refuses("train.seed", "", "a value is missing");
	refuses("train.seed", "1,,2", "a value is missing");
	refuses("train.seed", "1,2,", "a value is missing");
	refuses("train.seed", "1,2,1", "1 is given twice");
	refuses("train.seed", "1..2,2", "2 is given twice");
	refuses("train.seed", "3..1", "is no range");
	refuses("train.seed", "1..", "is no range");
	refuses("train.seed", "..3", "is no range");
	refuses("train.seed", "1..3..0", "is no range");
	refuses("train.decay", "0.1..0.5", "is no range");
	refuses("train.decay", "0..1*3", "is no range");
	refuses("train.decay", "0.1..1*1", "is no range");
	refuses("train.decay", "0.1..1*2.5", "is no range");
	refuses("train.seed", "1..1000000", "more than 10000 values");
	refuses("network.weights", "\"a,b", "does not end");
	refuses("network.weights", "\"a\"b", "does not end");
}

static void what_makes_another_network(void **state)
{
	(void)state;
	assert_false(grid_shapes("phases.tune.lr"));
	assert_false(grid_shapes("train.seed"));
	assert_true(grid_shapes("phases.tune.freeze"));
	assert_true(grid_shapes("train.batch"));
	assert_true(grid_shapes("network.cfg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists),
	    cmocka_unit_test(commas_that_are_the_values),
	    cmocka_unit_test(ranges),
	    cmocka_unit_test(what_is_none),
	    cmocka_unit_test(what_makes_another_network),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
