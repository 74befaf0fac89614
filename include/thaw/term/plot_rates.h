/* The curve of a learning-rate range test: loss over rates on a logarithmic axis, single losses as
 * points behind the smoothed line, marks at two rates.
 *
 * Pure drawing. The losses shown are those that tell something: what is far above where the curve
 * began and ends it is cut off.
 */
#ifndef THAW_TERM_PLOT_RATES_H
#define THAW_TERM_PLOT_RATES_H

#include "thaw/term/plot.h"

struct rate_curve {
	const double *rates;          /* [n] above 0, ascending */
	const double *losses;         /* [n] of single batches; may hold what is not finite */
	const double *smooth;         /* [n] the same */
	size_t n;
	double suggestion, lowest;    /* rates; NaN: no mark */
};

/* False when there is no room, or nothing to draw. */
bool plot_rates(struct canvas *c, struct rect area, const struct rate_curve *k);

#endif
