/* What is behind the flowers. Each is drawn in the unit square and blurred afterwards; any may
 * stand behind any kind. */
#ifndef THAW_SRC_DRAW_BACKGROUND_H
#define THAW_SRC_DRAW_BACKGROUND_H

#include "dice.h"

#include <cairo.h>

/* Fill the unit square with one drawn at random. Returns the largest blur that suits it, as a share
 * of the picture's width. */
double background_paint(cairo_t *cr, struct dice *d);

#endif
