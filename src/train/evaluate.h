/* Looking without learning: the validation pass. */
#ifndef THAW_TRAIN_EVALUATE_H
#define THAW_TRAIN_EVALUATE_H

#include "thaw/base/err.h"
#include "thaw/engine/net.h"

#include <stdint.h>

struct session;

/* Probabilities of n pictures; with `flip` the average of each picture's and its mirror image's.
 * `x` is used as scratch then. `key` may be NULL.
 * Shape:  x[n][3][h][w]; probs[n][classes] */
void evaluate_batch(struct net *net, float *x, const uint64_t *key, int n, bool flip, float *probs);

/* Mirror n pictures in place, left to right. */
void evaluate_mirror(float *x, int n, int c, int h, int w);

/* Fill s->valid_metrics and s->mistakes from the whole validation split; commands are accepted
 * meanwhile, not applied.
 * Errors: ERR_IO (a picture that cannot be read any more). */
enum err evaluate_valid(struct session *s, struct errinfo *e);

#endif
