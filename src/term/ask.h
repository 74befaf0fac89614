/* What a terminal is asked at its opening, since ssh hands on neither a locale nor COLORTERM:
 * whether it shows UTF-8, whether it shows 24-bit colours, and what it calls itself.
 *
 * UTF-8: a Braille sign and a dot are drawn at a known place, five bytes whose upper ones no
 * terminal takes for controls, and the cursor is asked for (CPR). Only where it stands two columns
 * further on is the terminal one that curves can be drawn on: one of eight bits makes it five, one
 * that draws the dot two columns wide three. Colours: one is set and asked for (DECRQSS of SGR).
 * What was drawn goes when the screen is cleared, which must come next.
 * It writes nowhere; what comes back is handed in. Invariant: an answer counts once, and only to a
 * question that was asked; it may come at any time and in any order.
 */
#ifndef TERM_ASK_H
#define TERM_ASK_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>

struct ask {
	bool utf8, colour, version; /* asked for, and not answered yet */
	bool shows_utf8, shows_rgb; /* answered so */
	char name[40];              /* what it calls itself; "" = it does not say */
};

/* Append the questions that are to be asked. */
void ask_add(const struct ask *a, struct strbuf *out);

/* An answer without its Esc: "[2;3R", "P1$r48:2:1:2:3m", "P>|foot(1.17)". False when it is none. */
bool ask_answer(struct ask *a, const char *text);

#endif
