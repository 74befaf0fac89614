/* Colours with components from 0 to 1, and the ranges that flowers draw theirs from. */
#ifndef THAW_SRC_DRAW_COLOUR_H
#define THAW_SRC_DRAW_COLOUR_H

#include "dice.h"

#include <cairo.h>

struct rgb {
	double r, g, b;
};

/* A range of hue (in turns), saturation and value; `weight` against the other rows of a table. */
struct tint {
	double weight;
	double hue[2], saturation[2], value[2];
};

struct rgb colour_hsv(double hue, double saturation, double value); /* hue in turns, any number */
struct rgb colour_mix(struct rgb a, struct rgb b, double t);        /* a at 0, b at 1 */
struct rgb colour_scale(struct rgb c, double factor);               /* clamped */
struct rgb colour_jitter(struct dice *d, struct rgb c, double amount);
struct rgb colour_draw(struct dice *d, const struct tint *tint);
void colour_source(cairo_t *cr, struct rgb c, double alpha);
void colour_stop(cairo_pattern_t *p, double at, struct rgb c, double alpha);

#endif
