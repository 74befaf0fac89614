/* Hue, saturation and exposure of a planar row, in place. */
#ifndef THAW_SRC_DATA_COLOUR_H
#define THAW_SRC_DATA_COLOUR_H

#include <stddef.h>

struct colour_shift {
	float hue;        /* added, in turns of the colour circle */
	float saturation; /* factor */
	float exposure;   /* factor of the value channel */
};

/* Shape: red[n], green[n], blue[n], each in [0, 1] before and after.
 * Source: Darknet image.c distort_image(). */
void colour_row(const struct colour_shift *s, float *red, float *green, float *blue, size_t n);

#endif
