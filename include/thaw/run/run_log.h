/* Reading a run's log: its events one by one, or all of them into a history.
 *
 * Every reader of a log treats a line that is no event alike: it is told once, and skipped.
 */
#ifndef THAW_RUN_RUN_LOG_H
#define THAW_RUN_RUN_LOG_H

#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"

#include <stdbool.h>

typedef void run_log_broken(void *arg, const struct errinfo *why);

/* The next event, owned by the caller; false when there is none now. `broken` (may be NULL) is told
 * of every line on the way that is none. */
bool run_log_next(struct log_reader *r, struct event *ev, run_log_broken *broken, void *arg);

/* Fold all that there is into `h`, which counts the lines that are none. False: there was no
 * event. */
bool run_log_fold(struct log_reader *r, struct history *h);

#endif
