/* Gradual unfreezing as a plan, phases.*.thaw_every: after every so many epochs of a phase the
 * topmost block of frozen layers (blocks.h) thaws, each layer at the rate that the phase's
 * layer_decay gives it.
 *
 * It happens when an epoch begins, logged as what the phase does. Layers that were frozen by hand
 * in this phase are passed over, whatever block they are in, until they are thawed by hand or their
 * freezing is undone; `undo` takes back what was done by hand, never what the plan has thawed.
 * Source: Howard and Ruder, Universal Language Model Fine-tuning for Text Classification (2018),
 * 3.3, which thaws a layer an epoch.
 */
#ifndef THAW_TRAIN_THAWING_H
#define THAW_TRAIN_THAWING_H

#include "preflight.h"
#include "thaw/event/event.h"

struct session;

/* What thaws next. False: nothing.
 * Shape: held: layers that stay frozen */
bool thawing_next(const struct net *net, const struct layerset *frozen, const struct layerset *held,
		  struct layerset *thaws);

/* The frozen layers at the end of each phase as planned, into p->thawed, from p->frozen; warn of a
 * plan that comes to nothing.
 * Errors: ERR_VALUE with the setting's place: nothing is frozen that could thaw */
enum err thawing_resolve(struct preflight *p, struct errinfo *e);

/* "12-15 at epoch 3, 6-11 at epoch 5" of phase i, epochs counted from its begin; nothing when
 * nothing thaws. */
void thawing_words(const struct preflight *p, size_t i, struct strbuf *out);

/* A phase has begun. */
void thawing_begin(struct session *s);

/* The next epoch is about to begin: thaw what is due. True: something has thawed. */
bool thawing_due(struct session *s);

/* What will thaw has changed: say so. Says nothing where nothing will, nor was to. */
void thawing_tell(struct session *s, enum cause cause);

/* The same in words, for a person. */
void thawing_left_words(const struct session *s, struct strbuf *out);

#endif
