/* Going back to a kept point while the run goes on: its weights, momentum, position, rate, frozen
 * layers, and what could be undone then. What was learnt and set by hand since is dropped, and
 * told; last.weights become those of that point. best.weights stay, whatever epoch they are of.
 *
 * Invariant: from there it trains what it would have trained then, to the bit.
 */
#ifndef THAW_TRAIN_BACK_H
#define THAW_TRAIN_BACK_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/command.h"
#include "thaw/event/event.h"

struct session;

/* Between two iterations; s->moved is set. `did` says where it stands now and what was dropped.
 * Errors: ERR_STATE (the point lies ahead, or something waits to be saved), those of
 *         pair_read_point(); nothing is changed then */
enum err back_to(struct session *s, const struct point *p, enum cause cause, struct strbuf *did,
		 struct errinfo *e);

#endif
