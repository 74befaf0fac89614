/* thaw replay: a saved run on the same screen. */
#include "thaw_cli.h"
#include "thaw_foreign.h"
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
	char *dir = NULL;
	struct errinfo e;
	bool alive = false;
	int status = STATUS_OK;
	if (run_asked_anywhere(&dir, &alive, c, &e) || run_check(dir, &e))
		status = cli_fail(c->cmd, &e);
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
					     .alive = alive,
					     .speed = speed});
	free(dir);
	return status;
}

static const struct cli_option options[] = {
    {"--speed", "N", "1 = as it happened"},
    {"--headless", NULL, "plain lines, all at once"},
    FOREIGN_OPTIONS,
    RUNS_OPTION,
    DRAWING_OPTIONS,
    {0},
};

const struct subcommand cmd_replay = {
    .name = "replay",
    .args = "RUN [--speed N] [--headless] " FOREIGN_ARGS " [--runs DIR] " DRAWING_ARGS,
    .help =
	"Play a saved run (also ssh://[user@]host[:port]/RUN), a log alone, or another program's log "
	"(`thaw help formats`), on the same screen: "
	"play, pause, step an epoch, speed.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = replay_run,
};
