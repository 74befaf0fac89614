/* Rules while a run trains: at each epoch's end they look at its figures, and may cut the rate
 * (`plateau`), or want the phase (`until`, `stop` with ends: phase) or the run (`stop`) to end
 * (ending.h).
 *
 * They count anew in each phase. A cut is an intervention like one by hand, with cause `rule`:
 * `undo` takes it back. Counts are in the .state file. Invariant: what the rules do depends on the
 * figures of epochs, on commands and on the settings alone.
 */
#ifndef THAW_TRAIN_RULES_H
#define THAW_TRAIN_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct experiment;
struct session;
struct state;

struct rule_count { /* of the phase's epochs so far */
	bool any;
	double base; /* the figure since which there was no gain, of more than min_delta */
	double best; /* the best of all, */
	int64_t best_epoch; /* and whose it is */
	int64_t idle; /* epochs without one */
	int64_t rest; /* to come that do not count */
};

struct rules {
	struct rule_count stop, plateau;
};

/* A phase begins. */
void rules_begin(struct session *s);

/* An epoch has ended and is told: count, cut the rate, decide on an end. */
void rules_judge(struct session *s);

/* To a state and back, ends to come included (ending.h). What was counted by another figure is not
 * taken up, nor is an end by a rule that is another now. */
void rules_encode(const struct session *s, struct state *st);
void rules_decode(struct session *s, const struct state *st);
/* Does a state say that a rule, as `x` has it still, is to end the run? */
bool rules_have_ended(const struct state *st, const struct experiment *x);
/* The end that a rule has brought, and what the stop rule has counted: both begin anew. */
void rules_forget(struct state *st);

#endif
