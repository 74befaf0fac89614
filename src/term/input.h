/* What comes from the terminal, taken apart by curses: keys, the pointer, pastes, answers.
 *
 * A sequence is read to its end however slowly it comes, and looked up; one that nobody knows is
 * swallowed whole. Invariant: no part of what a terminal answers, however late, is a key.
 */
#ifndef TERM_INPUT_H
#define TERM_INPUT_H

#include "paste.h"
#include "thaw/term/key.h"
#include "thaw/term/pointer.h"

#include <stdbool.h>

/* What the terminal says besides keys. K_TOLD: an answer that `answer` took. */
enum { K_ANSWER = K_OTHER + 1, K_PASTE_BEGINS, K_PASTE_ENDS, K_TOLD };

struct input {
	bool (*answer)(const char *text); /* a sequence without its Esc; false: it is none */
	struct pointer pointer;           /* what it did when input_key() gave K_MOUSE */
	struct paste paste;
};

void input_open(void); /* after curses was opened */

/* The next key or word of the terminal that is waiting, K_NONE when there is none. */
int input_key(struct input *in);

#endif
