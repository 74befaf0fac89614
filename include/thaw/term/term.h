/* The terminal: opening, closing, keys, and putting a canvas on it. The only file that sees
 * curses, which knows the terminal, its modes and its keys; what is drawn goes past it, through
 * paint.h and outlet.h.
 *
 * Invariant: however the program ends, also by a crash or for want of memory, the terminal is as
 * it was found.
 */
#ifndef THAW_TERM_TERM_H
#define THAW_TERM_TERM_H

#include "thaw/base/err.h"
#include "thaw/term/canvas.h"
#include "thaw/term/pointer.h"

#include <stdbool.h>

/* Errors: ERR_STATE (not a terminal, dumb, or unknown to terminfo). */
enum err term_open(bool ascii, struct errinfo *e);
void term_close(void);

bool term_utf8(void);
int term_colours(void); /* that the theme makes use of */

/* The size now. */
void term_size(int *w, int *h);

/* Send what brings the screen nearer to the canvas, everything anew when `all`: as much as the
 * terminal swallows at once. Only when term_ready(). Returns true when nothing is left to send;
 * otherwise call it again, with a newer canvas if there is one. Never blocks. */
bool term_show(const struct canvas *c, bool all);

/* Whether the terminal has worked off what it was sent; it becomes so when term_key() meets its
 * answer, when term_pending_fd() (-1 = none) takes bytes, or after term_wait_ms() (-1 = never). */
bool term_ready(void);
int term_pending_fd(void);
int term_wait_ms(void);

/* How pictures are shown: as the terminal says it can, or as told. Until it has said so, and where
 * it can do neither, in half blocks. */
enum pictures { PICTURES_AUTO, PICTURES_KITTY, PICTURES_SIXEL, PICTURES_BLOCKS };
bool pictures_parse(const char *name, enum pictures *p); /* false: there is no such way */
void term_pictures(enum pictures wish);
bool term_wants_images(void); /* canvas.h */
bool term_changed(void);      /* pictures would be shown in another way now: draw again */

double term_rate(void); /* bytes a second sent, smoothed */

/* The next key that is waiting, K_NONE when there is none. */
int term_key(void);

/* Listen to the mouse, or leave it to the terminal's own selection; takes effect with the next
 * term_show(). Terminals without one are left alone. */
void term_mouse(bool on);

/* What the mouse did when term_key() gave K_MOUSE. */
struct pointer term_pointer(void);

/* Give a key that stops or ends programs to the viewer instead, e.g. ^Z. */
void term_take_key(int key);

/* Stop as ^Z does, with the terminal restored; returns when continued. */
void term_suspend(void);
void term_resume(void); /* after a stop from outside */

#endif
