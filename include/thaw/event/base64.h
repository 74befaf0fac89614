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

/* Pixels for a log: one digit each, 0..63 for 0..255. Reading takes the text of base64_encode(),
 * too, as older logs have it; the lengths tell them apart.
 * Shape:  pixels[n]; decoding is false unless it is so many: what they are then is undefined */
void pixels_encode(const uint8_t *pixels, size_t n, struct strbuf *out);
bool pixels_decode(const char *text, uint8_t *pixels, size_t n);

#endif
