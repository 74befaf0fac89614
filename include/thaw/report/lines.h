/* A run as lines of plain text, one for each event that tells something: `run --headless` and
 * `replay`. */
#ifndef THAW_REPORT_LINES_H
#define THAW_REPORT_LINES_H

#include "thaw/history/history.h"

#include <stdio.h>

struct lines { /* how far a history has been printed */
	size_t n_notes, n_markers;
	int64_t busy_ms; /* t of the last line of what the trainer is busy with */
};

/* Print what `ev`, just applied to `h`, has to tell; nothing for most events. */
void lines_print(struct lines *l, const struct history *h, const struct event *ev, FILE *out);

#endif
