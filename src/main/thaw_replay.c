/* thaw replay: a saved run on the same screen. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_view.h"

#include "thaw/wire/remote_url.h"

#include <math.h>
#include <stdlib.h>

static int replay_run(const struct cli *c)
{
	const char *text = cli_value(c, "--speed", NULL);
	double speed = 0;
	if (text) {
		char *end;
		speed = strtod(text, &end);
		if (end == text || *end || !isfinite(speed) || speed <= 0)
			return cli_usage(c->cmd, "--speed needs a number above 0, not '%s'", text);
	}
	bool follow = cli_flag(c, "--follow") || cli_flag(c, "-f");
	if (follow && remote_url_is(c->operands[0]))
		return cli_usage(c->cmd, "a log on another machine is not followed; `thaw attach %s` "
					 "follows a run there",
				 c->operands[0]);
	if (follow && (cli_flag(c, "--headless") || !cli_on_terminal()))
		return cli_usage(c->cmd, "--follow needs a terminal; `thaw attach --headless` follows "
					 "a run in plain lines");
	char *dir = NULL;
	struct errinfo e;
	bool alive = false;
	int status = STATUS_OK;
	if (run_asked_anywhere(&dir, &alive, c, &e) || run_check(dir, &e))
		status = cli_fail(c->cmd, &e);
	else
		status = show_run_on(
		    c, &(struct view_choice){.dir = dir,
					     .name = remote_url_is(c->operands[0])
							 ? c->operands[0]
							 : NULL,
					     .replay = true,
					     .follow = follow,
					     .alive = alive,
					     .speed = speed});
	free(dir);
	return status;
}

static const struct cli_option options[] = {
    {"--speed", "N", "1 = as it happened"},
    {"--follow", NULL, "read on while the log grows; -f for short"},
    {"-f", NULL, "the same"},
    {"--headless", NULL, "plain lines, all at once"},
    RUNS_OPTION,
    DRAWING_OPTIONS,
    {0},
};

const struct subcommand cmd_replay = {
    .name = "replay",
    .args = "RUN [--speed N] [--follow] [--headless] [--runs DIR] " DRAWING_ARGS,
    .help =
	"Play a saved run (also ssh://[user@]host[:port]/RUN), or a log alone, on the same screen: "
	"play, pause, step an epoch, speed.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = replay_run,
};
