/* Finding and starting the trainer, `thaw-train`.
 *
 * It is looked for in $THAW_TRAIN, beside this program, then in PATH. This program never loads
 * Darknet; what needs a network is asked of the trainer.
 */
#ifndef THAW_MAIN_THAW_TRAINER_H
#define THAW_MAIN_THAW_TRAINER_H

#include "thaw_cli.h"

#include "thaw/base/strbuf.h"

#include <sys/types.h>

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

/* A trainer that nobody waits for. */
struct trainer_child {
	pid_t pid;
	int report, said; /* to be read to their ends and closed: its report; what it prints before it has a run */
};

/* Start words[1] and what follows (words[0] is not looked at) without waiting. Errors: ERR_IO (what is open in *t is to be closed, then, too) */
enum err trainer_spawn(char *const *words, struct trainer_child *t, struct errinfo *e);

/* The run directory in a whole report; NULL: it has begun none. Caller frees. */
char *trainer_reported(const struct strbuf *report);

#endif
