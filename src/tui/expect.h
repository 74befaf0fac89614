/* What an epoch would cost with other layers frozen: pure arithmetic on a history.
 *
 * The work of an epoch is the forward pass of every picture above what the activation cache keeps,
 * and the backward pass of the training pictures down to the lowest layer that learns. Layers count
 * as their measured milliseconds where the log has them, else as their operations at the pace of
 * the others. The last epoch's clock calibrates the whole.
 */
#ifndef TUI_EXPECT_H
#define TUI_EXPECT_H

#include "thaw/history/history.h"

/* Parameters that learn when these layers are frozen. */
int64_t expect_learning(const struct history *h, const struct layerset *frozen);

/* Seconds of one epoch, validation included: the last one's, and about how long those will take
 * once the cache is filled. False when the log does not tell enough. */
bool expect_seconds(const struct history *h, const struct layerset *frozen, double *last,
		    double *then);

enum cache_fate {
	CACHE_UNKNOWN,    /* this run keeps nothing, or has not said so yet */
	CACHE_STAYS,
	CACHE_STARTS_OVER /* at *layer, -1 = there is nothing to keep any more */
};

/* What becomes of the activation cache; *layer: the last layer whose output is kept then. */
enum cache_fate expect_cache(const struct history *h, const struct layerset *frozen, int *layer);

#endif
