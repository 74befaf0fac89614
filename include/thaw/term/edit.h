/* A line of text that is being typed: cursor, words, UTF-8. Pure; where it is shown and what it is
 * for is none of its business.
 *
 * Invariant: text is valid UTF-8 without control characters, text[len] == '\0', and `at` stands
 * between two characters.
 */
#ifndef THAW_TERM_EDIT_H
#define THAW_TERM_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#define EDIT_MAX 240

struct edit {
	char text[EDIT_MAX];
	size_t len, at; /* bytes */
};

/* Replace the whole text (what does not fit or is no text is left out); the cursor goes behind
 * it. */
void edit_set(struct edit *e, const char *text);

/* Put a character or a text in at the cursor. False when it does not fit or is no text: nothing
 * changes. */
bool edit_insert(struct edit *e, const char *text);

/* Replace the bytes from `from` to the cursor by `text`. */
bool edit_replace(struct edit *e, size_t from, const char *text);

/* Put the first line of a text in that is not empty, as far as there is room; what is no text in it is
 * left out. False when that is not all of it. */
bool edit_paste(struct edit *e, const char *text);

/* One key: a character, ← → Home End ^A ^E ^B ^F, Backspace Delete ^D, ^U (all before the cursor),
 * ^K (all behind it), ^W (the word before it). False when the key means nothing to a line. */
bool edit_key(struct edit *e, int key);

#endif
