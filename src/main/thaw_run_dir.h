/* A run directory as the viewer sees it: where it is, what its log says, and whether it is alive.
 *
 * To look at a run its log is enough: where "run" is said, a log that lies alone will do.
 *
 * The one place that tells finished, stopped, failed, running and crashed apart.
 */
#ifndef THAW_MAIN_THAW_RUN_DIR_H
#define THAW_MAIN_THAW_RUN_DIR_H

#include "thaw/base/err.h"
#include "thaw/history/history.h"

#include <stdbool.h>

struct cli;

#define RUNS_DIR "runs"

enum run_status {
	RUN_STATUS_FINISHED,
	RUN_STATUS_STOPPED,
	RUN_STATUS_FAILED,
	RUN_STATUS_RUNNING,
	RUN_STATUS_UNSAVED, /* running, but it waits because it cannot save */
	RUN_STATUS_CRASHED,
	RUN_STATUS_N
};

const char *run_status_name(enum run_status s);

/* The exit status a command ends with when the run it showed ended so: that of the trainer itself.
 */
int run_status_exit(enum run_status s);

/* The option of every command whose first operand is a run. */
#define RUNS_OPTION                                                                                \
	{                                                                                          \
		"--runs", "DIR", "where the runs are (" RUNS_DIR ")"                               \
	}

/* The directory of the run that is the first operand: a path, also of its log, or a name under
 * RUNS_DIR; a name under DIR first where --runs DIR is given. run_find() takes a log of any name, too.
 * Owns:   the caller frees *dir
 * Errors: ERR_NOT_FOUND, ERR_VALUE (a mere log, where a directory is needed) */
enum err run_dir_find(char **dir, const struct cli *c, struct errinfo *e);
enum err run_find(char **run, const struct cli *c, struct errinfo *e);

/* The name of the run in `dir`; caller frees. */
char *run_dir_name(const char *dir);

/* Is it a log that can be shown? One that a trainer has just begun may be empty.
 * Errors: as log_check() */
enum err run_check(const char *run, struct errinfo *e);

/* Does a trainer hold the lock of this directory? */
bool run_dir_live(const char *dir);

/* What is to be said of a run whose log was read after `live` was asked: in this order, so that an
 * end that was written in between is seen. */
enum run_status run_dir_status(const struct history *h, bool live);

/* What keeps a running run from saving, as its trainer says; NULL: nothing, or it is too busy to say so in
 * a second. Caller frees. */
char *run_dir_unsaved(const char *dir);

/* Fold the whole log into `h` (to be initialised before and released after, also on error).
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (it is no log) */
enum err run_load(const char *run, struct history *h, enum run_status *status,
		      struct errinfo *e);

#endif
