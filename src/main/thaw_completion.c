/* `thaw help bash-completion` and `zsh-completion`: what completes a command line in a shell, from
 * the table of subcommands. */
#include "thaw_cli.h"
#include "thaw_topics.h"

#include "thaw/event/command.h"

#include <stdio.h>
#include <string.h>

static void print_commands(void)
{
	for (const struct subcommand *const *c = subcommands; *c; c++)
		printf("%s ", (*c)->name);
	printf("help");
}

#define TOPIC_NAME(name, print) " " name

static void print_topics(void)
{
	for (const struct subcommand *const *c = subcommands; *c; c++)
		printf("%s%s", c > subcommands ? " " : "", (*c)->name);
	printf("%s", TOPICS(TOPIC_NAME));
}

static void print_controls(void)
{
	for (int i = 0; i < CMD_N; i++)
		printf("%s%s", i ? " " : "", command_table[i].name);
}

/* What the first argument of a command is. */
static const char *operand_of(const struct subcommand *c)
{
	return strncmp(c->args, "RUN", 3) == 0           ? "run"
	       : strncmp(c->args, "EXPERIMENT", 10) == 0 ? "experiment"
							 : "none";
}

int completion_bash_print(void)
{
	printf("# bash completion for thaw; made by: thaw help bash-completion\n"
	       "_thaw() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[1]} options= operand=\n"
	       "\tCOMPREPLY=()\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W '");
	print_commands();
	printf("' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase $cmd in\n");
	for (const struct subcommand *const *c = subcommands; *c; c++) {
		printf("\t%s) operand=%s options='", (*c)->name, operand_of(*c));
		for (const struct cli_option *o = (*c)->options; o->name; o++)
			printf("%s%s", o > (*c)->options ? " " : "", o->name);
		printf("' ;;\n");
	}
	printf("\thelp) COMPREPLY=($(compgen -W '");
	print_topics();
	printf("' -- \"$cur\")); return ;;\n\tesac\n"
	       "\tif [ \"$cmd\" = ctl ] && [ \"$COMP_CWORD\" -eq 3 ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W '");
	print_controls();
	printf("' -- \"$cur\"))\n"
	       "\telif [ \"${cur#-}\" != \"$cur\" ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
	       "\telif [ \"$COMP_CWORD\" -eq 2 ] && [ \"$operand\" = run ]; then\n"
	       /* no compgen -W: it would run what a name of a run says */
	       "\t\tmapfile -t COMPREPLY < <(cd runs 2>/dev/null && compgen -d -- \"$cur\"; "
	       "compgen -d -- \"$cur\")\n"
	       "\telif [ \"$COMP_CWORD\" -eq 2 ] && [ \"$operand\" = experiment ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -f -X '!*.yaml' -- \"$cur\") $(compgen -d -- \"$cur\"))\n"
	       "\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\tfi\n}\n"
	       "complete -o filenames -F _thaw thaw\n");
	return STATUS_OK;
}

/* Text between single quotes of a shell; brackets and colons mean something to _arguments. */
static void put_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void zsh_options(const struct subcommand *c)
{
	for (const struct cli_option *o = c->options; o->name; o++) {
		printf(" \\\n\t\t\t'%s%s[", o->name, o->arg ? "=" : "");
		put_quoted(o->help);
		printf("]%s%s%s'", o->arg ? ":" : "", o->arg ? o->arg : "", o->arg ? ":" : "");
	}
}

int completion_zsh_print(void)
{
	static const struct {
		const char *kind, *action;
	} operands[] = {{"run", "1:run:_thaw_runs"},
			{"experiment", "1:experiment:_files -g \"*.yaml\""}};
	printf("#compdef thaw\n# zsh completion for thaw; made by: thaw help zsh-completion\n"
	       "_thaw_runs() {\n\tcompadd -- runs/*(N:t)\n\t_files -/\n}\n"
	       "_thaw() {\n\tif (( CURRENT == 2 )); then\n\t\tlocal -a commands=(");
	for (const struct subcommand *const *c = subcommands; *c; c++) {
		printf("\n\t\t\t'%s:", (*c)->name);
		put_quoted((*c)->help);
		printf("'");
	}
	printf("\n\t\t\t'help:tell about a command or a topic')\n"
	       "\t\t_describe command commands\n\t\treturn\n\tfi\n"
	       "\tif [[ $words[2] == ctl ]] && (( CURRENT == 4 )); then\n\t\tcompadd -- ");
	print_controls();
	printf("\n\t\treturn\n\tfi\n\tlocal cmd=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n"
	       "\tcase $cmd in\n");
	for (const struct subcommand *const *c = subcommands; *c; c++) {
		printf("\t%s) _arguments", (*c)->name);
		for (size_t i = 0; i < 2; i++)
			if (strcmp(operands[i].kind, operand_of(*c)) == 0)
				printf(" '%s'", operands[i].action);
		printf(" '*:file:_files'");
		zsh_options(*c);
		printf(" ;;\n");
	}
	printf("\thelp) compadd -- ");
	print_topics();
	printf(" ;;\n\tesac\n}\n_thaw \"$@\"\n");
	return STATUS_OK;
}
