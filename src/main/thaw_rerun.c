/* thaw rerun: train a run again with the same commands at the same places, and watch whether the same
 * comes of it; or print what it did as an experiment. */
#include "thaw_cli.h"
#include "thaw_rerun_plan.h"
#include "thaw_run_dir.h"
#include "thaw_trainer.h"
#include "thaw_view.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/say.h"

#include <stdlib.h>
#include <string.h>

/* The trainer's words; beside the run that is trained again unless --runs says where. */
static const char **trainer_words(const struct cli *c, const char *run, const char *runs,
				  const char *until)
{
	const char **words = xcalloc(2 * c->n_given + 12, sizeof(*words));
	size_t n = 1; /* words[0] is the program */
	words[n++] = "rerun";
	words[n++] = "--runs";
	words[n++] = runs;
	if (until) {
		words[n++] = "--until";
		words[n++] = until;
	}
	n += trainer_options(c, words + n);
	words[n++] = "--";
	words[n++] = run;
	return words;
}

static bool is_stopped(const char *run)
{
	struct history h;
	enum run_status how;
	struct errinfo e;
	history_init(&h);
	bool stopped = !run_load(run, &h, &how, &e) && how == RUN_STATUS_STOPPED;
	history_release(&h);
	return stopped;
}

/* What came of it, once it has ended; `status` is that of its end. A run that was stopped is stopped
 * again, which is then no interruption. */
static int judge(const struct cli *c, const char *run, const char *dir, int status)
{
	struct history h;
	enum run_status how;
	struct errinfo e;
	history_init(&h);
	if (!run_load(dir, &h, &how, &e) && h.ended && h.run.again) {
		if (status == STATUS_INTERRUPTED && (is_stopped(run) || cli_value(c, "--until", NULL)))
			status = STATUS_OK;
		if (h.parted)
			status = STATUS_PARTED;
		else
			say(stdout, "the same as %s to the last digit", h.run.again);
	}
	history_release(&h);
	return status;
}

static int start(const struct cli *c, const char *run, const char *until)
{
	char *dir = NULL, *beside = path_dir(run);
	const char **words = trainer_words(c, run, cli_value(c, "--runs", beside), until);
	int status = trainer_start(c->cmd, words, &dir);
	free(words);
	free(beside);
	if (status == STATUS_OK)
		status = judge(c, run, dir, show_run_on(c, &(struct view_choice){.dir = dir}));
	free(dir);
	return status;
}

static int rerun_run(const struct cli *given)
{
	struct cli c = *given;
	struct errinfo e;
	char *run, *until = cli_place(&c, "--until");
	const char *threads = cli_value(&c, "--threads", NULL);
	int status = STATUS_OK;
	if (c.n_operands != 1)
		status = cli_usage(c.cmd, "%s, wanted: %s",
				   c.n_operands ? "unexpected argument" : "too few arguments",
				   c.cmd->args);
	else if (threads && !cli_is_count(threads))
		status = cli_usage(c.cmd, "--threads needs a number from 1 to 9999, not '%s'", threads);
	else if (run_asked(&run, &c, &e))
		status = cli_fail(c.cmd, &e);
	else {
		if (cli_flag(&c, "--dry"))
			status = rerun_plan_print(&c, run);
		else if (view_check(&c))
			status = STATUS_USAGE;
		else
			status = start(&c, run, until);
		free(run);
	}
	free(until);
	return status;
}

static const struct cli_option options[] = {
    {"--dry", NULL, "train nothing: print phases, rates and frozen layers as they were, an experiment"},
    {"--until", "epoch N|iter N", "stop there (as far as the run went)"},
    {"--name", "NAME", "of the new run (the experiment's name and a number)"},
    {"--headless", NULL, "plain lines instead of the screen"},
    {"--runs", "DIR", "where the run is, and the new one is made (beside it)"},
    {"--set", "KEY=VALUE", "a setting over the run's, to see what becomes of it; may be repeated"},
    {"--threads", "N", "threads that compute (as many as the run had)"},
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

const struct subcommand cmd_rerun = {
    .name = "rerun",
    .args = "RUN [--dry] [--until epoch N|iter N] [--name NAME] [--headless] [--runs DIR] "
	    "[--set KEY=VALUE]... [--threads N] [--device D] [--force] [--pause-at N] "
	    "[--notify COMMAND]... [--no-sandbox] [--watch] " DRAWING_ARGS,
    .help = "Train a run again, with the same commands at the same iterations, and say whether the "
	    "same comes of it: status 0, or 3 when it parted.",
    .options = options,
    .min_operands = 1,
    .max_operands = 2, /* one may be the number of an epoch */
    .run = rerun_run,
};
