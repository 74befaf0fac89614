/* Figures of every layer with weights, once an epoch: norms, and the time it takes.
 *
 * They are sampled in the last few iterations of an epoch; only then is the clock read layer by
 * layer. An epoch that ends early was perhaps not sampled: norms alone are told. Invariant: nothing
 * is changed but what is measured.
 */
#ifndef THAW_TRAIN_LAYER_STATS_H
#define THAW_TRAIN_LAYER_STATS_H

#include "thaw/engine/net.h"

#include <stdbool.h>
#include <stdint.h>

struct session;

struct layer_stats {
	bool sampling;
	int64_t n_images; /* in the sampled iterations; 0: there were none */
	double *updates;  /* [layers] sum of the norms of the updates; NULL before the first */
	int *n_updates;   /* [layers] in it */
	struct layer_time *times; /* [layers] of the sampled iterations */
};

/* Around each iteration's net_step(). */
void layer_stats_before(struct session *s);
void layer_stats_after(struct session *s, const struct step_result *r, int n_images);

/* Stop looking, when an epoch's iterations are done; then say what was seen. */
void layer_stats_stop(struct session *s);
void layer_stats_emit(struct session *s);
void layer_stats_release(struct session *s);

#endif
