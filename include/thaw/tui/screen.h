/* Draws one whole screen: the pure function of (history, size, view) that the viewer is.
 *
 * The canvas brings the size and what the terminal can show; it is cleared first.
 */
#ifndef THAW_TUI_SCREEN_H
#define THAW_TUI_SCREEN_H

#include "thaw/history/history.h"
#include "thaw/term/canvas.h"
#include "thaw/tui/view.h"

void screen_draw(struct canvas *c, const struct history *h, const struct view *v);

#endif
