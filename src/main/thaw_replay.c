/* thaw replay: a saved run on the same screen. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_view.h"

#include "thaw/base/alloc.h"
#include "thaw/wire/remote_url.h"

#include <math.h>
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
	char at[40] = "";
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
					     .speed = speed,
					     .branch_at = &at});
	if (*at)
		status = branch_off(c, dir, at);
	free(dir);
	return status;
}

static const struct cli_option options[] = {
    {"--speed", "N", "1 = as it happened"},
    {"--headless", NULL, "plain lines, all at once"},
    RUNS_OPTION,
    DRAWING_OPTIONS,
    {0},
};

const struct subcommand cmd_replay = {
    .name = "replay",
    .args = "RUN [--speed N] [--headless] [--runs DIR] " DRAWING_ARGS,
    .help =
	"Play a saved run (also ssh://[user@]host[:port]/RUN), or a log alone, on the same screen: "
	"play, pause, step an epoch, speed.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = replay_run,
};
