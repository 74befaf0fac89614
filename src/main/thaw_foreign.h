/* Logs of other programs, where a command line names one: FILE or FOLDER, in any of the formats of
 * import.h. What a command then works on is the event log that the foreign one comes to; it lives as
 * long as the program. */
#ifndef THAW_MAIN_THAW_FOREIGN_H
#define THAW_MAIN_THAW_FOREIGN_H

#include "thaw/base/err.h"

#include <stdbool.h>

struct cli;

/* Options of a command that takes them, and how they stand on its usage line. */
#define FOREIGN_OPTIONS                                                                            \
	{"--format", "NAME", "what wrote the log (by its content; `thaw help formats`)"},          \
	{                                                                                          \
		"--columns", "WHAT=COL,...", "what the columns of a table are: step=N,loss=L"       \
	}
#define FOREIGN_ARGS "[--format NAME] [--columns WHAT=COL,...]"

/* Does the command line say that it is one? */
bool foreign_asked(const struct cli *c);

/* Is what lies at a path one? No log of ours is. */
bool foreign_is(const char *path);

/* Read it, as --format and --columns say. *run is the path of its event log (the caller frees it),
 * *alive whether it goes on as far as one can tell.
 * Errors: as import_open() */
enum err foreign_open(char **run, bool *alive, const struct cli *c, const char *path,
		      struct errinfo *e);

/* What a run is called for people: the foreign log whose event log it is, else itself. Borrowed. */
const char *foreign_name(const char *run);
bool foreign_opened(const char *run);

/* Does the command read on while the log grows? */
bool foreign_follows(const struct cli *c);

/* Take what has been added to those that are open. */
void foreign_poll(void *arg);

/* "results.csv is a table of ..., whose run nobody steers from here" Errors: ERR_VALUE */
enum err foreign_refuse(const char *path, struct errinfo *e);

#endif
