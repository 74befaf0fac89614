/* The learning-rate range test: arithmetic alone. Whoever trains asks for the rate of each
 * iteration and gives back its loss; in the end it says what the curve tells.
 *
 * The rate grows by one factor from `from` to `to`. The loss is smoothed exponentially, free of the
 * bias of its begin. The test ends early once the smoothed loss is RANGE_LOST times the lowest it
 * was, and above what guessing costs (a network that knows its pictures goes from 0.01 to 0.04
 * without being lost), or is not finite.
 *
 * What is suggested is the rate at which the smoothed loss falls fastest, but no more than a tenth
 * of that at which it is lowest: there it rises already for single batches, and a rate that holds
 * for a few iterations need not hold for an epoch. The first RANGE_SKIP iterations smooth too
 * little to be lowest or steepest.
 *
 * Source: L. N. Smith, Cyclical Learning Rates for Training Neural Networks (2015), 3.3; end and
 * smoothing as people know them from fastai's lr_find.
 */
#ifndef THAW_TRAIN_RANGE_TEST_H
#define THAW_TRAIN_RANGE_TEST_H

#include "thaw/base/strbuf.h"
#include "thaw/event/event.h"

#include <stdbool.h>
#include <stddef.h>

#define RANGE_FROM 1e-6
#define RANGE_TO 1.
#define RANGE_ITERATIONS 100
#define RANGE_ITERATIONS_MIN 20
#define RANGE_MEMORY 0.9 /* weight of what was, each iteration */
#define RANGE_LOST 4
#define RANGE_SKIP 5

struct range_test {
	double from, to;
	int iterations; /* RANGE_ITERATIONS_MIN or more */
	double chance;  /* the loss of guessing, ln(classes) */
	struct event_range_point *points; /* [n] owned */
	size_t n, cap;
	double sum, weight; /* of the losses so far, each weighted by its age */
	double lowest;      /* smoothed, of those that count; above 0 */
	bool lost, cancelled;
};

/* What a finished test tells. */
struct range_finding {
	enum range_state state;
	struct opt_double suggestion, steepest, lowest; /* rates; the first has two digits */
	struct strbuf words;                            /* one sentence; owned */
};

/* 0 < from < to. */
void range_test_init(struct range_test *t, double from, double to, int iterations, int n_classes);
void range_test_release(struct range_test *t);

bool range_test_goes_on(const struct range_test *t);
double range_test_rate(const struct range_test *t); /* of the next iteration */
void range_test_add(struct range_test *t, double loss);

void range_test_find(const struct range_test *t, struct range_finding *f);
void range_finding_release(struct range_finding *f);

#endif
