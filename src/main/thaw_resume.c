/* thaw resume: start the trainer on a run that was stopped, failed or crashed, and watch. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_trainer.h"
#include "thaw_view.h"

#include "thaw/base/file.h"

#include <stdlib.h>

static int resume_dir(const struct cli *c, const char *dir)
{
	const char *threads = cli_value(c, "--threads", NULL);
	const char *words[9] = {NULL, "resume", "--report-fd", "3"}; /* words[0] is the program */
	size_t n = 4;
	if (threads) {
		words[n++] = "--threads";
		words[n++] = threads;
	}
	words[n++] = "--";
	words[n] = dir;
	char *reported = NULL;
	int status = trainer_start(c->cmd, words, &reported);
	if (status == STATUS_OK)
		status = show_run_on(c, &(struct view_choice){.dir = reported});
	free(reported);
	return status;
}

static int resume_run(const struct cli *c)
{
	const char *threads = cli_value(c, "--threads", NULL);
	if (threads && !cli_is_count(threads))
		return cli_usage(c->cmd, "--threads needs a number from 1 to 9999, not '%s'",
				 threads);
	if (view_check(c))
		return STATUS_USAGE;
	char *dir = NULL;
	struct errinfo e;
	int status = STATUS_OK;
	if (run_dir_find(&dir, c, &e))
		status = cli_fail(c->cmd, &e);
	else
		status = resume_dir(c, dir);
	free(dir);
	return status;
}

static const struct cli_option options[] = {
    {"--headless", NULL, "plain lines instead of the screen"},
    RUNS_OPTION,
    {"--threads", "N", "threads that compute (as the experiment says, or all cores)"},
    {"--ascii", NULL, "draw with ASCII alone"},
    {0},
};

const struct subcommand cmd_resume = {
    .name = "resume",
    .args = "RUN [--headless] [--runs DIR] [--threads N] [--ascii]",
    .help = "Go on with a run that was stopped, failed or crashed, and watch.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = resume_run,
};
