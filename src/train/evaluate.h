/* Looking without learning: the validation pass, and the probe images. */
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

/* Fill s->valid_metrics from the whole validation split; commands are accepted meanwhile, not
 * applied.
 * Errors: ERR_IO (a picture that cannot be read any more). */
enum err evaluate_valid(struct session *s, struct errinfo *e);

/* Choose and read the probe images, and emit their thumbnails. Errors: as above. */
enum err probe_set_open(struct session *s, struct errinfo *e);
void probe_set_emit(struct session *s, int64_t epoch); /* their probabilities now */
void probe_set_release(struct session *s);

#endif
