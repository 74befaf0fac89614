/* Small pictures as PNG, without a library: their pixels are stored, not packed. */
#ifndef REPORT_PNG_H
#define REPORT_PNG_H

#include "thaw/base/strbuf.h"

#include <stdint.h>

enum png_kind { PNG_GREY = 1, PNG_RGB = 3, PNG_RGBA = 4 }; /* samples of a pixel */

/* Append the file.
 * Shape:  pixels[h][w][kind], rows from the top; w, h at least 1
 * Source: the PNG specification (ISO 15948), RFC 1950, RFC 1951 (stored blocks) */
void png_write(struct strbuf *out, const uint8_t *pixels, int w, int h, enum png_kind kind);

/* The same as the URI of its data, for the src of an img. */
void png_uri(struct strbuf *out, const uint8_t *pixels, int w, int h, enum png_kind kind);

#endif
