/* The command line of `thaw-train`: one table of subcommands, one parser for their options. */
#ifndef THAW_MAIN_TRAIN_CLI_H
#define THAW_MAIN_TRAIN_CLI_H

#include "thaw/base/err.h"
#include "thaw/train/trainer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct train_args {
	struct trainer_options trainer;
	const char **sets, **notify; /* what trainer.sets and .notify point to */
	bool json, structure, ascii;
	int batches; /* to measure */
	const char *weights; /* best, last or a file; NULL = best, or last without it */
	int mistakes;        /* to be told of */
	const char *phase;   /* of a range test; NULL = the first */
	double from, to;     /* its rates; 0 = as usual */
	int iterations;      /* its length; 0 = as usual */
	char **operands;
	size_t n_operands;
};

struct train_command {
	const char *name;
	const char *usage;   /* what follows the name */
	const char *options; /* the letters of the options it takes; see train_cli.c */
	size_t min_operands, max_operands;
	int (*run)(const struct train_args *a); /* returns the exit status */
};

extern const struct train_command train_cmd_run, train_cmd_rerun, train_cmd_branch, train_cmd_resume, train_cmd_check,
    train_cmd_profile, train_cmd_predict, train_cmd_eval, train_cmd_find_lr;

/* Take the words of a command line apart into `a`, whose `sets` has room for argc.
 * Errors: ERR_VALUE */
enum err train_parse(const struct train_command *c, struct train_args *a, int argc, char **argv,
		     struct errinfo *e);

/* Print "thaw: MESSAGE" and return `status`. */
int train_complain(const struct errinfo *e, int status);

/* Say on standard error that `weights` were taken where nobody asked for them. */
void train_tell_weights(const struct train_args *a, const char *weights);

#endif
