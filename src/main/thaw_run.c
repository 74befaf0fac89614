/* thaw run: start the trainer on an experiment, and watch. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_trainer.h"
#include "thaw_view.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

static const struct cli_option options[] = {
    {"--headless", NULL, "plain lines instead of the screen"},
    {"--runs", "DIR", "where the run directory is made (" RUNS_DIR ")"},
    {"--name", "NAME", "of the run (the experiment's name and a number)"},
    {"--set", "KEY=VALUE", "a setting over the experiment's, e.g. train.batch=8; may be repeated"},
    {"--threads", "N", "threads that compute (as the experiment says, or all cores)"},
    DEVICE_OPTION,
    FORCE_OPTION,
    {"--pause-at", "N",
     "hold after iteration N (0: before the first) until `thaw ctl RUN unpause`"},
    NOTIFY_OPTION,
    NO_SANDBOX_OPTION,
    WATCH_OPTION,
    DRAWING_OPTIONS,
    {0},
};

/* The options that are the trainer's, in the order given, and where to report. */
static const char **trainer_words(const struct cli *c)
{
	const char **words = xcalloc(2 * c->n_given + 8, sizeof(*words));
	size_t n = 1; /* words[0] is the program */
	words[n++] = "run";
	words[n++] = c->operands[0];
	words[n++] = "--runs";
	words[n++] = cli_value(c, "--runs", RUNS_DIR);
	n += trainer_options(c, words + n);
	return words;
}

static int run_run(const struct cli *c)
{
	const char *threads = cli_value(c, "--threads", NULL);
	if (threads && !cli_is_count(threads))
		return cli_usage(c->cmd, "--threads needs a number from 1 to 9999, not '%s'",
				 threads);
	for (size_t i = 0; i < c->n_given; i++)
		if (strcmp(c->given[i].option->name, "--set") == 0 &&
		    !strchr(c->given[i].value, '='))
			return cli_usage(c->cmd, "--set needs KEY=VALUE, not '%s'",
					 c->given[i].value);
	if (view_check(c))
		return STATUS_USAGE;
	char *dir = NULL;
	const char **words = trainer_words(c);
	int status = trainer_start(c->cmd, words, &dir);
	free(words);
	if (status == STATUS_OK)
		status = show_run_on(c, &(struct view_choice){.dir = dir});
	free(dir);
	return status;
}

const struct subcommand cmd_run = {
    .name = "run",
    .args = "EXPERIMENT [--headless] [--runs DIR] [--name NAME] [--set KEY=VALUE]... [--threads N] "
	    "[--device D] [--force] [--pause-at N] [--notify COMMAND]... [--no-sandbox] [--watch] " DRAWING_ARGS,
    .help = "Check an experiment, train it, and watch. Leaving the screen leaves the run going.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = run_run,
};
