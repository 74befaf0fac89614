/* Draws the run browser: a pure function of its view and the canvas's size.
 *
 * Invariant: at any size from 1 x 1 up nothing is drawn outside, and texts from runs and hosts go by the
 * rule of plain.h.
 */
#ifndef TUI_BROWSER_DRAW_H
#define TUI_BROWSER_DRAW_H

#include "browser_view.h"

void browser_draw(struct canvas *c, const struct browser_view *v);

/* Note in the view what keys ask of a screen of that size. */
void browser_measure(struct browser_view *v, int w, int h);

#endif
