/* The moments of a run that a lesson speaks of: its first freeze, its first thaw, the best epochs
 * on both sides of it.
 *
 * All pure functions of the history. "Before" and "after" are of the first thaw: the first moment
 * after training began at which more parameters learn than at its start.
 */
#ifndef THAW_LEARN_MOMENTS_H
#define THAW_LEARN_MOMENTS_H

#include "thaw/history/history.h"

#include <stdbool.h>

/* The first thaw; NULL when there was none. */
const struct history_marker *moments_thaw(const struct history *h);

/* The last epoch before the first thaw, and the best; of all epochs when there was none. */
const struct history_epoch *moments_before(const struct history *h);
const struct history_epoch *moments_best_before(const struct history *h);

/* The first epoch after the thaw, and the best; NULL when there is none. */
const struct history_epoch *moments_after(const struct history *h);
const struct history_epoch *moments_best_after(const struct history *h);

/* The freeze before the first iteration; NULL when nothing was frozen then. */
const struct history_marker *moments_first_freeze(const struct history *h);

/* There is a thaw, with epochs on both sides of it. */
bool moments_thawed(const struct history *h);

/* The rate that training began with, and the one after the thaw: the highest of an epoch, so that a
 * warm-up counts as what it leads to. NaN when not known. */
double moments_rate_head(const struct history *h);
double moments_rate_tune(const struct history *h);

/* The first one; NULL when there is none. */
const struct history_epoch *moments_overfit(const struct history *h);
const struct history_marker *moments_nonfinite(const struct history *h);

#endif
