/* Closed-form ridge regression from features to one-hot classes, turned into a softmax head.
 *
 * Features and targets are centred, so the bias is not penalised. All sums are in double, in one
 * fixed order: the same input gives the same bits. The cost is n * dim^2 + dim^3 / 3; a few
 * thousand features are fine. Source: Hoerl & Kennard, "Ridge Regression", Technometrics 1970; the
 * solution of the normal equations by Cholesky.
 */
#ifndef THAW_ENGINE_RIDGE_H
#define THAW_ENGINE_RIDGE_H

#include "thaw/base/err.h"

#include <stddef.h>

/* Shape:  features[n][dim]; labels[n] in 0..classes-1; w[classes][dim]; b[classes]
 * `lambda` (>= 0) is relative to the mean feature variance, summed over the n images: the penalty
 * is lambda * n * (mean variance). The scores are then scaled by one temperature (0.1 to 50) that
 * minimises the cross-entropy on the same features, so that the head starts calibrated rather than
 * timid. Errors: ERR_NONFINITE (a feature), ERR_VALUE (nothing to fit, a label out of range, a
 * negative lambda); w and b are untouched then. */
enum err ridge_fit(const float *features, const int *labels, size_t n, size_t dim, size_t classes,
		   double lambda, float *w, float *b, struct errinfo *e);

#endif
