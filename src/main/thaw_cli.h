/* The command line of `thaw`: subcommands, their options, help, and exit statuses.
 *
 * A subcommand is one `struct subcommand` beside its function in one file, and one row of the table
 * in thaw_commands.c. Help, parsing and messages all follow these tables.
 */
#ifndef THAW_MAIN_THAW_CLI_H
#define THAW_MAIN_THAW_CLI_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2, /* bad usage or bad input */
	STATUS_PARTED = 3, /* what was trained again differs */
	STATUS_INTERRUPTED = 130
};

struct cli_option {
	const char *name; /* "--runs" */
	const char *arg;  /* what follows, for help; NULL = nothing */
	const char *help;
};

#define DEVICE_OPTION                                                                              \
	{                                                                                          \
		"--device", "auto|cpu|cuda|cuda:N",                                                \
		    "what computes (as the experiment says, or a graphics card that works)"        \
	}

#define FORCE_OPTION                                                                               \
	{                                                                                          \
		"--force", NULL, "start although memory seems not to suffice: that is an estimate"  \
	}

struct cli;

struct subcommand {
	const char *name, *args, *help;
	const struct cli_option *options; /* the last has no name */
	size_t min_operands, max_operands;
	int (*run)(const struct cli *c);
	void (*more_help)(void); /* printed after the options; may be NULL */
};

struct cli_given {
	const struct cli_option *option;
	const char *value; /* NULL when the option takes none */
};

struct cli { /* one command line, taken apart; strings are borrowed from argv */
	const struct subcommand *cmd;
	char **argv; /* what followed the subcommand's name, NULL at the end */
	const char **operands;
	size_t n_operands;
	struct cli_given *given; /* in order */
	size_t n_given;
	bool within; /* called from a screen that comes back afterwards: no last words */
};

/* Take the command line apart. On bad usage one line is printed and false returned. Release either
 * way. */
bool cli_parse(struct cli *c, const struct subcommand *cmd, char **argv);
void cli_release(struct cli *c);

bool cli_flag(const struct cli *c, const char *name);
const char *cli_value(const struct cli *c, const char *name,
		      const char *otherwise); /* the last one given */

/* The value of an option that may be two words, "epoch 7" or "iter 900", as one text: the second was
 * taken for an operand, and leaves them. The caller frees it; NULL: not given. */
char *cli_place(struct cli *c, const char *option);

/* Print "thaw CMD: message" and where help is, on standard error; returns STATUS_USAGE. */
int cli_usage(const struct subcommand *cmd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Print the message of an error and return the status that goes with it. */
int cli_fail(const struct subcommand *cmd, const struct errinfo *e);

/* Print the message of an error in what a person wrote; returns STATUS_USAGE. */
int cli_bad_input(const struct subcommand *cmd, const struct errinfo *e);

/* Is a word, as far as its '=', one of its options? */
bool cli_has_option(const struct subcommand *cmd, const char *word);

void cli_help(const struct subcommand *cmd);

/* A whole number from 1 to 9999? */
bool cli_is_count(const char *text);

/* Is the terminal ours to draw on? */
bool cli_on_terminal(void);

extern const struct subcommand *const subcommands[]; /* NULL at the end */

/* The one of this name, and the name of the one that may be meant; NULL: none. */
const struct subcommand *subcommand_find(const char *name);
const char *subcommand_nearest(const char *name);

extern const struct subcommand cmd_run, cmd_sweep, cmd_rerun, cmd_branch, cmd_browse, cmd_attach,
    cmd_replay, cmd_ls, cmd_show, cmd_ctl, cmd_resume, cmd_wait, cmd_check, cmd_profile, cmd_predict,
    cmd_eval, cmd_find_lr, cmd_tap, cmd_export, cmd_compare;

#endif
