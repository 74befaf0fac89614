/* The terminal: opening, closing, keys, and putting a canvas on it. It alone, and the
 * keyboard (input.h), see curses, which knows the terminal, its modes and its keys; what is drawn
 * goes past it, through paint.h and outlet.h.
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

/* What is drawn with: as the locale says, or else as the terminal says when it is asked; or as
 * told. */
enum charset { CHARSET_AUTO, CHARSET_ASCII, CHARSET_UTF8 };

/* Errors: ERR_STATE (not a terminal, dumb, or unknown to terminfo), ERR_VALUE (UTF-8 is told, and
 * the machine has no locale for it). */
enum err term_open(enum charset want, struct errinfo *e);
void term_close(void);

/* What the terminal shows, as far as is known: answers may still raise both. */
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
bool term_changed(void);      /* term_show() would bring more than it has: draw again */

double term_rate(void); /* bytes a second sent, smoothed */

/* The next key that is waiting, K_NONE when there is none. */
int term_key(void);

/* Listen to the mouse, or leave it to the terminal's own selection; takes effect with the next
 * term_show(). Terminals without one are left alone. */
void term_mouse(bool on);

/* What the mouse did when term_key() gave K_MOUSE. */
struct pointer term_pointer(void);

/* What was pasted when term_key() gave K_PASTE: UTF-8 in lines, without control characters but '\n'.
 * It lives until the next term_key(). A paste that its terminal never ends is over after a second of
 * silence: term_key() must be asked then too. */
const char *term_paste(void);

/* Beside the screen, with the next term_show(). Text may come from anywhere. A title only where the
 * terminal is known to have one, and the one before comes back at the end, or for NULL; a
 * notification only where it is known how, and within tmux only where the person says that tmux
 * hands it on. term_title() returns whether it is another one. */
bool term_title(const char *text);
void term_bell(void);
void term_notify(const char *text, bool through_tmux);

/* Give a key that stops or ends programs to the viewer instead, e.g. ^Z. */
void term_take_key(int key);

/* Stop as ^Z does, with the terminal restored; returns when continued. */
void term_suspend(void);
void term_resume(void); /* after a stop from outside */

#endif
