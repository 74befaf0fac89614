/* Turns a canvas into the bytes that bring a terminal from what it shows to that canvas.
 *
 * It remembers what was sent, so only cells that differ cost anything, and it may stop anywhere:
 * what is left is made up for by the next call, which may bring a newer canvas. That is how frames
 * are dropped on a slow line. For terminals that speak ANSI (ECMA-48); it writes nowhere itself.
 * Invariant: when paint() says that all is done, the terminal shows the canvas.
 */
#ifndef THAW_TERM_PAINT_H
#define THAW_TERM_PAINT_H

#include "thaw/base/strbuf.h"
#include "thaw/term/canvas.h"
#include "thaw/term/theme.h"

#include <stddef.h>

struct painter {
	bool dim, underline; /* the terminal has these */
	bool corner;         /* its last cell can be written without scrolling */
	int colours;
	struct canvas shown; /* what was sent; w == 0 = nothing is known */
	int row;             /* where to go on */
	int x, y;            /* the terminal's cursor; x < 0 = not known */
	bool pen_known;
	struct look pen;
};

/* A painter is all zero to begin with, apart from what its terminal has. */
void painter_release(struct painter *p);

/* Forget what the terminal shows: the next paint() clears it and sends everything. */
void painter_forget(struct painter *p);

/* The terminal's cursor is not where it was. */
void painter_lost(struct painter *p);

/* What stands there is to be written again. */
void painter_spoil(struct painter *p, struct rect r);

/* Append the bytes for what differs, about `most` of them. The two bottom rows, where a person's
 * keys are answered, go first. Returns true when nothing is left to send. */
bool paint(struct painter *p, const struct canvas *c, size_t most, struct strbuf *out);

#endif
