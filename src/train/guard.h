/* The guard against accidents: a loss that is NaN, infinite or absurd. Keeps the last good state
 * and goes back to it.
 *
 * Absurd is more than GUARD_LOSS_MAX nats, or GUARD_JUMP times the running mean once GUARD_WARMUP
 * iterations have made one. A snapshot is taken at the start of each epoch, every GUARD_EVERY good
 * iterations, and before a layer is frozen or thawed by hand (so that going back never changes a
 * layer that is frozen by then). Invariant: a snapshot holds finite weights only.
 */
#ifndef THAW_TRAIN_GUARD_H
#define THAW_TRAIN_GUARD_H

#include "thaw/base/err.h"
#include "thaw/engine/net.h"
#include "thaw/event/event.h"

#include <stdbool.h>

#define GUARD_EVERY 50
#define GUARD_STRIKES 3
#define GUARD_LOSS_MAX 1e4 /* nats */
#define GUARD_JUMP 100
#define GUARD_WARMUP 10

struct session;

/* Keep the present state, when it is finite. Errors: those of guard_accident(), which is called
 * otherwise. */
enum err guard_keep(struct session *s, struct errinfo *e);

/* Judge an iteration by its loss: a good one is counted, and its state kept when it is time; any
 * other is an accident. Errors: as above. */
enum err guard_judge(struct session *s, const struct step_result *r, bool *good, struct errinfo *e);

/* Go back to the last good state, halve the learning rate, tell. `cause` is CAUSE_NONFINITE or
 * CAUSE_DIVERGED; `what` says what was seen, e.g. "the loss is not finite".
 * Errors: ERR_NONFINITE with advice after GUARD_STRIKES accidents without GUARD_EVERY good
 * iterations between; the last good state is restored then too. */
enum err guard_accident(struct session *s, enum cause cause, const char *what, struct errinfo *e);

void guard_release(struct session *s);

#endif
