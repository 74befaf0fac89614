/* thaw resume: start the trainer on a run that was stopped, failed or crashed, or is to train
 * longer, and watch. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_trainer.h"
#include "thaw_view.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

static int resume_dir(const struct cli *c, const char *dir)
{
	const char **words = xcalloc(2 * c->n_given + 8, sizeof(*words));
	size_t n = 1; /* words[0] is the program */
	words[n++] = "resume";
	n += trainer_options(c, words + n);
	words[n++] = "--";
	words[n++] = dir;
	char *reported = NULL;
	int status = trainer_start(c->cmd, words, &reported);
	free(words);
	if (status == STATUS_OK)
		status = show_run_on(c, &(struct view_choice){.dir = reported});
	free(reported);
	return status;
}

static int resume_run(const struct cli *c)
{
	static const char *const counts[] = {"--threads", "--epochs"};
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		const char *text = cli_value(c, counts[i], NULL);
		if (text && !cli_is_count(text))
			return cli_usage(c->cmd, "%s needs a number from 1 to 9999, not '%s'",
					 counts[i], text);
	}
	if (view_check(c))
		return STATUS_USAGE;
	char *dir = NULL;
	struct errinfo e;
	int status = STATUS_OK;
	if (run_dir_asked(&dir, c, &e))
		status = cli_fail(c->cmd, &e);
	else
		status = resume_dir(c, dir);
	free(dir);
	return status;
}

static const struct cli_option options[] = {
    {"--epochs", "N", "N more epochs than planned, of the last phase; also after it has finished"},
    {"--set", "KEY=VALUE", "a setting of the plan, e.g. phases.tune.lr=0.001; may be repeated"},
    {"--headless", NULL, "plain lines instead of the screen"},
    RUNS_OPTION,
    {"--threads", "N", "threads that compute (as the experiment says, or all cores)"},
    {"--ascii", NULL, "draw with ASCII alone"},
    {"--pictures", "HOW", "auto, kitty, sixel or blocks"},
    {0},
};

const struct subcommand cmd_resume = {
    .name = "resume",
    .args =
	"RUN [--epochs N] [--set KEY=VALUE]... [--headless] [--runs DIR] [--threads N] [--ascii] [--pictures HOW]",
    .help =
	"Go on with a run that was stopped, failed or crashed, or train one that has finished for "
	"longer, and watch.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = resume_run,
};
