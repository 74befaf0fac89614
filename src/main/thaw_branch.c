/* thaw branch: begin a run with the state of another one, with other settings, and watch. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_trainer.h"
#include "thaw_view.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <stdlib.h>
#include <string.h>

/* Beside the run that it begins from, unless --runs says where. */
static int start(const struct cli *c, const char *run, const char *at)
{
	char *dir = NULL, *beside = path_dir(run);
	const char **words = xcalloc(2 * c->n_given + 12, sizeof(*words));
	size_t n = 1; /* words[0] is the program */
	words[n++] = "branch";
	words[n++] = "--runs";
	words[n++] = cli_value(c, "--runs", beside);
	words[n++] = "--at";
	words[n++] = at ? at : "last";
	n += trainer_options(c, words + n);
	words[n++] = "--";
	words[n++] = run;
	int status = trainer_start(c->cmd, words, &dir);
	free(words);
	free(beside);
	if (status == STATUS_OK)
		status = show_run_on(c, &(struct view_choice){.dir = dir});
	free(dir);
	return status;
}

/* The words of the command line that need no run; STATUS_OK, or one line is printed. */
static int check(const struct cli *c)
{
	static const char *const counts[] = {"--threads", "--epochs"};
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		const char *text = cli_value(c, counts[i], NULL);
		if (text && !cli_is_count(text))
			return cli_usage(c->cmd, "%s needs a number from 1 to 9999, not '%s'",
					 counts[i], text);
	}
	for (size_t i = 0; i < c->n_given; i++)
		if (strcmp(c->given[i].option->name, "--set") == 0 &&
		    !strchr(c->given[i].value, '='))
			return cli_usage(c->cmd, "--set needs KEY=VALUE, not '%s'",
					 c->given[i].value);
	if (c->n_operands != 1)
		return cli_usage(c->cmd, "%s, wanted: %s",
				 c->n_operands ? "unexpected argument" : "too few arguments",
				 c->cmd->args);
	return view_check(c);
}

static int branch_run(const struct cli *given)
{
	struct cli c = *given;
	struct errinfo e;
	char *run, *at = cli_place(&c, "--at");
	int status = check(&c);
	if (!status && run_dir_asked(&run, &c, &e)) {
		status = cli_fail(c.cmd, &e);
	} else if (!status) {
		status = start(&c, run, at);
		free(run);
	}
	free(at);
	return status;
}

static const struct cli_option options[] = {
    {"--at", "epoch N|iter N|best|last",
     "the point to begin from; the nearest that is kept at or before it is taken (last)"},
    {"--set", "KEY=VALUE", "another setting, e.g. phases.tune.lr=0.001; may be repeated"},
    {"--epochs", "N", "N more epochs than planned, of the last phase"},
    {"--name", "NAME", "of the new run (the experiment's name and a number)"},
    {"--headless", NULL, "plain lines instead of the screen"},
    {"--runs", "DIR", "where the run is, and the new one is made (beside it)"},
    {"--threads", "N", "threads that compute (as the experiment says, or all cores)"},
    DEVICE_OPTION,
    FORCE_OPTION,
    {"--pause-at", "N", "hold after iteration N until `thaw ctl RUN unpause`"},
    NOTIFY_OPTION,
    NO_SANDBOX_OPTION,
    WATCH_OPTION,
    DRAWING_OPTIONS,
    {0},
};

const struct subcommand cmd_branch = {
    .name = "branch",
    .args = "RUN [--at epoch N|iter N|best|last] [--set KEY=VALUE]... [--epochs N] [--name NAME] "
	    "[--headless] [--runs DIR] [--threads N] [--device D] [--force] [--pause-at N] "
	    "[--notify COMMAND]... [--no-sandbox] [--watch] " DRAWING_ARGS,
    .help = "Begin a run with the state of another one, at a point that is kept, with other settings; "
	    "the history before is shared.",
    .options = options,
    .min_operands = 1,
    .max_operands = 2, /* one may be the number of an epoch */
    .run = branch_run,
};
