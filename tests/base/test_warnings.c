/* Lines in the order found, each once; nobody need listen. */
#include "thaw/base/warnings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_line_is_kept_once_in_order(void **state)
{
	struct warnings w = {0};
	(void)state;
	warnings_add(&w, "%s:%d: size= is there twice", "x.cfg", 7);
	warnings_add(&w, "daisy has no pictures");
	warnings_add(&w, "x.cfg:7: size= is there twice");
	assert_int_equal(w.n, 2);
	assert_string_equal(w.lines[0], "x.cfg:7: size= is there twice");
	assert_string_equal(w.lines[1], "daisy has no pictures");
	warnings_release(&w);
	assert_int_equal(w.n, 0);
}

static void nobody_need_listen(void **state)
{
	(void)state;
	warnings_add(NULL, "%d", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_is_kept_once_in_order),
	    cmocka_unit_test(nobody_need_listen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
