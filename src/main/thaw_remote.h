/* A run on another machine, where a command line names one: ssh://[user@]host[:port]/RUN. */
#ifndef THAW_MAIN_THAW_REMOTE_H
#define THAW_MAIN_THAW_REMOTE_H

#include "thaw_cli.h"

#include "thaw/wire/remote.h"

struct remote_run {
	struct loop *loop;
	struct remote *remote;
	const char *name; /* the URL; borrowed */
};

/* Connect to the run of the first operand; ssh may ask on the terminal. Release it also on error.
 * Errors: ERR_VALUE, ERR_STATE (not to be reached, no such run), ERR_IO (no mirror) */
enum err remote_run_open(struct remote_run *r, const struct cli *c, struct errinfo *e);
void remote_run_release(struct remote_run *r);

/* The mirror of the run of the first operand, as a directory, when the whole log has come, and
 * whether a trainer was at work on it then. Of a host that cannot be reached it is what came before,
 * which is said. Owns: the caller frees *dir. Errors: as remote_run_open() */
enum err remote_run_fetch(char **dir, bool *alive, const struct cli *c, struct errinfo *e);

#endif
