/* The first epochs of the sample run, folded once for a group of tests. */
#ifndef TESTS_TUI_PART_H
#define TESTS_TUI_PART_H

#include "check.h"

static struct history part;

static inline void part_write(struct sample *s)
{
	sample_begin(s);
	sample_epochs(s, 1, 3);
}

static inline int part_open(void **state)
{
	(void)state;
	check_fold(&part, part_write);
	return 0;
}

static inline int part_close(void **state)
{
	(void)state;
	history_release(&part);
	return 0;
}

#endif
