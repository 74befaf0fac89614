#include "guard.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

/* Outputs need no look here: after a finite loss they were finite, and after going back they are
 * history. */
static bool weights_finite(struct session *s)
{
	const char *what = "";
	return net_nonfinite_layer(s->p->net, &what) < 0 || strcmp(what, "weights") != 0;
}

enum err guard_keep(struct session *s, struct errinfo *e)
{
	if (!weights_finite(s))
		return guard_accident(s, "the network", e);
	s->guard.good = net_snapshot_take(s->p->net, s->guard.good);
	s->guard.good_iter = s->at.iter;
	s->guard.since_good = 0;
	return ERR_OK;
}

enum err guard_good(struct session *s, struct errinfo *e)
{
	struct guard *g = &s->guard;
	if (++g->since_bad >= GUARD_EVERY)
		g->strikes = 0;
	return ++g->since_good >= GUARD_EVERY ? guard_keep(s, e) : ERR_OK;
}

static void tell(struct session *s, const char *what)
{
	const char *in = "output";
	int layer = net_nonfinite_layer(s->p->net, &in);
	char where[64] = "every layer is, though";
	if (layer >= 0)
		snprintf(where, sizeof(where), "first bad layer %d (%s)", layer, in);
	emit_note(s->emit, NOTE_WARN, s->at.iter,
		  "iteration %lld: %s is not finite; %s; going back to the weights after iteration "
		  "%lld and "
		  "halving the learning rate",
		  (long long)s->at.iter, what, where, (long long)s->guard.good_iter);
}

enum err guard_accident(struct session *s, const char *what, struct errinfo *e)
{
	struct guard *g = &s->guard;
	tell(s, what);
	g->strikes++;
	g->since_bad = g->since_good = 0;
	if (g->good)
		net_snapshot_restore(s->p->net, g->good);
	session_set_factor(s, s->factor / 2, CAUSE_NONFINITE);
	if (g->strikes < GUARD_STRIKES && g->good)
		return ERR_OK;
	return err_set(
	    e, ERR_NONFINITE,
	    "%s was not finite, accident %d without %d good iterations between, at iteration %lld: "
	    "start with a lower lr, freeze more layers, or use batchnorm: frozen",
	    what, g->strikes, GUARD_EVERY, (long long)s->at.iter);
}

void guard_release(struct session *s)
{
	if (s->guard.good)
		net_snapshot_free(s->guard.good);
	s->guard.good = NULL;
}
