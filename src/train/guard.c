#include "guard.h"
#include "again.h"
#include "session.h"
#include "thawing.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_finite(struct session *s)
{
	const char *what;
	return net_nonfinite_layer(s->p->net, &what) < 0;
}

/* It went on well from the fresh state. */
static void prove(struct guard *g)
{
	struct kept_state room = g->good;
	if (!g->fresh.holds)
		return;
	g->good = g->fresh;
	g->fresh = room;
	g->fresh.holds = false;
}

/* The state to go back to. What was taken just before an accident may hold its seed. */
static const struct kept_state *choose(struct guard *g)
{
	if (g->since_fresh >= GUARD_PROOF)
		prove(g);
	if (g->good.holds)
		g->fresh.holds = false;
	return g->good.holds ? &g->good : &g->fresh;
}

enum err guard_keep(struct session *s, struct errinfo *e)
{
	struct guard *g = &s->guard;
	if (!is_finite(s))
		return guard_accident(s, CAUSE_NONFINITE, "the network is not finite", e);
	if (g->fresh.holds && g->since_fresh < GUARD_PROOF)
		return ERR_OK;
	prove(g);
	g->fresh.net = net_snapshot_take(s->p->net, g->fresh.net);
	g->fresh.iter = s->at.iter;
	g->fresh.holds = true;
	g->since_fresh = 0;
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
	return ++g->since_fresh >= GUARD_EVERY ? guard_keep(s, e) : ERR_OK;
}

/* What will be done about it. */
static void add_remedy(const struct session *s, int64_t iter, struct strbuf *out)
{
	struct strbuf what = STRBUF_INIT;
	strbuf_addf(out, "going back to the weights after iteration %" PRId64 " and ",
		    iter);
	if (undo_recent(s, GUARD_RECENT, &what))
		strbuf_addf(out, "taking back what was done by hand: %s", what.buf);
	else
		strbuf_addstr(out, "halving the learning rate");
	strbuf_release(&what);
}

static void tell(struct session *s, enum cause cause, const char *what, int64_t iter)
{
	const char *in = "output";
	int layer = net_nonfinite_layer(s->p->net, &in);
	char where[64] = "";
	struct strbuf remedy = STRBUF_INIT;
	if (layer >= 0)
		snprintf(where, sizeof(where), "; first bad layer %d (%s)", layer, in);
	else if (cause == CAUSE_NONFINITE)
		snprintf(where, sizeof(where), "; every layer is, though");
	add_remedy(s, iter, &remedy);
	emit_note(s->emit, NOTE_WARN, s->at.iter, "iteration %" PRId64 ": %s%s; %s", s->at.iter,
		  what, where, remedy.buf);
	strbuf_release(&remedy);
}

/* ---- when it does not cease ---- */

static enum err give_up(const struct session *s, const char *what, struct errinfo *e)
{
	bool by_batch = session_phase(s)->batchnorm == BATCHNORM_TRAIN;
	return err_set(e, ERR_NONFINITE,
		       "%s, accident %d without %d good iterations between, at iteration %" PRId64
		       ": start with a lower lr%s, freeze more layers, or %s",
		       what, s->guard.strikes, GUARD_EVERY, s->at.iter,
		       by_batch ? " or larger batches" : "",
		       by_batch ? "use batchnorm: frozen" : "limit the gradient with train.clip");
}

static bool is_watched(const struct session *s)
{
	return control_server_viewers(s->control) > 0;
}

static void pause_to_ask(struct session *s, enum cause cause, const char *what)
{
	struct strbuf why = STRBUF_INIT, undo = STRBUF_INIT;
	strbuf_addf(&why,
		    "%s, %d accidents in a row; the weights are those after iteration %" PRId64
		    ", the learning rate is %.4g",
		    what, s->guard.strikes, choose(&s->guard)->iter, session_lr(s));
	bool any = undo_words(s, &undo);
	struct event_control ev = {.what = CONTROL_PAUSED,
				   .iter = s->at.iter,
				   .cause = cause,
				   .why = why.buf,
				   .undo = any ? undo.buf : NULL,
				   .wait = opt_of(s->p->x->train.accident_wait)};
	s->paused = true;
	emit_control_event(s->emit, &ev);
	strbuf_release(&why);
	strbuf_release(&undo);
}

/* Pause for somebody to decide, or give up where nobody may. */
static enum err ask(struct session *s, enum cause cause, const char *what, struct errinfo *e)
{
	struct errinfo end = {0};
	enum err r = give_up(s, what, &end);
	bool may_wait = s->p->x->train.accident_wait > 0 || is_watched(s) || again_is_due(s);
	if (s->p->x->train.on_accident == ON_ACCIDENT_STOP || !may_wait)
		return err_set(e, r, "%s", end.msg);
	guard_forget(s);
	s->trouble =
	    (struct trouble){.on = true, .why = xstrdup(end.msg), .since_ms = clock_ms()};
	pause_to_ask(s, cause, what);
	return ERR_OK;
}

static int64_t wait_left_ms(const struct session *s)
{
	double wait_ms = s->p->x->train.accident_wait * 1000;
	return s->trouble.since_ms + (int64_t)wait_ms - clock_ms();
}

int guard_poll_ms(const struct session *s, int most_ms)
{
	int64_t left = s->trouble.on && !is_watched(s) ? wait_left_ms(s) : most_ms;
	return left < 0 ? 0 : left < most_ms ? (int)left : most_ms;
}

enum err guard_wait(struct session *s, struct errinfo *e)
{
	struct trouble *t = &s->trouble;
	if (!t->on)
		return ERR_OK;
	if (is_watched(s))
		t->since_ms = clock_ms();
	if (wait_left_ms(s) > 0)
		return ERR_OK;
	return err_set(e, ERR_NONFINITE, "%s; nobody decided within %s", t->why,
		       words_duration(s->p->x->train.accident_wait));
}

void guard_forget(struct session *s)
{
	if (!s->trouble.on)
		return;
	free(s->trouble.why);
	s->trouble = (struct trouble){0};
	s->guard.strikes = 0;
}

/* ---- an accident ---- */

static void halve(struct session *s, enum cause cause)
{
	s->guard.strikes++;
	session_set_factor(s, s->factor / 2, cause);
}

enum err guard_accident(struct session *s, enum cause cause, const char *what, struct errinfo *e)
{
	struct guard *g = &s->guard;
	const struct kept_state *to = choose(g);
	tell(s, cause, what, to->iter);
	g->since_bad = g->since_fresh = 0;
	if (to->holds)
		net_snapshot_restore(s->p->net, to->net);
	if (undo_recent(s, GUARD_RECENT, NULL)) {
		undo_take_back(s, GUARD_RECENT);
		thawing_tell(s, CAUSE_ACCIDENT);
	} else {
		halve(s, cause);
	}
	if (!to->holds)
		return give_up(s, what, e);
	return g->strikes < GUARD_STRIKES ? ERR_OK : ask(s, cause, what, e);
}

enum err guard_begin(struct session *s, struct errinfo *e)
{
	struct kept_state *kept[] = {&s->guard.good, &s->guard.fresh};
	guard_forget(s);
	for (int i = 0; i < 2; i++)
		kept[i]->holds = false;
	s->guard = (struct guard){.good = s->guard.good, .fresh = s->guard.fresh};
	return guard_keep(s, e);
}

void guard_release(struct session *s)
{
	struct kept_state *kept[] = {&s->guard.good, &s->guard.fresh};
	for (int i = 0; i < 2; i++)
		if (kept[i]->net)
			net_snapshot_free(kept[i]->net);
	s->guard = (struct guard){0};
	guard_forget(s);
}
