/* Counts over one pass of a split, and the figures made of them. Pure arithmetic.
 *
 * Invariant: the confusion matrix sums to `n`, when it is kept; rows are true classes.
 */
#ifndef THAW_TRAIN_METRICS_H
#define THAW_TRAIN_METRICS_H

#include "thaw/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metrics {
	size_t n_classes;
	int64_t n;       /* images counted */
	double loss_sum; /* nats */
	int64_t n_correct, n_top2, n_top5;
	bool has_top2;      /* false when steps were added: they do not tell */
	bool finite;        /* false once a probability was NaN or infinite */
	int64_t *confusion; /* [n_classes][n_classes], row-major, [true][predicted] */
};

void metrics_init(struct metrics *m, size_t n_classes);
void metrics_reset(struct metrics *m);
void metrics_release(struct metrics *m);

/* Count one image from its probabilities. Ties go to the lower class, as everywhere in thaw.
 * Shape: probs[n_classes] */
void metrics_add_probs(struct metrics *m, const float *probs, int label);

/* Count one training step of n images; `loss` is their mean. */
void metrics_add_step(struct metrics *m, int n, double loss, int n_correct, int n_top5);

/* Means; zeros when nothing was counted. */
struct event_score metrics_score(const struct metrics *m);

/* Validation images of class i, true positives, false positives; `name` stays NULL. */
struct event_class metrics_class(const struct metrics *m, size_t i);

#endif
