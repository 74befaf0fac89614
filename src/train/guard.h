/* The guard against NaN and infinity: keeps the last finite state and goes back to it.
 *
 * A snapshot is taken at the start of each epoch, every GUARD_EVERY finite iterations, and
 * before a layer is frozen or thawed by hand (so that going back never changes a layer that is
 * frozen by then). Invariant: a snapshot holds finite weights only.
 */
#ifndef THAW_TRAIN_GUARD_H
#define THAW_TRAIN_GUARD_H

#include "thaw/base/err.h"

#include <stdbool.h>

#define GUARD_EVERY 50
#define GUARD_STRIKES 3

struct session;

/* Keep the present state, when it is finite. Errors: those of guard_accident(), which is called
 * otherwise. */
enum err guard_keep(struct session *s, struct errinfo *e);

/* Count a finite iteration; keeps its state when it is time. Errors: as above. */
enum err guard_good(struct session *s, struct errinfo *e);

/* Go back to the last good state, halve the learning rate, tell. `what` says where it showed,
 * e.g. "the loss".
 * Errors: ERR_NONFINITE with advice after GUARD_STRIKES accidents without GUARD_EVERY good
 * iterations between; the last good state is restored then too. */
enum err guard_accident(struct session *s, const char *what, struct errinfo *e);

void guard_release(struct session *s);

#endif
