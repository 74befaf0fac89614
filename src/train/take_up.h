/* Putting a session, and its network, where a state says that a run was: of a run that goes on, or
 * that goes back to a kept point.
 *
 * In two steps, between which the way is chosen in which the layers learn (batch-norm): the
 * moments were those of the layers that learnt in it. The weights that belong to the state are
 * loaded between them too, or before. Invariant: what take_up_check() has passed is not refused by
 * the first step.
 */
#ifndef THAW_TRAIN_TAKE_UP_H
#define THAW_TRAIN_TAKE_UP_H

#include "state.h"

#include <stdbool.h>

struct session;

/* Was the state written for this plan? Errors: ERR_MISMATCH. */
enum err take_up_check(const struct state *st, const struct session *s, struct errinfo *e);

/* Position, rate, multipliers set by hand, what can be undone. The best so far is left alone. */
void take_up_position(const struct state *st, struct session *s);

/* Are the state's moments of the experiment's optimiser? Others are of no use, and are left out. */
bool take_up_moments(const struct state *st, const struct session *s);

/* Multipliers, frozen layers, moments. Errors: ERR_MISMATCH, ERR_FORMAT (the moments are another
 * network's). */
enum err take_up_network(const struct state *st, struct session *s, struct errinfo *e);

#endif
