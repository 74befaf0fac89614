/* A run on disk as who looks at it sees it: where it is, what its log says, and whether it is
 * alive.
 *
 * To look at a run its log is enough: where "run" is said, a log that lies alone will do.
 *
 * The one place that tells finished, stopped, failed, running and crashed apart.
 */
#ifndef THAW_RUN_RUN_H
#define THAW_RUN_RUN_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/history/history.h"

#include <stdbool.h>

#define RUNS_DIR "runs"

enum run_status {
	RUN_STATUS_FINISHED,
	RUN_STATUS_STOPPED,
	RUN_STATUS_FAILED,
	RUN_STATUS_RUNNING,
	RUN_STATUS_UNSAVED, /* running, but it waits because it cannot save */
	RUN_STATUS_CRASHED,
	RUN_STATUS_IMPORTED, /* another program's log, which tells no end: nothing more is known */
	RUN_STATUS_N
};

extern const char *const run_status_names[RUN_STATUS_N];
const char *run_status_name(enum run_status s);

/* The exit status a command ends with when the run it showed ended so: that of the trainer itself.
 */
int run_status_exit(enum run_status s);

/* The run of that name: a path, also of its log, or a name under RUNS_DIR; a name under `runs`
 * first where that is given (NULL: it is not). A log of any name is taken, too.
 * Owns:   the caller frees *run
 * Errors: ERR_NOT_FOUND */
enum err run_find(char **run, const char *name, const char *runs, struct errinfo *e);

/* The name of the run in `dir`; caller frees. */
char *run_name(const char *dir);

/* Is it a log that can be shown? One that a trainer has just begun may be empty.
 * Errors: as log_check() */
enum err run_check(const char *run, struct errinfo *e);

/* Does a trainer hold the lock of this directory? */
bool run_live(const char *dir);

/* What is to be said of a run whose log was read after `live` was asked: in this order, so that an
 * end that was written in between is seen. */
enum run_status run_status(const struct history *h, bool live);

/* Fold the whole log into `h` (to be initialised before and released after, also on error).
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (it is no log) */
enum err run_load(const char *run, struct history *h, enum run_status *status, struct errinfo *e);

#endif
