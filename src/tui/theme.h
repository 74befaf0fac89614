/* What each ink looks like: terminal colours for 256, 8 and no colours. Safe for colour-blind
 * eyes: orange and blue carry training and validation, and every state has its own sign besides
 * its colour. */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include "thaw/tui/canvas.h"

/* Choose for a dark or a light ground: `wish` is "dark", "light" or anything else for what
 * COLORFGBG ("15;0", set by some terminals) says; dark when nothing is known. Both may be NULL. */
void theme_choose(const char *wish, const char *colorfgbg);
void theme_flip(void);

/* A colour number for curses, -1 = the terminal's own. */
int theme_colour(uint16_t ink, int colours);

/* Curses attributes that stand in where colours are few. */
unsigned theme_attributes(struct style s, int colours);

#endif
