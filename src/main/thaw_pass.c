/* thaw check, thaw profile, thaw predict, thaw eval, thaw find-lr: what needs the network is the trainer's; it
 * gets the same words. */
#include "thaw_cli.h"
#include "thaw_run_dir.h"
#include "thaw_trainer.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* All words but the option `without` (may be NULL). */
static int pass_words(const struct cli *c, const char *without)
{
	const char **words = xcalloc(2 * c->n_given + c->n_operands + 4, sizeof(*words));
	size_t n = 1; /* words[0] is the program */
	words[n++] = c->cmd->name;
	for (size_t i = 0; i < c->n_given; i++) {
		if (without && strcmp(c->given[i].option->name, without) == 0)
			continue;
		words[n++] = c->given[i].option->name;
		if (c->given[i].value)
			words[n++] = c->given[i].value;
	}
	words[n++] = "--";
	for (size_t i = 0; i < c->n_operands; i++)
		words[n++] = c->operands[i];
	int status = trainer_exec(words);
	free(words);
	return status;
}

static int pass_on(const struct cli *c)
{
	return pass_words(c, NULL);
}

/* The trainer knows directories only. */
static int pass_run(const struct cli *c)
{
	char *dir = NULL;
	struct errinfo e;
	if (run_dir_asked(&dir, c, &e))
		return cli_fail(c->cmd, &e);
	c->operands[0] = dir;
	int status = pass_words(c, "--runs");
	free(dir);
	return status;
}

static const struct cli_option check_options[] = {
    {"--structure", NULL, "cfg, last layer and phases, even where weights or pictures are missing"},
    {"--runs", "DIR", "where the run directory would be made (" RUNS_DIR ")"},
    {"--name", "NAME", "of the run"},
    {"--set", "KEY=VALUE", "a setting over the experiment's; may be repeated"},
    {"--threads", "N", "threads that decode images"},
    DEVICE_OPTION,
    {0},
};

const struct subcommand cmd_check = {
    .name = "check",
    .args = "EXPERIMENT [--structure] [--runs DIR] [--name NAME] [--set KEY=VALUE]... "
	    "[--threads N] [--device D]",
    .help = "Check an experiment without training: settings, network, weights, every image.",
    .options = check_options,
    .min_operands = 1,
    .max_operands = 1,
    .run = pass_on,
};

static const struct cli_option profile_options[] = {
    {"--batches", "N", "iterations to measure (10)"},
    {"--set", "KEY=VALUE", "a setting over the experiment's; may be repeated"},
    {"--threads", "N", "threads that compute"},
    DEVICE_OPTION,
    {0},
};

const struct subcommand cmd_profile = {
    .name = "profile",
    .args = "EXPERIMENT [--batches N] [--set KEY=VALUE]... [--threads N] [--device D]",
    .help = "Show where the time goes: every layer forward, backward and update, phase by phase.",
    .options = profile_options,
    .min_operands = 1,
    .max_operands = 1,
    .run = pass_on,
};

#define WEIGHTS_OPTION                                                                             \
	{                                                                                          \
		"--weights", "best|last|FILE",                                                     \
		    "which to take (best, or last where there is no best)"                         \
	}

static const struct cli_option predict_options[] = {
    RUNS_OPTION,
    WEIGHTS_OPTION,
    {"--json", NULL, "a JSON array, one object an image"},
    {"--threads", "N", "threads that compute"},
    DEVICE_OPTION,
    {0},
};

const struct subcommand cmd_predict = {
    .name = "predict",
    .args = "RUN IMAGE... [--runs DIR] [--weights best|last|FILE] [--json] [--threads N] "
	    "[--device D]",
    .help = "Classify images with a run's best weights.",
    .options = predict_options,
    .min_operands = 2,
    .max_operands = SIZE_MAX,
    .run = pass_run,
};

static const struct cli_option eval_options[] = {
    RUNS_OPTION,
    WEIGHTS_OPTION,
    {"--mistakes", "N", "worst mistakes to tell of (10)"},
    {"--json", NULL, "one JSON object with everything"},
    {"--threads", "N", "threads that compute"},
    DEVICE_OPTION,
    {0},
};

const struct subcommand cmd_eval = {
    .name = "eval",
    .args = "RUN [FOLDER|LIST] [--runs DIR] [--weights best|last|FILE] [--mistakes N] [--json] "
	    "[--threads N] [--device D]",
    .help = "Measure a run's best weights on a folder of class folders, a list of pictures or a "
	    ".data file; else on its own validation pictures.",
    .options = eval_options,
    .min_operands = 1,
    .max_operands = 2,
    .run = pass_run,
};

/* An experiment is a file, and a run a directory or the name of one. */
static int pass_find_lr(const struct cli *c)
{
	const char *what = c->operands[0], *end = strrchr(what, '.');
	bool named = end && (strcmp(end, ".yaml") == 0 || strcmp(end, ".yml") == 0);
	bool experiment = named || (file_exists(what) && !file_is_dir(what));
	return experiment ? pass_words(c, "--runs") : pass_run(c);
}

static const struct cli_option find_lr_options[] = {
    {"--phase", "NAME", "whose frozen layers, batch-norm and views are taken (the first)"},
    {"--from", "RATE", "where it begins (1e-6)"},
    {"--to", "RATE", "where it ends, unless the loss is lost before (1)"},
    {"--iterations", "N", "from one to the other; 20 or more (100)"},
    RUNS_OPTION,
    WEIGHTS_OPTION,
    {"--json", NULL, "one JSON object with the whole curve"},
    {"--ascii", NULL, "draw with ASCII alone"},
    {"--set", "KEY=VALUE", "a setting over the experiment's; may be repeated"},
    {"--threads", "N", "threads that compute"},
    DEVICE_OPTION,
    {0},
};

const struct subcommand cmd_find_lr = {
    .name = "find-lr",
    .args = "EXPERIMENT|RUN [--phase NAME] [--from RATE] [--to RATE] [--iterations N] [--runs DIR] "
	    "[--weights best|last|FILE] [--json] [--ascii] [--set KEY=VALUE]... [--threads N] "
	    "[--device D]",
    .help = "Suggest a learning rate by a range test on a copy of the weights: the experiment's, or "
	    "those that a run has learnt.",
    .options = find_lr_options,
    .min_operands = 1,
    .max_operands = 1,
    .run = pass_find_lr,
};
