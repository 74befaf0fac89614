/* The guard against accidents: a loss that is NaN, infinite or absurd. Keeps the last good state
 * and goes back to it.
 *
 * Absurd is more than GUARD_LOSS_MAX nats, or GUARD_JUMP times the running mean once GUARD_WARMUP
 * iterations have made one. Who raised the rate or multipliers, or thawed layers, by hand no more
 * than GUARD_RECENT iterations before is taken to have caused it: that change is taken back (with
 * those of its kind just before it), with cause `accident`. Without one, and when it goes on,
 * the learning rate is halved.
 *
 * After GUARD_STRIKES halvings without GUARD_EVERY good iterations between, the run pauses and says
 * why (train.on_accident: pause). It goes on with the next `undo`, `back`, `lr` or `lr-scale` that
 * changes something, or as it is with `unpause`. While no viewer is connected it waits for
 * train.accident_wait seconds, then fails; so it does at once with train.on_accident: stop.
 *
 * A snapshot is taken at the start of each epoch, every GUARD_EVERY good iterations, and before a
 * layer is frozen or thawed by hand. It proves good when GUARD_PROOF iterations have gone on well
 * from it; until then the one before is gone back to, for it may hold the accident's seed already,
 * and no other takes its place. Going back never changes a layer that is frozen by then (net.h).
 * Invariant: a snapshot holds finite weights only.
 */
#ifndef THAW_TRAIN_GUARD_H
#define THAW_TRAIN_GUARD_H

#include "thaw/base/err.h"
#include "thaw/engine/net.h"
#include "thaw/event/event.h"

#include <stdbool.h>

#define GUARD_EVERY 50
#define GUARD_STRIKES 3
#define GUARD_PROOF 10 /* iterations */
#define GUARD_RECENT 50 /* iterations */
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

/* Go back to the last good state, take back the change by hand or halve the learning rate, tell;
 * perhaps pause. `cause` is CAUSE_NONFINITE or CAUSE_DIVERGED; `what` says what was seen, e.g. "the
 * loss is not finite".
 * Errors: ERR_NONFINITE with advice, where nobody is asked; the last good state is restored then
 * too. */
enum err guard_accident(struct session *s, enum cause cause, const char *what, struct errinfo *e);

/* The weights are others now: what was counted is forgotten, and the present state kept.
 * Errors: those of guard_keep() */
enum err guard_begin(struct session *s, struct errinfo *e);

/* While it pauses for somebody to decide: the longest sleep, at most `most_ms`; and the end of the
 * wait. Errors: ERR_NONFINITE, nobody has come. */
int guard_poll_ms(const struct session *s, int most_ms);
enum err guard_wait(struct session *s, struct errinfo *e);
void guard_forget(struct session *s); /* somebody has decided */

void guard_release(struct session *s);

#endif
