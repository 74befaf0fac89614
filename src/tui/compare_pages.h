/* The larger parts of the comparison's screen, one file each: pure functions of the view and the
 * canvas's size, which note in the view what keys ask of them. */
#ifndef TUI_COMPARE_PAGES_H
#define TUI_COMPARE_PAGES_H

#include "compare_view.h"

void compare_draw(struct canvas *c, struct compare_view *v);

/* Charts, and the runs below them. */
void compare_draw_curves(struct compare_view *v, struct canvas *c, struct rect r);

/* The runs, `charts` figures' values with each. */
int compare_list_rows(const struct compare_view *v, int h);
void compare_draw_list(struct compare_view *v, struct canvas *c, struct rect r,
		       const size_t *charts, size_t n_charts);

/* What the runs were set to, and how they came out; their classes. */
void compare_draw_sheet(struct compare_view *v, struct canvas *c, struct rect r);
void compare_draw_classes(struct compare_view *v, struct canvas *c, struct rect r);

/* The help, over everything; rows of it that a screen has no room for. */
void compare_help(const struct compare_view *v, struct canvas *c);
int compare_help_most(int w, int h);

#endif
