/* What each ink looks like: a table of themes, and what is left of them where colours are few.
 *
 * Every state has its own sign besides its colour, so all themes, mono too, tell the same. No
 * curses, no terminal: a style goes in, colours and attributes come out.
 */
#ifndef THAW_TERM_THEME_H
#define THAW_TERM_THEME_H

#include "thaw/term/canvas.h"

struct look {
	int32_t fg,
	    bg; /* -1 = the terminal's own; 0xRRGGBB with COLOURS_TRUE, else a palette index */
	uint8_t attr; /* ATTR_*, without ATTR_CLOCK */
};

/* The theme to start with. `wish` is a theme's name or anything else for what the ground asks for:
 * COLORFGBG ("15;0", set by some terminals) tells a light one; dark when nothing is known.
 * `no_color`: as the variable of that name. All may be NULL. False when `wish` is set and names no
 * theme. */
bool theme_choose(const char *wish, const char *colorfgbg, const char *no_color);

void theme_next(void);
bool theme_by_name(const char *name); /* false: there is none, and nothing changed */
const char *theme_name(int i);        /* NULL beyond the last */
const char *theme_now(void);

/* How many of a terminal's colours the theme makes use of. */
int theme_colours(int colours);

struct look theme_look(struct style s, int colours);

#endif
