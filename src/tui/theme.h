/* What each ink looks like: terminal colours for 256, 8 and no colours. Safe for colour-blind
 * eyes: orange and blue carry training and validation, and every state has its own sign besides
 * its colour. */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include "thaw/tui/canvas.h"

/* A colour number for curses, -1 = the terminal's own. */
int theme_colour(uint16_t ink, int colours);

/* Curses attributes that stand in where colours are few. */
unsigned theme_attributes(struct style s, int colours);

#endif
