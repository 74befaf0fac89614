/* thaw resume: start the trainer on a run that was stopped, failed or crashed, or is to train
 * longer, and watch. */
#include "thaw_cli.h"
#include "thaw_resume_all.h"
#include "thaw_run_dir.h"
#include "thaw_trainer.h"
#include "thaw_view.h"

#include "thaw/base/alloc.h"
#include "thaw/event/command.h"

#include <stdlib.h>
#include <string.h>

/* The point to go on from, as one word; NULL: none is asked for. Caller frees. */
static enum err take_point(struct cli *c, char **point, struct errinfo *e)
{
	struct point p;
	*point = cli_place(c, "--from");
	return *point ? point_parse(*point, &p, e) : ERR_OK;
}

static int resume_dir(const struct cli *c, const char *dir, const char *point)
{
	const char **words = xcalloc(2 * c->n_given + 10, sizeof(*words));
	size_t n = 1; /* words[0] is the program */
	words[n++] = "resume";
	n += trainer_options(c, words + n);
	if (point) {
		words[n++] = "--from";
		words[n++] = point;
	}
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

/* The words are good; `c` names the run. */
static int resume_from(const struct cli *c, const char *point)
{
	char *dir = NULL;
	struct errinfo e;
	int status = STATUS_OK;
	if (run_dir_asked(&dir, c, &e))
		status = cli_fail(c->cmd, &e);
	else
		status = resume_dir(c, dir, point);
	free(dir);
	return status;
}

/* The first option given that only --all, or only one run, has a use for; NULL: none. */
static const char *first_given(const struct cli *c, const char *const *names)
{
	for (; *names; names++)
		for (size_t i = 0; i < c->n_given; i++)
			if (strcmp(c->given[i].option->name, *names) == 0)
				return *names;
	return NULL;
}

static const char *only_for_all(const struct cli *c)
{
	static const char *const names[] = {"--dry-run", "--stopped", "--failed", NULL};
	return first_given(c, names);
}

static int all_run(const struct cli *c)
{
	static const char *const of_one[] = {"--from",     "--epochs", "--set",
					     "--headless", "--watch",  "--ascii",
					     "--utf8",     "--pictures", NULL};
	const char *alone = first_given(c, of_one);
	if (alone)
		return cli_usage(c->cmd, "%s is for one run, not for --all", alone);
	if (c->n_operands)
		return cli_usage(c->cmd, "--all takes up every run that was cut off: name none");
	return resume_all(c);
}

static int resume_run(const struct cli *given)
{
	static const char *const counts[] = {"--threads", "--epochs"};
	struct cli c = *given;
	struct errinfo e;
	char *point;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		const char *text = cli_value(&c, counts[i], NULL);
		if (text && !cli_is_count(text))
			return cli_usage(c.cmd, "%s needs a number from 1 to 9999, not '%s'",
					 counts[i], text);
	}
	if (cli_flag(&c, "--all"))
		return all_run(&c);
	const char *alone = only_for_all(&c);
	if (alone)
		return cli_usage(c.cmd, "%s is for --all", alone);
	int status = STATUS_OK;
	if (take_point(&c, &point, &e))
		status = cli_usage(c.cmd, "--from: %s", e.msg);
	else if (c.n_operands != 1)
		status = cli_usage(c.cmd, "%s, wanted: %s",
				   c.n_operands ? "unexpected argument" : "too few arguments",
				   c.cmd->args);
	else if (view_check(&c))
		status = STATUS_USAGE;
	else
		status = resume_from(&c, point);
	free(point);
	return status;
}

static const struct cli_option options[] = {
    {"--all", NULL, "every run that crashed, or was stopped as the machine shut down; detached"},
    {"--dry-run", NULL, "with --all: only say which"},
    {"--stopped", NULL, "with --all: also those that a person stopped"},
    {"--failed", NULL, "with --all: also those that failed"},
    {"--from", "best|last|epoch N",
     "go back to this point, which is kept, and drop what was set by hand since (last)"},
    {"--epochs", "N", "N more epochs than planned, of the last phase; also after it has finished"},
    {"--set", "KEY=VALUE", "a setting of the plan, e.g. phases.tune.lr=0.001; may be repeated"},
    {"--headless", NULL, "plain lines instead of the screen"},
    RUNS_OPTION,
    {"--threads", "N", "threads that compute (as the experiment says, or all cores)"},
    DEVICE_OPTION,
    FORCE_OPTION,
    NOTIFY_OPTION,
    NO_SANDBOX_OPTION,
    WATCH_OPTION,
    DRAWING_OPTIONS,
    {0},
};

const struct subcommand cmd_resume = {
    .name = "resume",
    .args =
	"RUN | --all [--dry-run] [--stopped] [--failed] [--from best|last|epoch N] [--epochs N] "
	"[--set KEY=VALUE]... [--headless] [--runs DIR] [--threads N] [--device D] [--force] "
	"[--notify COMMAND]... [--no-sandbox] [--watch] " DRAWING_ARGS,
    .help =
	"Go on with a run that was stopped, failed or crashed, or train one that has finished for "
	"longer, and watch.",
    .options = options,
    .min_operands = 0, /* --all names none */
    .max_operands = 2, /* one may be the number of an epoch */
    .run = resume_run,
};
