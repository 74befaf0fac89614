/* A window of keys and what they do, over a screen that has a table of its own. */
#ifndef TUI_KEY_ROWS_H
#define TUI_KEY_ROWS_H

#include "prose.h"
#include "thaw/term/canvas.h"

#include <stddef.h>

struct key_row {
	const char *keys, *help;
};

typedef void key_rows_fn(struct prose *p); /* writes them all */

void key_rows_heading(struct prose *p, const char *text);
void key_rows_add(struct prose *p, const struct key_row *rows, size_t n);
/* The keys of an action, at most `n` of them; 0 ends them. */
void key_rows_keys(struct prose *p, const int *keys, int n, const char *help);

/* The window, at most `w` columns wide, scrolled down; and by how much that can be in a screen of w x h. */
void key_rows_draw(struct canvas *c, int w, const char *title, int down, key_rows_fn *write);
int key_rows_most(int screen_w, int screen_h, int w, key_rows_fn *write);

#endif
