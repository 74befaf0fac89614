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

/* The sweep that a run of this machine belongs to; NULL: it belongs to none. */
struct browser_sweep *browser_sweep_new(const char *run_path);
void browser_sweep_free(struct browser_sweep *s); /* NULL is allowed */

/* Its table, over everything, and rows that a screen has no room for: figures are those of the view's rows. */
void browser_sweep(const struct browser_view *v, struct canvas *c);
int browser_sweep_most(const struct browser_view *v, int w, int h);

#endif
