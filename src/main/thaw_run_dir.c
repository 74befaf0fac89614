#include "thaw_run_dir.h"

#include "thaw_cli.h"
#include "thaw_foreign.h"
#include "thaw_remote.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/base/xdg.h"
#include "thaw/event/log_check.h"
#include "thaw/wire/control_client.h"

#include <stdlib.h>

#define ASK_MS 1000 /* a trainer answers between two iterations */

enum err run_asked(char **run, const struct cli *c, struct errinfo *e)
{
	const char *name = c->operands[0];
	if (remote_url_is(name))
		return err_set(e, ERR_VALUE,
			       "%s: on another machine there are attach, replay and show; the rest "
			       "by `ssh HOST thaw %s …`",
			       name, c->cmd->name);
	return run_find(run, name, cli_value(c, "--runs", NULL), e);
}

/* A file or folder that is none of ours may be another program's log. */
static enum err run_or_foreign(char **run, bool *alive, const struct cli *c, struct errinfo *e)
{
	enum err r = run_asked(run, c, e);
	if (!r && (file_is_dir(*run) || !log_check(*run, NULL))) {
		*alive = run_live(*run);
		return ERR_OK;
	}
	if (r && !foreign_is(c->operands[0]))
		return r;
	char *path = r ? xstrdup(c->operands[0]) : *run;
	*run = NULL;
	r = foreign_open(run, alive, c, path, e);
	free(path);
	return r;
}

enum err run_asked_anywhere(char **run, bool *alive, const struct cli *c, struct errinfo *e)
{
	if (remote_url_is(c->operands[0]))
		return remote_run_fetch(run, alive, c, e);
	return foreign_asked(c) ? foreign_open(run, alive, c, c->operands[0], e)
				: run_or_foreign(run, alive, c, e);
}

enum err run_dir_asked(char **dir, const struct cli *c, struct errinfo *e)
{
	char *run;
	enum err r = run_asked(&run, c, e);
	if (r)
		return foreign_is(c->operands[0]) ? foreign_refuse(c->operands[0], e) : r;
	if (file_is_dir(run)) {
		*dir = run;
		return ERR_OK;
	}
	r = foreign_is(run) ? foreign_refuse(run, e) : err_set(
	    e, ERR_VALUE,
	    "%s is a file, and this takes a run's directory; `thaw replay %s` and `thaw show "
	    "%s` take a log alone",
	    run, run, run);
	free(run);
	return r;
}

char *run_ask_unsaved(const char *dir)
{
	struct folder run;
	struct control_client *c = NULL;
	char *why = NULL;
	if (!folder_open(&run, dir, NULL) &&
	    !control_client_open_within(&c, &run, RUN_SOCKET, ASK_MS, NULL) &&
	    control_client_unsaved(c))
		why = xstrdup(control_client_unsaved(c));
	control_client_close(c);
	folder_close(&run);
	return why;
}

enum err run_look(const char *run, struct history *h, enum run_status *status, char **unsaved,
		  struct errinfo *e)
{
	enum err r = run_load(run, h, status, e);
	*unsaved = !r && *status == RUN_STATUS_RUNNING ? run_ask_unsaved(run) : NULL;
	if (*unsaved)
		*status = RUN_STATUS_UNSAVED;
	return r;
}

struct catalogue *run_catalogue(char *(*unsaved)(const char *path))
{
	char *index = xdg_state_path("runs");
	struct catalogue *c =
	    catalogue_new(&(struct catalogue_options){.index = index, .unsaved = unsaved});
	free(index);
	return c;
}

struct report_run run_report(const char *path, enum run_status status, const char *unsaved,
			     const struct history *h)
{
	return (struct report_run){.name = path_base(path),
				   .path = path,
				   .status = run_status_name(status),
				   .unsaved = unsaved,
				   .history = h};
}
