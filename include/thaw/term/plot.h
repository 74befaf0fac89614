/* Line charts in a rectangle of cells: axes with round numbers, Braille curves, points, vertical
 * marks.
 *
 * A curve cell holds 2 x 4 dots. Values that are not finite leave a gap. Pure drawing: it knows
 * nothing of runs or epochs.
 */
#ifndef THAW_TERM_PLOT_H
#define THAW_TERM_PLOT_H

#include "thaw/term/canvas.h"

#include <stddef.h>

enum plot_scale {
	PLOT_LINEAR,
	PLOT_PERCENT, /* y as whole percent of 1 */
	PLOT_LOG      /* values not above zero leave a gap */
};

struct plot {
	struct canvas *canvas;
	struct rect r;         /* the field of the curves, without axes */
	double x0, x1, y0, y1; /* ranges; x0 < x1 and y0 < y1 always; log10 of y when logarithmic */
	enum plot_scale scale;
	uint32_t letter; /* of lines where there are no Braille dots; 0 = signs for their height */
};

#define PLOT_APART 3       /* columns between points that are still told apart */
#define PLOT_DOTTED 0x250A /* the line below a mark: everything is drawn over it */

struct plot_count { /* the whole things that the x axis counts */
	double per_x;     /* of them to one of x */
	const char *name; /* before the first number, of at most a few columns; "" = none */
};

struct range {
	double lo, hi;
	bool any; /* false until a finite value was seen */
};

void range_add(struct range *r, double v);

/* A step of 1, 2 or 5 times a power of ten that gives at most `most` steps over `span` (> 0). */
double nice_step(double span, int most);

/* Give every range some air above and below, and an equal or missing one a width. A range that
 * starts at or above zero stays there; `most` (e.g. 1 for shares) is never crossed by one that
 * did not. */
void padded_range(struct range *r, double most);

/* Draw the axes for these ranges into `area` and set up the field that is left. False when there
 * is no room. The numbers of the x axis are whole, those of the y axis 1, 2 or 5 times a power of
 * ten apart. */
bool plot_begin(struct plot *p, struct canvas *c, struct rect area, struct range x, struct range y,
		enum plot_scale scale);
bool plot_begin_counting(struct plot *p, struct canvas *c, struct rect area, struct range x,
			 struct range y, enum plot_scale scale, struct plot_count count);

/* Join consecutive points, from left to right. */
void plot_line(struct plot *p, const double *xs, const double *ys, size_t n, struct style s);

/* A thin shade from the least to the most at each place, behind every curve.
 * Shape: xs, lo, hi[n] */
void plot_band(struct plot *p, const double *xs, const double *lo, const double *hi, size_t n,
	       struct style s);

/* Whether points lie at least PLOT_APART columns apart: nearer ones are beads, and hide the line.
 */
bool plot_points_apart(const struct plot *p, const double *xs, size_t n);

void plot_point(struct plot *p, double x, double y, uint32_t ch, struct style s);

/* One character for a curve, at its last point where no other's stands. */
void plot_end(struct plot *p, const double *xs, const double *ys, size_t n, uint32_t ch,
	      struct style s);

/* One character a point, while they lie apart. */
void plot_points(struct plot *p, const double *xs, const double *ys, size_t n, uint32_t ch,
		 struct style s);

/* A dotted vertical line over the field with a character at its top; characters of marks on one
 * column stand below each other while a third or a quarter of the field has room for them. */
void plot_mark(struct plot *p, double x, uint32_t top, struct style s);

/* A vertical line over the whole field, behind what is drawn there; nothing for NaN. */
void plot_rule(struct plot *p, double x, uint32_t ch, struct style s);

/* An arrow at the edge over or under every column whose points lie beyond the field, and behind
 * each group of arrows how far it goes. */
void plot_beyond(struct plot *p, const double *xs, const double *ys, size_t n, struct style s);

/* Column of a value, -1 outside. */
int plot_column(const struct plot *p, double x);

#endif
