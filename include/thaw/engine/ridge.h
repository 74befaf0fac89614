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

struct ridge_data {
	const float *features; /* [n][dim] */
	const int *labels;     /* [n], 0..classes-1 */
	/* [n] rows that must be held out together (views of one image); NULL: each alone. */
	const size_t *group;
	size_t n, dim, classes;
	int threads; /* 0 = all cores; the result does not depend on it */
};

/* Shape:  w[classes][dim]; b[classes] `lambda` is relative to the mean feature variance, summed
 * over the n images: the penalty is lambda * n * (mean variance); 0 chooses it, from 0.01 to 3, by
 * 5-fold cross-validation (the smallest within 1 % of the best cross-entropy); `used` (may be NULL)
 * tells which. The scores are then scaled by one temperature (0.1 to 50), the one that minimises
 * the cross-entropy of held-out images, so that the head is neither timid nor overconfident. With
 * fewer than 20 images a class nothing is held out.
 * Errors: ERR_NONFINITE (a feature), ERR_VALUE (nothing to fit, a label out of range, a negative
 * lambda); w and b are untouched then. */
enum err ridge_fit(const struct ridge_data *d, double lambda, float *w, float *b, double *used,
		   struct errinfo *e);

#endif
