/* Square pictures in memory: drawn on by cairo, then blurred as a whole. */
#ifndef THAW_SRC_DRAW_RASTER_H
#define THAW_SRC_DRAW_RASTER_H

#include <cairo.h>

/* A transparent one. When memory is short, cairo's error surface, on which nothing is drawn: ask
 * cairo_surface_status() at the end. */
cairo_surface_t *raster_new(int size);

/* To draw on it; edges are smoothed as finely as pictures of this size need. */
cairo_t *raster_draw(cairo_surface_t *s);

/* Blur by about a Gaussian of this standard deviation in pixels; below 0.3 nothing happens. */
void raster_blur(cairo_surface_t *s, double sigma);

/* Draw `from` over the whole of `cr`'s picture of `size`, enlarged. */
void raster_over(cairo_t *cr, cairo_surface_t *from, int size);

#endif
