/* The help page as rows: the keys that do something here and now, all keys by groups, what can be
 * typed, and what the symbols mean. All but the symbols comes from the tables of actions and
 * commands.
 */
#ifndef TUI_HELP_H
#define TUI_HELP_H

#include "panel.h"

struct help_row {
	char heading[112]; /* or, when it is empty: */
	char keys[64];     /* what is pressed or typed; "" for a symbol, and for a gap */
	const char *help;  /* what it does or means; NULL = a gap */
	uint32_t symbol;
	enum ink ink; /* of the symbol */
	bool idle;    /* not here and now */
};

struct help {
	struct help_row *rows;
	size_t n, cap;
};

/* Release with help_release(). `w`, `h`: of the screen, which decide what has the focus. */
void help_build(struct help *help, const struct view *v, int w, int h);
void help_release(struct help *help);

/* Where a text stands in a row, capitals apart: false when it does not. */
bool help_row_has(const struct help_row *row, const char *text);

/* The first row from `from` on, `step` (1 or -1) after `step`, round and round, that has it; -1 when
 * none has. */
int help_find(const struct help *help, const char *text, int from, int step);

#endif
