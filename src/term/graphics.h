/* Real pictures on terminals that say they can: which protocol, and the bytes that bring what is on
 * the screen to what a canvas has (canvas.h: images).
 *
 * kitty (sw.kovidgoyal.net/kitty/graphics-protocol): a picture is sent once, by a number made of
 * what it shows, in pieces as small as the line wants them, and placed by that number. sixel: a
 * picture is drawn where it stands, a row of cells at a time, when it comes or changes. The cells
 * below stay blank; without either protocol, and where something lies over a part of a picture, the
 * cells are what was drawn there.
 * It writes nowhere itself and asks nothing: graphics_question() is for whoever owns the line, and
 * what the terminal answers is handed in.
 * Invariant: when graphics_add() says that all is done, the pictures on the screen are those of the
 * canvas.
 */
#ifndef TERM_GRAPHICS_H
#define TERM_GRAPHICS_H

#include "thaw/term/paint.h"
#include "thaw/base/strbuf.h"
#include "thaw/term/canvas.h"
#include "thaw/term/term.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct placed { /* on the screen */
	uint32_t id;
	struct rect r;
	int rows; /* of its cells that were sent so far */
};

struct graphics {
	enum pictures wish; /* of the person */
	bool kitty, sixel;  /* what the terminal says */
	bool asked;
	bool no_kitty;      /* something between us does not hand it on */
	enum pictures mode; /* in use: KITTY, SIXEL or BLOCKS */
	bool coloured;      /* the canvas is drawn in colours */
	int cell_w, cell_h; /* pixels of a cell; 0 = not known */
	struct canvas want; /* the canvas with blanks under its pictures; w == 0 = none */
	struct placed *placed;
	size_t n_placed, cap_placed;
	uint32_t *stored; /* pictures that the terminal keeps, oldest first */
	size_t n_stored, cap_stored;
	struct strbuf sending; /* base64 of the one that is on its way */
	size_t sent;           /* of it */
};

void graphics_init(struct graphics *g);
void graphics_release(struct graphics *g);

/* What to ask a terminal of that TERM, once; NULL = nothing. `tmux`: it is inside of one. */
const char *graphics_question(struct graphics *g, const char *term, bool tmux);

/* An answer, without its Esc: "_Gi=31;OK", "[?62;4c", "[6;20;10t". False when it is none. */
bool graphics_answer(struct graphics *g, const char *text);

/* The protocol for a line that carries `piece` bytes at once; and make it the one in use. True when
 * that is another one. */
enum pictures graphics_best(const struct graphics *g, size_t piece);
bool graphics_choose(struct graphics *g, size_t piece, const struct canvas *c);

/* The screen was cleared: nothing is on it any more. Appends what makes that so. */
void graphics_forget(struct graphics *g, struct strbuf *out);

/* The canvas to paint: `c` itself, or one that `g` owns. */
const struct canvas *graphics_blanks(struct graphics *g, const struct canvas *c);

/* Before painting: take away what the canvas has no more. */
void graphics_remove(struct graphics *g, struct painter *p, const struct canvas *c,
		     struct strbuf *out);

/* After it: send what is new, until `out` is `most` bytes long. True when nothing is left. */
bool graphics_add(struct graphics *g, struct painter *p, const struct canvas *c, size_t most,
		  struct strbuf *out);

/* What takes everything away, also from within a picture that was cut; "" = nothing is there. */
const char *graphics_end(const struct graphics *g);

#endif
