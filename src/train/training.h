/* The training itself: phases of epochs of iterations. */
#ifndef THAW_TRAIN_TRAINING_H
#define THAW_TRAIN_TRAINING_H

#include "thaw/base/err.h"

struct session;

/* The first three stages (they were done by the preflight and are told now), then every phase.
 * A run that goes on does so where its session stands. Returns when the plan is done (s->complete)
 * or s->stopping. Errors: ERR_IO, ERR_NONFINITE; the weights are the last good ones then. */
enum err training_run(struct session *s, struct errinfo *e);

#endif
