/* A line after ":": its words, and the command that it names. */
#ifndef TUI_LINE_COMMAND_H
#define TUI_LINE_COMMAND_H

#include "thaw/tui/command_line.h"

/* The first word of a line, and what follows it without spaces around. */
struct words {
	char name[EDIT_MAX], rest[EDIT_MAX];
};

struct words line_words(const char *line);

const struct line_command *line_command_find(const char *name); /* NULL: there is none */

#endif
