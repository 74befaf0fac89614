/* The end of a phase, or of the run, that a rule (rules.h) wants: told, waited with, carried out or
 * taken back.
 *
 * It is told by an `ending` control event with its reason, before the next iteration. While a viewer
 * is connected the run then waits for train.rule_wait seconds: `undo` takes the end back, and its
 * rule counts anew; `keep-going` lets no rule end this phase, or the run in it, any more. Where
 * nobody watches it comes at once. Nothing is trained in between either way, so watching changes no
 * bit. A run that ended so has finished; going on with other rules, or none, drops the end.
 */
#ifndef THAW_TRAIN_ENDING_H
#define THAW_TRAIN_ENDING_H

#include "thaw/base/strbuf.h"
#include "thaw/event/event.h"

#include <stdbool.h>
#include <stdint.h>

struct session;

enum rule_kind { RULE_NONE, RULE_UNTIL, RULE_STOP, RULE_N };

struct ending {
	enum rule_kind by; /* which wants it, not yet carried out or taken back; RULE_NONE: none */
	char *why;         /* the reason; owned; of a run that has ended so, too */
	bool told;         /* the log says so */
	bool ended;        /* the run has ended so */
	bool off;          /* keep-going: none may come in this phase */
	int64_t since_ms;  /* that an answer is waited for; monotonic */
};

/* Takes `why`. */
void ending_want(struct session *s, enum rule_kind by, char *why);

/* Is there one to carry out? A stop, a next-phase or going back have gone before it. */
bool ending_pending(const struct session *s);
/* Tell of it, once; then, when commands have been heard, carry it out. */
void ending_announce(struct session *s);
void ending_carry_out(struct session *s);
/* How long the run should wait for an answer now, at most `most_ms`; 0: no longer. */
int ending_hold_ms(struct session *s, int most_ms);
void ending_ask_anew(struct session *s); /* nobody could answer until now */

/* Both of these should be saved at once: whoever dies now must not end so after all. */

/* Take it back, for `undo`; false: there is none. `did` says what was done, as below. */
bool ending_take_back(struct session *s, enum cause cause, struct strbuf *did);
/* Let none come in this phase (`on`), or let them again. */
void ending_keep_going(struct session *s, bool on, enum cause cause, struct strbuf *did);
/* Are there rules that could end the phase that is trained now, or the run in it? */
bool ending_may_come(const struct session *s);
void ending_drop(struct session *s); /* without a word: the run is elsewhere now */

/* Why a rule has ended the run, in words; NULL: none has. */
const char *ending_reason(const struct session *s, struct strbuf *out);

void ending_release(struct session *s); /* a phase begins, or all is over */

#endif
