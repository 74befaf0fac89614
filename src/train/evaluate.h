/* Looking without learning: the validation pass. */
#ifndef THAW_TRAIN_EVALUATE_H
#define THAW_TRAIN_EVALUATE_H

#include "batches.h"

struct session;

/* Probabilities of a batch's pictures; with from->flip the average of each picture's and its mirror
 * image's, and the batch is used as scratch.
 * Shape:  probs[n][classes] */
void evaluate_batch(const struct batches *from, struct batch *b, float *probs);

/* Fill s->valid_metrics and s->mistakes from the whole validation split; commands are accepted
 * meanwhile, not applied.
 * Errors: ERR_IO (a picture that cannot be read any more). */
enum err evaluate_valid(struct session *s, struct errinfo *e);

#endif
