#include "thawing.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/base/blocks.h"
#include "thaw/base/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool thawing_next(const struct net *net, const struct layerset *frozen, const struct layerset *held,
		  struct layerset *thaws)
{
	int n = net_n_layers(net), lo, hi;
	struct block_layer *layers = xcalloc((size_t)n, sizeof(*layers));
	struct layerset left = *frozen;
	for (int i = 0; i < n; i++) {
		struct layer_info l;
		net_layer(net, i, &l);
		layers[i] = (struct block_layer){.learns = l.n_params > 0,
						 .shrinks = l.out_w * l.out_h < l.in_w * l.in_h};
	}
	layerset_remove(&left, held);
	bool any = block_next(layers, &left, &lo, &hi);
	layerset_clear(thaws, n);
	for (int i = lo; any && i <= hi; i++)
		layerset_set(thaws, i, layerset_has(&left, i));
	free(layers);
	return any;
}

/* ---- as planned ---- */

/* One step after the other, as long as the phase lasts. */
struct course {
	const struct net *net;
	struct layerset frozen, held;
	int64_t every, epochs; /* of the phase */
	int64_t at;            /* epochs of the phase that have ended by now */
};

/* Go on to the next step. False when none is left. */
static bool course_next(struct course *c, struct layerset *thaws)
{
	if (c->every <= 0)
		return false;
	c->at = (c->at / c->every + 1) * c->every;
	if (c->at >= c->epochs || !thawing_next(c->net, &c->frozen, &c->held, thaws))
		return false;
	layerset_remove(&c->frozen, thaws);
	return true;
}

static struct course planned(const struct preflight *p, size_t i)
{
	struct course c = {.net = p->net,
			   .frozen = p->frozen[i],
			   .every = p->x->phases[i].thaw_every,
			   .epochs = p->x->phases[i].epochs};
	layerset_clear(&c.held, net_n_layers(p->net));
	return c;
}

static enum err check_phase(struct preflight *p, size_t i, struct errinfo *e)
{
	const struct phase_config *ph = &p->x->phases[i];
	struct layerset none, thaws;
	char key[48];
	snprintf(key, sizeof(key), "phases.%zu.thaw_every", i);
	layerset_clear(&none, net_n_layers(p->net));
	if (!ph->thaw_every)
		return ERR_OK;
	if (!thawing_next(p->net, &p->frozen[i], &none, &thaws))
		return err_set(e, ERR_VALUE,
			       "%s: phase %s: thaw_every: nothing is frozen in this phase, so nothing "
			       "can thaw; set its freeze, e.g. base, or remove thaw_every",
			       experiment_where(p->x, key), ph->name);
	if (ph->thaw_every >= ph->epochs)
		warnings_add(&p->warnings,
			     "%s: phase %s: thaw_every: the first block would thaw after %s, but the "
			     "phase has %d: nothing will",
			     experiment_where(p->x, key), ph->name,
			     words_n(ph->thaw_every, "epoch"), ph->epochs);
	return ERR_OK;
}

enum err thawing_resolve(struct preflight *p, struct errinfo *e)
{
	enum err r = ERR_OK;
	p->thawed = xcalloc(p->x->n_phases, sizeof(*p->thawed));
	for (size_t i = 0; i < p->x->n_phases && !r; i++) {
		struct course c = planned(p, i);
		struct layerset thaws;
		r = check_phase(p, i, e);
		while (course_next(&c, &thaws))
			;
		p->thawed[i] = c.frozen;
	}
	return r;
}

static void add_words(struct course *c, int64_t first_epoch, struct strbuf *out)
{
	struct layerset thaws;
	size_t start = out->len;
	while (course_next(c, &thaws)) {
		strbuf_addstr(out, out->len > start ? ", " : "");
		layerset_format(&thaws, out);
		strbuf_addf(out, " at epoch %" PRId64, first_epoch + c->at);
	}
}

void thawing_words(const struct preflight *p, size_t i, struct strbuf *out)
{
	struct course c = planned(p, i);
	add_words(&c, 1, out);
}

/* ---- in a run ---- */

static bool is_open(const struct session *s)
{
	return s->at.epoch > s->at.epochs_done;
}

/* The number of the phase's first epoch. */
static int64_t first_epoch(const struct session *s)
{
	return s->at.epochs_done + 1 - session_epochs_in_phase(s);
}

/* From where the run stands. What was due when the open epoch began has thawed; what is due when
 * the next one begins has not. */
static struct course left(const struct session *s)
{
	int64_t ended = session_epochs_in_phase(s);
	return (struct course){.net = s->p->net,
			       .frozen = *net_frozen(s->p->net),
			       .held = s->held,
			       .every = s->thaw_every,
			       .epochs = session_phase(s)->epochs,
			       .at = ended - (ended > 0 && !is_open(s))};
}

void thawing_begin(struct session *s)
{
	s->thaw_every = session_phase(s)->thaw_every;
	layerset_clear(&s->held, net_n_layers(s->p->net));
	thawing_tell(s, CAUSE_PHASE);
}

bool thawing_due(struct session *s)
{
	int64_t ended = session_epochs_in_phase(s);
	struct net *net = s->p->net;
	struct layerset thaws, now = *net_frozen(net);
	if (s->thaw_every <= 0 || ended <= 0 || ended % s->thaw_every ||
	    !thawing_next(net, &now, &s->held, &thaws))
		return false;
	layerset_remove(&now, &thaws);
	session_set_frozen(s, &now, CAUSE_PHASE);
	undo_thawed(s, &thaws);
	return true;
}

void thawing_tell(struct session *s, enum cause cause)
{
	struct course c = left(s);
	struct event_thaw_step *steps = NULL;
	size_t n = 0, cap = 0;
	struct layerset thaws;
	int64_t first = first_epoch(s);
	while (course_next(&c, &thaws)) {
		struct strbuf text = STRBUF_INIT;
		layerset_format(&thaws, &text);
		ALLOC_GROW(steps, n + 1, cap);
		steps[n++] = (struct event_thaw_step){first + c.at, strbuf_detach(&text)};
	}
	if (n || s->thaw_told)
		emit_thaw(s->emit, &(struct event_thaw){s->at.iter, cause, s->thaw_every, steps, n});
	s->thaw_told = n > 0;
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)steps[i].layers);
	free(steps);
}

void thawing_left_words(const struct session *s, struct strbuf *out)
{
	struct course c = left(s);
	add_words(&c, first_epoch(s), out);
}
