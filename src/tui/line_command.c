#include "line_command.h"

#include "thaw/event/command.h"
#include "thaw/tui/action.h"

#include <stdio.h>
#include <string.h>

const struct line_command line_commands[] = {
#define LINE(name, arg, help, completes, handler) {name, arg, help, completes},
#include "lines.inc"
#undef LINE
};

const size_t n_line_commands = sizeof(line_commands) / sizeof(*line_commands);

struct words line_words(const char *line)
{
	struct words w;
	line += strspn(line, " ");
	size_t n = strcspn(line, " ");
	snprintf(w.name, sizeof(w.name), "%.*s", (int)n, line);
	line += n + strspn(line + n, " ");
	n = strlen(line);
	while (n && line[n - 1] == ' ')
		n--;
	snprintf(w.rest, sizeof(w.rest), "%.*s", (int)n, line);
	return w;
}

const struct line_command *line_command_find(const char *name)
{
	for (size_t i = 0; i < n_line_commands; i++)
		if (strcmp(line_commands[i].name, name) == 0)
			return &line_commands[i];
	return NULL;
}

const char *command_line_usage(const char *line)
{
	static char out[256];
	struct words w = line_words(line);
	const struct line_command *c = line_command_find(w.name);
	enum command_type type = command_find(w.name);
	const struct action *a = action_named(w.name, VIEW_LIVE);
	a = a ? a : action_named(w.name, VIEW_REPLAY);
	const char *arg = c ? c->arg : type < CMD_N ? command_table[type].arg : NULL;
	const char *help = c              ? c->help
			   : type < CMD_N ? command_table[type].help
			   : a            ? a->help
					  : NULL;
	out[0] = '\0';
	if (help)
		snprintf(out, sizeof(out), "%s%s%s: %s", w.name, arg ? " " : "", arg ? arg : "",
			 help);
	return out;
}
