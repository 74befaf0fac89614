/* What can go on after its end, as `thaw ls` says it below its table. */
#ifndef THAW_MAIN_THAW_GOING_ON_H
#define THAW_MAIN_THAW_GOING_ON_H

#include "thaw/base/strbuf.h"
#include "thaw/run/run.h"

#include <stddef.h>

struct going_on {
	struct strbuf names; /* of those that can; the first few */
	size_t n, n_crashed;
};

#define GOING_ON_INIT                                                                              \
	{                                                                                          \
		.names = STRBUF_INIT                                                               \
	}

void going_on_add(struct going_on *g, const char *dir, enum run_status status);
/* Print it; the caller releases the names. `runs`: where they are; NULL: where they are looked for unasked. */
void going_on_print(struct going_on *g, const char *runs);

#endif
