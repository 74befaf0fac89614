/* thaw: fine-tune image classifiers with Darknet from a terminal. It finds the subcommand, and
 * helps. */
#include "thaw_cli.h"
#include "thaw_topics.h"

#include "thaw/base/file.h"
#include "thaw/base/say.h"
#include "thaw/base/version.h"
#include "thaw/run/places.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static int print_help(void)
{
	printf("usage: thaw COMMAND [ARGUMENT]...\n"
	       "       thaw [DIR|ssh://HOST]...     all runs there; without a word, those here\n\n"
	       "Fine-tune image classifiers with Darknet from a terminal.\n\n");
	for (const struct subcommand *const *c = subcommands; *c; c++)
		say(stdout, "  %-8s %s", (*c)->name, (*c)->help);
	printf("\n`thaw help COMMAND` tells more; so do `thaw help settings`, `thaw help keys` and "
	       "`man thaw`.\n"
	       "RUN is a run directory, or a name under runs/.\n"
	       "Exit status: 0 finished, 1 failed, 2 bad usage or bad input, 3 a rerun parted, 130 interrupted.\n");
	return STATUS_OK;
}

static int unknown_command(const char *name)
{
	const char *nearest = subcommand_nearest(name);
	say(stderr, "thaw: unknown command '%s'%s%s%s; `thaw --help` lists them", name,
	    nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	return STATUS_USAGE;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int help_for(const char *name)
{
	const struct subcommand *cmd = subcommand_find(name);
	int status;
	if (!cmd)
		return topic_print(name, &status) ? status : unknown_command(name);
	cli_help(cmd);
	return STATUS_OK;
}

static int run_command(const struct subcommand *cmd, char **argv)
{
	for (size_t i = 0; argv[i] && strcmp(argv[i], "--") != 0; i++)
		if (is_help(argv[i]))
			return help_for(cmd->name);
	struct cli c;
	int status = cli_parse(&c, cmd, argv) ? cmd->run(&c) : STATUS_USAGE;
	cli_release(&c);
	return status;
}

/* Instead of a command: a folder of runs, another machine, or an option of the browser. */
static bool names_runs(const char *word)
{
	return file_is_dir(word) || place_is_remote(word) ||
	       (strncmp(word, "--", 2) == 0 && cli_has_option(&cmd_browse, word));
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, ""); /* and no more: numbers are written and read with a point */
	if (argc < 2)
		return run_command(&cmd_browse, argv + 1);
	if (is_help(argv[1]))
		return print_help();
	if (strcmp(argv[1], "help") == 0)
		return argc > 2 ? help_for(argv[2]) : print_help();
	if (strcmp(argv[1], "--version") == 0) {
		puts("thaw " THAW_VERSION);
		return STATUS_OK;
	}
	const struct subcommand *cmd = subcommand_find(argv[1]);
	if (!cmd && names_runs(argv[1]))
		return run_command(&cmd_browse, argv + 1);
	return cmd ? run_command(cmd, argv + 2) : unknown_command(argv[1]);
}
