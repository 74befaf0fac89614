/* Draws the run browser: a pure function of its view and the canvas's size.
 *
 * Invariant: at any size from 1 x 1 up nothing is drawn outside, and texts from runs and hosts go by the
 * rule of plain.h.
 */
#ifndef TUI_BROWSER_DRAW_H
#define TUI_BROWSER_DRAW_H

#include "browser_view.h"

enum browser_zone { BROWSER_ZONE_ROW = ZONE_NONE + 1, BROWSER_ZONE_ACTION };

void browser_draw(struct canvas *c, const struct browser_view *v);

/* Rows of the list that a screen shows, for a page of it. */
int browser_rows_shown(const struct browser_view *v, int w, int h);

/* Rows of its help that a screen has no room for. */
int browser_help_most(int w, int h);

#endif
