/* The panel with the focus: which it is, and enlarged to the whole page or not. */
#ifndef TUI_FOCUS_H
#define TUI_FOCUS_H

#include "app.h"
#include "thaw/tui/layout.h"

void focus_move(struct tui *t, int step); /* to the next panel of the page, or the one before */
void focus_enlarge(struct tui *t, int arg); /* or back */
void focus_on(struct tui *t, enum panel_id id);

#endif
