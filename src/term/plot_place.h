/* Inside plot.c and plot_curve.c: where a value stands in the field, in dots and in cells. */
#ifndef TERM_PLOT_PLACE_H
#define TERM_PLOT_PLACE_H

#include "thaw/term/plot.h"

#include <math.h>

/* The whole number nearest to `v`, between the two; `lo` for what is none. */
static inline int whole(double v, int lo, int hi)
{
	return !(v > lo) ? lo : v >= hi ? hi : (int)lround(v);
}

/* Where a value stands between y0 and y1; NaN when the scale cannot show it. */
static inline double scaled(const struct plot *p, double y)
{
	return p->scale == PLOT_LOG ? y > 0 ? log10(y) : NAN : y;
}

/* A value as a dot number, kept near the field so that wild values cost nothing. */
static inline int dot_of(double share, int dots)
{
	return whole(share * (dots - 1), -dots, 2 * dots);
}

static inline int dot_x(const struct plot *p, double x)
{
	return dot_of((x - p->x0) / (p->x1 - p->x0), p->r.w * 2);
}

static inline int dot_y(const struct plot *p, double y)
{
	return dot_of((p->y1 - scaled(p, y)) / (p->y1 - p->y0), p->r.h * 4);
}

static inline int row_of(const struct plot *p, double y)
{
	return p->r.y + dot_y(p, y) / 4;
}

#endif
