/* A history of its own for each test. */
#ifndef THAW_TESTS_HISTORY_FOLD_H
#define THAW_TESTS_HISTORY_FOLD_H

#include "sample.h"

static inline int fold_open(void **state)
{
	static struct history h;
	history_init(&h);
	*state = &h;
	return 0;
}

static inline int fold_close(void **state)
{
	history_release(*state);
	strbuf_release(&feed_log);
	return 0;
}

#define FOLD(f) cmocka_unit_test_setup_teardown(f, fold_open, fold_close)

#endif
