/* The commands that can be typed after ":": what they are called and take, in one list
 * (lines.inc), and what completes them.
 *
 * Besides these, every command of a running trainer (event/command.h) and every action of a key
 * (action.h) can be typed by its name.
 */
#ifndef THAW_TUI_COMMAND_LINE_H
#define THAW_TUI_COMMAND_LINE_H

#include "thaw/base/err.h"
#include "thaw/history/history.h"
#include "thaw/tui/view.h"

#include <stddef.h>

enum line_arg { /* what completes an argument */
	LINE_NOTHING, LINE_LAYERS, LINE_PAGES, LINE_THEMES, LINE_SETTINGS, LINE_PLACES, LINE_RATES,
	LINE_POINTS, LINE_SPEEDS
};

struct line_command {
	const char *name;
	const char *arg;  /* in brackets when it may be left out; NULL = takes none */
	const char *help; /* one line */
	enum line_arg completes;
};

extern const struct line_command line_commands[];
extern const size_t n_line_commands;

/* Words that may stand where the cursor is. */
struct completion {
	size_t from;  /* byte at which the word begins */
	char **words; /* owned, each whole, in the order to be shown */
	size_t n, cap;
};

/* What completes `line` at byte `at`; release it with completion_release(). */
void complete_line(struct completion *c, const struct history *h, const struct view *v,
		   const char *line, size_t at);
void completion_release(struct completion *c);

/* Put in what all the words share. True when that changed the line; a single word is followed by a
 * space. */
bool completion_apply(const struct completion *c, struct edit *e);

/* "freeze [LAYERS]  stop these layers from learning": what the command that a line begins with
 * takes; "" when there is none. Static buffer. */
const char *command_line_usage(const char *line);

#endif
