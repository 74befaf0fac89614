/* thaw replay: a saved run on the same screen. */
#include "thaw_cast.h"
#include "thaw_cli.h"
#include "thaw_foreign.h"
#include "thaw_run_dir.h"
#include "thaw_save.h"
#include "thaw_view.h"

#include "thaw/base/alloc.h"
#include "thaw/wire/remote_url.h"

#include <stdlib.h>
#include <string.h>

/* As `thaw branch RUN --at POINT` would, on the same screen. */
static int branch_off(const struct cli *c, const char *run, const char *at)
{
	const struct cli_option *option = cmd_branch.options; /* --at is the first */
	struct cli_given *given = xcalloc(c->n_given + 1, sizeof(*given));
	const char *operands[] = {run, NULL};
	char *argv[] = {NULL};
	struct cli there = *c;
	size_t n = 0;
	given[n++] = (struct cli_given){option, at};
	for (size_t i = 0; i < c->n_given; i++) /* how to draw is the same */
		if (cli_has_option(&cmd_branch, c->given[i].option->name) &&
		    strcmp(c->given[i].option->name, "--runs") != 0)
			given[n++] = c->given[i];
	there.cmd = &cmd_branch;
	there.argv = argv;
	there.operands = operands;
	there.n_operands = 1;
	there.given = given;
	there.n_given = n;
	int status = cmd_branch.run(&there);
	free(given);
	return status;
}

/* Played into a file instead of onto the screen. */
static int replay_cast(const struct cli *c, const char *run, bool alive)
{
	const char *path = cli_value(c, "--cast", NULL);
	struct strbuf data = STRBUF_INIT;
	struct errinfo e;
	if (save_check(path, cli_flag(c, "--force"), &e))
		return cli_fail(c->cmd, &e);
	int status = cast_of(&data, c, run, c->operands[0], alive);
	if (!status && save_file(path, &data, &e))
		status = cli_fail(c->cmd, &e);
	strbuf_release(&data);
	return status;
}

static int replay_run(const struct cli *c)
{
	const char *text = cli_value(c, "--speed", NULL);
	struct speed speed = {0};
	struct errinfo e;
	if (text && speed_parse(&speed, text, &e))
		return cli_usage(c->cmd, "%s", e.msg);
	bool follow = cli_flag(c, "--follow") || cli_flag(c, "-f");
	if (follow && remote_url_is(c->operands[0]))
		return cli_usage(c->cmd,
				 "a log on another machine is not followed; `thaw attach %s` "
				 "follows a run there",
				 c->operands[0]);
	if (follow && (cli_flag(c, "--headless") || !cli_on_terminal()))
		return cli_usage(c->cmd, "--follow needs a terminal; `thaw attach --headless` "
					 "follows a run in plain lines");
	char *dir = NULL;
	bool alive = false;
	char at[40] = "";
	int status = STATUS_OK;
	if (run_asked_anywhere(&dir, &alive, c, &e) || run_check(dir, &e))
		status = cli_fail(c->cmd, &e);
	else if (cli_value(c, "--cast", NULL))
		status = replay_cast(c, dir, alive);
	else
		status = show_run_on(
		    c, &(struct view_choice){.dir = dir,
					     .name = remote_url_is(c->operands[0]) ||
							     foreign_opened(dir)
							 ? c->operands[0]
							 : NULL,
					     .foreign = foreign_opened(dir),
					     .feed = foreign_opened(dir) && foreign_follows(c)
							 ? foreign_poll
							 : NULL,
					     .replay = true,
					     .follow = follow,
					     .alive = alive,
					     .speed = speed,
					     .branch_at = &at});
	if (*at)
		status = branch_off(c, dir, at);
	free(dir);
	return status;
}

static const struct cli_option options[] = {
    {"--speed", "X", "0.25 to 1000, 1 = as it happened; recorded = with its pauses"},
    {"--follow", NULL, "read on while the log grows; -f for short"},
    {"-f", NULL, "the same"},
    {"--headless", NULL, "plain lines, all at once"},
    {"--cast", "FILE", "write an asciicast of it instead"},
    {"--force", NULL, "replace a file that is there"},
    CAST_OPTIONS,
    FOREIGN_OPTIONS,
    RUNS_OPTION,
    DRAWING_OPTIONS,
    {0},
};

const struct subcommand cmd_replay = {
    .name = "replay",
    .args = "RUN [--speed X] [--follow] [--headless] [--cast FILE " CAST_ARGS "] " FOREIGN_ARGS
	    " [--runs DIR] " DRAWING_ARGS,
    .help =
	"Play a saved run (also ssh://[user@]host[:port]/RUN), a log alone, or another program's log "
	"(`thaw help formats`), on the same screen: "
	"play, pause, speed, steps by iteration, epoch and intervention, a bar to click on.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = replay_run,
};
