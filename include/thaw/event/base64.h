/* Base64 with the standard alphabet and padding (RFC 4648, section 4), for thumbnails in the log.
 */
#ifndef THAW_EVENT_BASE64_H
#define THAW_EVENT_BASE64_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Append the text of `len` bytes, without line breaks. */
void base64_encode(const void *data, size_t len, struct strbuf *out);

/* Append the bytes of `text`; false (nothing is appended then) unless it is exactly what
 * base64_encode() writes for some bytes: no spaces, full padding, no stray bits. */
bool base64_decode(const char *text, size_t len, struct strbuf *out);

/* The value of one digit, 0..63; -1: it is none. */
int base64_digit(char c);
char base64_digit_of(int value);

#endif
