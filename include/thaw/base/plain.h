/* Text that may hold anything - names of files, lines of a log - made fit for a terminal and for
 * JSON: no control character steers the former, and no stray byte breaks the latter. */
#ifndef THAW_BASE_PLAIN_H
#define THAW_BASE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the UTF-8 character at `s` (1..4), or 0 when there is none: bad bytes, overlong,
 * surrogate, the end. */
size_t utf8_length(const char *s);

/* A control character (U+0000 to U+001F, U+007F to U+009F) of n bytes? */
bool utf8_is_control(const char *s, size_t n);

/* Put '?' for every byte of a control character, and for every byte that is not UTF-8; of a newline
 * only when `lines` is false. */
void plain_text(char *text, bool lines);

#endif
