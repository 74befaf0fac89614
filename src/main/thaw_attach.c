/* thaw attach: watch and steer a run that is going on. */
#include "thaw_cli.h"
#include "thaw_remote.h"
#include "thaw_run_dir.h"
#include "thaw_view.h"

#include "thaw/base/say.h"

#include <stdio.h>
#include <stdlib.h>

static int attach_dir(const struct cli *c, const char *dir)
{
	if (run_live(dir))
		return show_run_on(c, &(struct view_choice){.dir = dir});
	struct errinfo e;
	struct history h;
	enum run_status status;
	history_init(&h);
	int r = STATUS_USAGE;
	if (run_load(dir, &h, &status, &e))
		r = cli_fail(c->cmd, &e);
	else
		say(stderr, "thaw attach: %s is not running (%s); `thaw replay %s` plays it%s", dir,
		    run_status_name(status), dir,
		    status == RUN_STATUS_FINISHED
			? ", `thaw resume --epochs N` trains it for longer"
			: ", `thaw resume` goes on with it");
	history_release(&h);
	return r;
}

/* Its log goes on to be read in the mirror, whatever becomes of the link. */
static int attach_there(const struct cli *c)
{
	struct remote_run r;
	struct errinfo e;
	int status = STATUS_FAILED;
	if (remote_run_open(&r, c, &e))
		status = cli_fail(c->cmd, &e);
	else if (remote_alive(r.remote))
		status = show_run_on(c, &(struct view_choice){.dir = remote_dir(r.remote),
							      .name = r.name,
							      .remote = &r});
	else
		say(stderr, "thaw attach: %s is not running; `thaw replay %s` plays it", r.name,
		    r.name);
	remote_run_release(&r);
	return status;
}

static int attach_run(const struct cli *c)
{
	if (remote_url_is(c->operands[0]))
		return attach_there(c);
	char *dir = NULL;
	struct errinfo e;
	if (run_dir_asked(&dir, c, &e))
		return cli_fail(c->cmd, &e);
	int status = attach_dir(c, dir);
	free(dir);
	return status;
}

static const struct cli_option options[] = {
    {"--headless", NULL, "plain lines instead of the screen"},
    RUNS_OPTION,
    {"--ascii", NULL, "draw with ASCII alone"},
    {"--pictures", "HOW", "auto, kitty, sixel or blocks"},
    {0},
};

const struct subcommand cmd_attach = {
    .name = "attach",
    .args = "RUN [--headless] [--runs DIR] [--ascii] [--pictures HOW]",
    .help = "Watch and steer a run that is going on, here or on another machine: "
	    "ssh://[user@]host[:port]/RUN.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = attach_run,
};
