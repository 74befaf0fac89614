/* Text that comes from outside - names of files and classes, words of a command line, lines of a
 * log, a trainer's reply - on its way out: to the screen, to lines on standard output and standard
 * error, into messages, into JSON. One rule for all of them, and one table (in plain.c):
 *
 * A character that shows itself goes out as it is. What does not never goes out raw:
 *  - control characters: U+0000 to U+001F, U+007F to U+009F;
 *  - what reorders text: U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069;
 *  - what takes no place or looks like nothing: soft hyphen, joiners, fillers, variation selectors,
 *    separators of lines, the byte-order mark, tags, the empty Braille cell;
 *  - what means nothing to others: private use, noncharacters, the planes that nothing is in;
 *  - bytes that are not UTF-8.
 *
 * For a terminal the character is written \xNN (below U+0080), \uNNNN or \UNNNNNNNN, and a byte
 * that is not UTF-8 \xNN, as $'...' of a shell takes them. In JSON it is written \uNNNN (two above
 * U+FFFF), which reads back as the same text; a byte that is not UTF-8, which JSON cannot hold,
 * becomes U+FFFD.
 *
 * Joiners and variation selectors belong to some scripts and emoji: these stay legible but show
 * \u200d and the like, because two names that look the same may not be two names. Spaces of all
 * widths are spaces, and combining marks stay. A backslash is no escape here: nothing reads this
 * back, and text that went through once goes through again unchanged.
 */
#ifndef THAW_BASE_PLAIN_H
#define THAW_BASE_PLAIN_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the UTF-8 character at `s` (1..4), of which n bytes are there, and the character itself;
 * 0 when there is none: bad bytes, overlong, surrogate, the end. */
size_t utf8_decode(const char *s, size_t n, uint32_t *code);

/* The same of a string that ends in NUL; 0 at its end. */
size_t utf8_length(const char *s);

/* Non-empty UTF-8 without control characters? */
bool name_is_clean(const char *s);

/* Does the character show itself? */
bool plain_shows(uint32_t code);

/* Bytes from `s`, at most n, that go out as they are. */
size_t plain_run(const char *s, size_t n);

/* Append n bytes of `s` as a terminal, and as the inside of a JSON string, may have them. Quotes
 * and backslashes are left alone. */
void plain_add(struct strbuf *out, const char *s, size_t n);
void plain_add_json(struct strbuf *out, const char *s, size_t n);

/* As plain_add() into `out` of `size` bytes (at least 1), up to the last character that fits;
 * returns the length. */
size_t plain_fit(char *out, size_t size, const char *s);

#endif
