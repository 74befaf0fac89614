/* A learning-rate range test beside a run: between two iterations, of the layers that learn, with
 * the pictures that come next, and from there on the run goes on as if nothing had been.
 *
 * Weights, momentum and rolling statistics are kept and put back to the bit; the loader, the guard,
 * the schedule and the random numbers are not touched. What the test puts into the activation cache
 * is what the run itself would.
 */
#ifndef THAW_TRAIN_ASIDE_H
#define THAW_TRAIN_ASIDE_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/event.h"

#include <stdbool.h>

struct session;

struct aside {
	enum cause cause;
	bool (*stop)(void *arg); /* asked before each iteration; true cancels */
	void *arg;
	/* What came of it: */
	bool found;          /* a rate is suggested; a sentence either way */
	struct strbuf words; /* owned by the caller */
};

/* Make the test and tell it: how far it is, then its curve.
 * Errors: those of sweep_run(), after which the run is as it was all the same */
enum err aside_find_lr(struct session *s, struct aside *a, struct errinfo *e);

#endif
