/* Checkpoints of a running session: Darknet weights files, and beside last.weights and each kept
 * epoch a .state file (pair.h).
 *
 * A resumed run begins anew with what is not in them: nothing can be undone by hand, the guard has
 * no accidents behind it, goes back no further than to this state and learns anew what loss is
 * usual; the caches are empty; a paused run goes on.
 */
#ifndef THAW_TRAIN_CHECKPOINT_H
#define THAW_TRAIN_CHECKPOINT_H

#include "thaw/base/err.h"

#include <stdbool.h>

struct session;
struct state;

/* The state that the session is in; the caller state_release()s it. */
void checkpoint_gather(struct state *st, struct session *s);

/* At the end of an epoch (`whole`; `best`: it is the best so far): last.weights and last.state,
 * best.weights, the kept epochs; between epochs only the last. One checkpoint event each.
 * Errors: ERR_IO when it could not be written or published; to be tried again. */
enum err checkpoint_write(struct session *s, bool whole, bool best, struct errinfo *e);

#endif
