/* The terminal: opening, closing, keys, and putting a canvas on it. With theme.c the only files
 * that see curses.
 *
 * Invariant: however the program ends, also by a crash or for want of memory, the terminal is as
 * it was found.
 */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include "thaw/base/err.h"
#include "thaw/tui/canvas.h"

#include <stdbool.h>

/* Errors: ERR_STATE (not a terminal, dumb, or unknown to terminfo). */
enum err term_open(bool ascii, struct errinfo *e);
void term_close(void);

bool term_utf8(void);
int term_colours(void);

/* The size now; tells curses when it changed. */
void term_size(int *w, int *h);

/* Show the canvas; only rows that differ are written, unless `all`. */
void term_show(const struct canvas *c, bool all);

/* The next key that is waiting, K_NONE when there is none. */
int term_key(void);

/* Stop as ^Z does, with the terminal restored; returns when continued. */
void term_suspend(void);
void term_resume(void); /* after a stop from outside */

#endif
