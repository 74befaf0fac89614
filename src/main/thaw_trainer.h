/* Finding and starting the trainer, `thaw-train`.
 *
 * It is looked for in $THAW_TRAIN, beside this program, then in PATH. This program never loads
 * Darknet; what needs a network is asked of the trainer.
 */
#ifndef THAW_MAIN_THAW_TRAINER_H
#define THAW_MAIN_THAW_TRAINER_H

#include "thaw_cli.h"

/* Become the trainer with `argv` (argv[0] is filled in). Returns an exit status only when that
 * fails. */
int trainer_exec(const char **argv);

#define NOTIFY_OPTION                                                                              \
	{                                                                                          \
		"--notify", "COMMAND",                                                             \
		    "run this at the end besides on_end, a program and its arguments; may be "     \
		    "repeated"                                                                     \
	}
#define NO_SANDBOX_OPTION                                                                          \
	{                                                                                          \
		"--no-sandbox", NULL, "let the trainer keep what it does not need (help security)" \
	}

/* The options of the command line that have a value, but for --runs and --pictures, and the trainer's flags,
 * in the order given, and where to report: words of a command for trainer_start(). Returns how many, at most
 * 2 * c->n_given + 2. */
size_t trainer_options(const struct cli *c, const char **words);

/* Start a run: fork, run `argv` (argv[0] is filled in) with file descriptor 3 as its report, and
 * wait until it reports "run PATH" or ends. Its preflight goes to our standard error. A SIGINT or
 * SIGTERM that comes meanwhile is passed on to it. Returns STATUS_OK and the run directory in *dir
 * (the caller frees it), or the exit status to end with. */
int trainer_start(const struct subcommand *cmd, const char **argv, char **dir);

#endif
