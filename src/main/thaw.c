/* thaw: fine-tune image classifiers with Darknet from a terminal. The table of subcommands, and
 * help. */
#include "thaw_cli.h"
#include "thaw_topics.h"

#include "thaw/base/say.h"
#include "thaw/base/version.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

const struct subcommand *const subcommands[] = {
    &cmd_run, &cmd_resume, &cmd_attach,  &cmd_replay,  &cmd_ls, &cmd_show,
    &cmd_ctl, &cmd_check,  &cmd_profile, &cmd_predict, &cmd_eval, NULL,
};

enum { N_COMMANDS = sizeof(subcommands) / sizeof(*subcommands) - 1 };

static int print_help(void)
{
	printf("usage: thaw COMMAND [ARGUMENT]...\n\n"
	       "Fine-tune image classifiers with Darknet from a terminal.\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		say(stdout, "  %-8s %s", subcommands[i]->name, subcommands[i]->help);
	printf("\n`thaw help COMMAND` tells more; so do `thaw help settings`, `thaw help keys` and `man thaw`.\n"
	       "RUN is a run directory, or a name under runs/.\n"
	       "Exit status: 0 finished, 1 failed, 2 bad usage or bad input, 130 interrupted.\n");
	return STATUS_OK;
}

static const struct subcommand *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(subcommands[i]->name, name) == 0)
			return subcommands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[N_COMMANDS];
	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = subcommands[i]->name;
	const char *nearest = cli_nearest(name, names, sizeof(*names), N_COMMANDS);
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
	const struct subcommand *cmd = find_command(name);
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

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, ""); /* and no more: numbers are written and read with a point */
	if (argc < 2) {
		say(stderr, "thaw: no command; `thaw --help` lists them");
		return STATUS_USAGE;
	}
	if (is_help(argv[1]))
		return print_help();
	if (strcmp(argv[1], "help") == 0)
		return argc > 2 ? help_for(argv[2]) : print_help();
	if (strcmp(argv[1], "--version") == 0) {
		puts("thaw " THAW_VERSION);
		return STATUS_OK;
	}
	const struct subcommand *cmd = find_command(argv[1]);
	return cmd ? run_command(cmd, argv + 2) : unknown_command(argv[1]);
}
