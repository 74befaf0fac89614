/* The run that a command line names, and what its trainer says. */
#ifndef THAW_MAIN_THAW_RUN_DIR_H
#define THAW_MAIN_THAW_RUN_DIR_H

#include "thaw/report/run.h"
#include "thaw/run/catalogue.h"
#include "thaw/run/run.h"

struct cli;

/* The option of every command whose first operand is a run. */
#define RUNS_OPTION                                                                                \
	{                                                                                          \
		"--runs", "DIR", "where the runs are (" RUNS_DIR ")"                               \
	}

/* The run that is the first operand, as run_find() takes it; run_dir_asked(): a run directory.
 * Owns:   the caller frees it
 * Errors: ERR_NOT_FOUND, ERR_VALUE (a mere log, where a directory is needed) */
enum err run_asked(char **run, const struct cli *c, struct errinfo *e);
enum err run_dir_asked(char **dir, const struct cli *c, struct errinfo *e);

/* The same, or the copy of one on another machine (thaw_remote.h), or what the log of another program
 * comes to (thaw_foreign.h); and whether a trainer is at work on it.
 * Errors: besides, as remote_run_fetch(), import_open() */
enum err run_asked_anywhere(char **run, bool *alive, const struct cli *c, struct errinfo *e);

/* What keeps a run from saving, as its trainer says; the caller frees it. NULL: nothing, or the
 * trainer is too busy to say so in a second. */
char *run_ask_unsaved(const char *dir);

/* A catalogue with this person's index. */
struct catalogue *run_catalogue(char *(*unsaved)(const char *path));

/* As run_load(); and, of one that goes on, what run_ask_unsaved() says (the caller frees *unsaved), which
 * makes its status RUN_STATUS_UNSAVED. */
enum err run_look(const char *run, struct history *h, enum run_status *status, char **unsaved,
		  struct errinfo *e);

/* The run at `path` for a report; all is borrowed. */
struct report_run run_report(const char *path, enum run_status status, const char *unsaved,
			     const struct history *h);

#endif
