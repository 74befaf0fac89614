/* A figure of one run as a curve of as many points as a chart has places.
 *
 * Smoothing is computed on every point of the run, from its first, also on those before the part that
 * is shown; only then are the points of one place drawn together: their mean, and the least and most
 * of what was logged there. Non-finite values are gaps. Pure.
 */
#ifndef THAW_REPORT_CURVE_H
#define THAW_REPORT_CURVE_H

#include "thaw/report/figure.h"
#include "thaw/report/smooth.h"

struct curve_wish {
	enum axis axis;
	double lo, hi; /* the part of the axis; lo < hi */
	size_t places; /* along it, at least 1 */
	struct smoothing smoothing;
};

struct curve {
	double *x, *y;   /* y: smoothed; NaN where there is a gap */
	double *lo, *hi; /* of the values as logged; NaN in a gap */
	size_t n, cap;
	size_t n_points; /* of the figure within the part that is shown */
	bool dense;      /* places hold several points: lo and hi are worth drawing */
};

/* Owns: release it with curve_release(). */
void curve_make(struct curve *k, const struct course *c, const struct figure *f,
		const struct curve_wish *wish);
void curve_release(struct curve *k);

/* The value at or before `x`, as smoothed; absent before the first, behind `end`, and in a gap. */
struct opt_double curve_at(const struct curve *k, double x, double end);

#endif
