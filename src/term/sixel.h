/* A part of a picture as sixels: DEC's graphics, six rows of pixels to a line of text.
 *
 * Source: VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
 */
#ifndef TERM_SIXEL_H
#define TERM_SIXEL_H

#include "thaw/base/strbuf.h"
#include "thaw/term/canvas.h"

#define SIXEL_COLOURS 64

/* Append rows [y, y + rows) of the image stretched to w x h pixels, in at most SIXEL_COLOURS
 * colours, the same for every part. */
void sixel_add(struct strbuf *out, const struct canvas_image *image, int w, int h, int y, int rows);

#endif
