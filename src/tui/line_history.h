/* The lines typed before at a prompt, oldest first, kept in a file of the person's own.
 *
 * The file is read once and replaced whole after each new line, with what other viewers have added
 * in between. Losing it harms nothing: errors are ignored. Hostile bytes are dropped line by line.
 */
#ifndef TUI_LINE_HISTORY_H
#define TUI_LINE_HISTORY_H

#include "thaw/term/edit.h"

#include <stddef.h>

#define LINE_HISTORY_MAX 200

struct line_history {
	char *path; /* NULL = kept in memory alone */
	char *lines[LINE_HISTORY_MAX];
	size_t n;
	size_t at;            /* what is shown: a line, or n for `draft` */
	char draft[EDIT_MAX]; /* what was being typed before the walk began */
};

void line_history_init(struct line_history *h,
		       const char *path); /* copies the path; NULL allowed */
void line_history_release(struct line_history *h);

/* Add a line and forget where the walk stood. One that repeats the last is not added. */
void line_history_add(struct line_history *h, const char *line);

/* Go to the line before or after that begins as the draft does; false when there is none. */
bool line_history_walk(struct line_history *h, int direction, struct edit *e);

/* A key of a line: ↑ ↓ ^P ^N walk, the others are edit_key()'s. False when it means nothing. */
bool line_history_key(struct line_history *h, int key, struct edit *e);

void line_history_reset(struct line_history *h); /* the next walk begins at the newest */

#endif
