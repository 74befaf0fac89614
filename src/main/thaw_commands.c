/* The table of subcommands. Help, the manual page and completions go by it. */
#include "thaw_cli.h"

#include "thaw/base/nearest.h"

#include <string.h>

const struct subcommand *const subcommands[] = {
    &cmd_run, &cmd_sweep, &cmd_browse, &cmd_resume, &cmd_rerun, &cmd_branch, &cmd_attach, &cmd_replay,
    &cmd_ls, &cmd_show, &cmd_compare, &cmd_export,
    &cmd_wait, &cmd_ctl, &cmd_check,  &cmd_profile, &cmd_predict, &cmd_eval, &cmd_find_lr, &cmd_tap,
    NULL,
};

enum { N_COMMANDS = sizeof(subcommands) / sizeof(*subcommands) - 1 };

const struct subcommand *subcommand_find(const char *name)
{
	const struct subcommand *const *c = subcommands;
	while (*c && strcmp((*c)->name, name) != 0)
		c++;
	return *c;
}

const char *subcommand_nearest(const char *name)
{
	const char *names[N_COMMANDS + 1] = {0};
	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = subcommands[i]->name;
	return nearest_word(name, names);
}
