/* thaw replay: a saved run on the same screen. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_view.h"

#include "thaw/wire/remote_url.h"

#include <stdlib.h>

static int replay_run(const struct cli *c)
{
	const char *text = cli_value(c, "--speed", NULL);
	struct speed speed = {0};
	struct errinfo e;
	if (text && speed_parse(&speed, text, &e))
		return cli_usage(c->cmd, "%s", e.msg);
	char *dir = NULL;
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
					     .alive = alive,
					     .speed = speed});
	free(dir);
	return status;
}

static const struct cli_option options[] = {
    {"--speed", "X", "0.25 to 1000, 1 = as it happened; recorded = with its pauses"},
    {"--headless", NULL, "plain lines, all at once"},
    RUNS_OPTION,
    DRAWING_OPTIONS,
    {0},
};

const struct subcommand cmd_replay = {
    .name = "replay",
    .args = "RUN [--speed X] [--headless] [--runs DIR] " DRAWING_ARGS,
    .help =
	"Play a saved run (also ssh://[user@]host[:port]/RUN), or a log alone, on the same screen: "
	"play, pause, speed, steps by iteration, epoch and intervention, a bar to click on.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = replay_run,
};
