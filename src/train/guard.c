#include "guard.h"
#include "session.h"

#include <math.h>
#include <stdio.h>

static bool is_finite(struct session *s)
{
	const char *what;
	return net_nonfinite_layer(s->p->net, &what) < 0;
}

enum err guard_keep(struct session *s, struct errinfo *e)
{
	if (!is_finite(s))
		return guard_accident(s, CAUSE_NONFINITE, "the network is not finite", e);
	s->guard.good = net_snapshot_take(s->p->net, s->guard.good);
	s->guard.good_iter = s->at.iter;
	s->guard.since_good = 0;
	return ERR_OK;
}

/* The loss that no healthy iteration reaches. What guessing costs, ln(classes), bounds the mean
 * from below: after an epoch of hits a single miss is not a disaster. */
static double highest_loss(const struct session *s)
{
	const struct guard *g = &s->guard;
	double usual = fmax(g->mean_loss, log((double)s->p->data->n_classes));
	return g->n_losses < GUARD_WARMUP ? GUARD_LOSS_MAX
					  : fmin(GUARD_LOSS_MAX, GUARD_JUMP * usual);
}

static void add_loss(struct guard *g, double loss)
{
	double share = fmax(1. / (double)++g->n_losses, 1. / GUARD_EVERY);
	g->mean_loss += share * (loss - g->mean_loss);
}

enum err guard_judge(struct session *s, const struct step_result *r, bool *good, struct errinfo *e)
{
	struct guard *g = &s->guard;
	char what[96];
	*good = false;
	if (!r->finite || !isfinite(r->loss))
		return guard_accident(s, CAUSE_NONFINITE, "the loss is not finite", e);
	if (r->loss > highest_loss(s)) {
		snprintf(what, sizeof(what), "the loss is %.4g, %.3g before: diverged", r->loss,
			 g->mean_loss);
		return guard_accident(s, CAUSE_DIVERGED, what, e);
	}
	*good = true;
	add_loss(g, r->loss);
	if (++g->since_bad >= GUARD_EVERY)
		g->strikes = 0;
	return ++g->since_good >= GUARD_EVERY ? guard_keep(s, e) : ERR_OK;
}

static void tell(struct session *s, enum cause cause, const char *what)
{
	const char *in = "output";
	int layer = net_nonfinite_layer(s->p->net, &in);
	char where[64] = "";
	if (layer >= 0)
		snprintf(where, sizeof(where), "; first bad layer %d (%s)", layer, in);
	else if (cause == CAUSE_NONFINITE)
		snprintf(where, sizeof(where), "; every layer is, though");
	emit_note(s->emit, NOTE_WARN, s->at.iter,
		  "iteration %lld: %s%s; going back to the weights after iteration %lld and "
		  "halving the learning rate",
		  (long long)s->at.iter, what, where, (long long)s->guard.good_iter);
}

enum err guard_accident(struct session *s, enum cause cause, const char *what, struct errinfo *e)
{
	struct guard *g = &s->guard;
	tell(s, cause, what);
	g->strikes++;
	g->since_bad = g->since_good = 0;
	if (g->good)
		net_snapshot_restore(s->p->net, g->good);
	session_set_factor(s, s->factor / 2, cause);
	if (g->strikes < GUARD_STRIKES && g->good)
		return ERR_OK;
	bool by_batch = session_phase(s)->batchnorm == BATCHNORM_TRAIN;
	return err_set(e, ERR_NONFINITE,
		       "%s, accident %d without %d good iterations between, at iteration %lld: "
		       "start with a lower lr%s, freeze more layers, or %s",
		       what, g->strikes, GUARD_EVERY, (long long)s->at.iter,
		       by_batch ? " or larger batches" : "",
		       by_batch ? "use batchnorm: frozen" : "limit the gradient with train.clip");
}

void guard_release(struct session *s)
{
	if (s->guard.good)
		net_snapshot_free(s->guard.good);
	s->guard.good = NULL;
}
