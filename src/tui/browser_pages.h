/* The larger parts of the browser's screen, one file each. */
#ifndef TUI_BROWSER_PAGES_H
#define TUI_BROWSER_PAGES_H

#include "browser_view.h"

/* What is known of one run. */
void browser_facts(const struct browser_view *v, const struct browser_row *row, struct canvas *c,
		   struct rect r);

/* The help, over everything. */
void browser_help(const struct browser_view *v, struct canvas *c);

/* Rows of it that a screen has no room for. */
int browser_help_most(int w, int h);

#endif
