/* A range test (range_test.h) put to a network: it learns from the pictures that would come next,
 * with the experiment's own augmentation, momentum, decay and clipping, at rising rates.
 *
 * It spoils the weights: whoever needs them again takes a snapshot. Pictures come from a loader of
 * its own, so that nobody else's place is lost; where they come to an end the next epoch's begin.
 */
#ifndef THAW_TRAIN_SWEEP_H
#define THAW_TRAIN_SWEEP_H

#include "preflight.h"
#include "range_test.h"

struct sweep {
	const struct preflight *p; /* its network as it is: frozen set, batch-norm, multipliers */
	int64_t epoch;             /* 1-based, whose views and order come first, */
	size_t start;              /* from this picture of it on */
	/* Before each iteration; false cancels. */
	bool (*go_on)(void *arg, const struct range_test *t);
	void *arg;
};

/* Is a view of a training picture one that comes again? Then the activation cache may keep it. */
bool sweep_views_repeat(const struct experiment *x);

/* Errors: those of loader_next() */
enum err sweep_run(const struct sweep *w, struct range_test *t, struct errinfo *e);

#endif
