/* The larger parts of the browser's screen, one file each. */
#ifndef TUI_BROWSER_PAGES_H
#define TUI_BROWSER_PAGES_H

#include "browser_view.h"

/* A head line at the top of `r` with a title on it; what is below it. */
struct rect browser_head(struct canvas *c, struct rect r, const char *title);

/* What is known of one run. */
void browser_facts(const struct browser_view *v, const struct browser_row *row, struct canvas *c,
		   struct rect r);

/* The validation curves of the runs that are compared, and their figures and settings. */
void browser_compare(const struct browser_view *v, struct canvas *c, struct rect r);

/* The help, over everything. */
void browser_help(const struct browser_view *v, struct canvas *c);

#endif
