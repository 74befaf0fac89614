/* What was done by hand to the frozen layers, the rate and the multipliers, newest last, and the
 * way back.
 *
 * An entry keeps what it changed. Taking it back over the start of a later phase undoes what still
 * holds of it: the layers that it froze or thawed become as they were before, the multipliers too;
 * a rate set by hand ends with its phase, so there is nothing left of it to take back, and so does
 * what the plan is to thaw. What the plan has thawed is never taken back. A .state file keeps the
 * newest entries, so that a resumed run can still undo. A rule's cut of the rate is kept and taken
 * back like one by hand.
 *
 * Invariant: every entry changed something when it was made.
 */
#ifndef THAW_TRAIN_UNDO_H
#define THAW_TRAIN_UNDO_H

#include "thaw/base/err.h"
#include "thaw/base/layerset.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/command.h"
#include "thaw/event/event.h"

struct intervention {           /* enough to take it back */
	enum command_type type; /* CMD_FREEZE (or unfreeze), CMD_LR, _LR_SCALE, _THAW_EVERY,
				 * _KEEP_GOING */
	bool by_rule;           /* nobody's hand did it; of CMD_LR */
	int64_t iter;           /* iterations completed when it took effect */
	int64_t phase;          /* in which it was done */
	struct layerset frozen, now; /* before it and after; of CMD_FREEZE */
	struct layerset held;        /* what the plan was not to thaw before it; of CMD_FREEZE */
	int thaw_every;              /* before it; of CMD_THAW_EVERY */
	double factor, value;        /* before it and after; of CMD_LR */
	double *scales;              /* before it; of CMD_LR_SCALE; owned */
};

struct session;

/* Remember what is about to be changed, before it is. */
void undo_remember_frozen(struct session *s, const struct layerset *now);
void undo_remember_factor(struct session *s, double value, enum cause cause);
void undo_remember_scales(struct session *s);
void undo_remember_every(struct session *s);
void undo_remember_keep_going(struct session *s);

/* The plan has thawed these layers: nothing that is taken back freezes them again. */
void undo_thawed(struct session *s, const struct layerset *thawed);

/* Of the two ways back: what the plan will thaw may be other than before, which the caller tells
 * (thawing_tell()). */

/* Take back the newest that still holds; entries of which nothing does are dropped on the way.
 * `did` says what was done, or why nothing was (false). */
bool undo_last(struct session *s, enum cause cause, struct strbuf *did);

/* What that would take back, e.g. "learning rate x4 at iteration 120"; false: nothing. */
enum command_type undo_type(const struct session *s); /* CMD_N: there is nothing */
bool undo_words(const struct session *s, struct strbuf *out);

/* After an accident: take back the newest entry, with all of its kind just below it, while they are
 * no older than `recent` iterations; none when together they raised nothing and thawed nothing.
 * `what` (may be NULL): in words. False: there is none. */
bool undo_recent(const struct session *s, int64_t recent, struct strbuf *what);
void undo_take_back(struct session *s, int64_t recent);

/* Forget all; of a state, and for one, at most `most` bytes: the oldest are left out. */
void undo_clear(struct session *s);
void undo_decode(struct session *s, const char *text);
void undo_encode(const struct session *s, size_t most, struct strbuf *out);

/* What was done after iteration `iter`, or as an entry beyond the first `n` at it, in words. */
void undo_since(const struct session *s, int64_t iter, size_t n, struct strbuf *out);

#endif
