#include "take_up.h"
#include "phases.h"
#include "session.h"
#include "thaw/base/run_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A state that was written for another plan: fewer phases, other iterations. */
static bool fits(const struct state *st, const struct session *s)
{
	int64_t per_epoch = s->p->iters_per_epoch, whole = st->iter_in_phase - st->iter_in_epoch;
	bool open = st->epoch == st->epochs_done + 1, done = st->epoch == st->epochs_done;
	return st->phase >= 0 && (uint64_t)st->phase < s->p->x->n_phases && (open || done) &&
	       st->epochs_done >= 0 && st->iter_in_epoch >= 0 && st->iter_in_epoch <= per_epoch &&
	       whole >= 0 && whole % per_epoch == 0 && st->iter >= st->iter_in_phase &&
	       st->seen >= 0 && st->factor > 0 && isfinite(st->factor) && st->running_n >= 0 &&
	       st->running_n <= (int64_t)s->p->data->train.n;
}

static bool parse_frozen(const struct state *st, const struct session *s, struct layerset *out)
{
	struct net *net = s->p->net;
	return layerset_parse(out, st->frozen, net_n_layers(net), net_head(net), NULL) == ERR_OK;
}

enum err take_up_check(const struct state *st, const struct session *s, struct errinfo *e)
{
	struct layerset frozen;
	if (fits(st, s) && parse_frozen(st, s, &frozen))
		return ERR_OK;
	return err_set(e, ERR_MISMATCH,
		       "%s: " RUN_STATE " does not fit the plan in " RUN_EXPERIMENT
		       ": phases that have begun cannot be taken out; put them back",
		       s->dir.path);
}

/* "12:0x1p-3 13:0x1p-3"; a number that fits no layer is no reason not to go on. */
static void apply_scales(const struct state *st, struct session *s)
{
	const char *p = st->scales;
	long layer;
	char *end;
	memset(s->scales, 0, (size_t)net_n_layers(s->p->net) * sizeof(*s->scales));
	while (layer = strtol(p, &end, 10), end != p && *end == ':') {
		double scale = strtod(p = end + 1, &end);
		if (end == p)
			return;
		if (layer >= 0 && layer < net_n_layers(s->p->net) && scale >= COMMAND_SCALE_MIN &&
		    scale <= COMMAND_SCALE_MAX)
			s->scales[layer] = scale;
		p = end;
	}
}

/* A text that fits no layers is no reason not to go on, nor is a number that is none. */
static void apply_thawing(const struct state *st, struct session *s)
{
	const struct net *net = s->p->net;
	bool sane = st->thaw_every > 0 && st->thaw_every <= COMMAND_THAW_EVERY_MAX;
	s->thaw_every = sane ? (int)st->thaw_every : 0;
	if (layerset_parse(&s->held, *st->held ? st->held : "none", net_n_layers(net),
			   net_head(net), NULL))
		layerset_clear(&s->held, net_n_layers(net));
}

static void apply_running(const struct state *st, struct session *s)
{
	metrics_reset(&s->running);
	s->running.n = st->running_n;
	s->running.n_correct = st->running_correct;
	s->running.n_top5 = st->running_top5;
	s->running.loss_sum = st->running_loss;
	s->running.has_top2 = st->running_n == 0;
}

void take_up_position(const struct state *st, struct session *s)
{
	s->at = (struct position){
	    .phase = (size_t)st->phase,
	    .epoch = st->epoch,
	    .epochs_done = st->epochs_done,
	    .iter = st->iter,
	    .iter_in_phase = st->iter_in_phase,
	    .iter_in_epoch = st->iter_in_epoch,
	    .seen = (uint64_t)st->seen,
	};
	s->factor = st->factor;
	s->last_lr = st->last_lr;
	s->next_phase = st->next_phase;
	apply_running(st, s);
	apply_scales(st, s);
	apply_thawing(st, s);
	undo_decode(s, st->undo);
	rules_decode(s, st);
}

bool take_up_moments(const struct state *st, const struct session *s)
{
	return strcmp(st->optimizer, optimizer_name(s->p->x->train.optimizer)) == 0;
}

enum err take_up_network(const struct state *st, struct session *s, struct errinfo *e)
{
	struct net *net = s->p->net;
	struct layerset frozen;
	if (!parse_frozen(st, s, &frozen))
		return err_set(e, ERR_MISMATCH, "its frozen layers are another network's");
	phases_set_scales(session_phase(s), s->scales, net);
	net_set_frozen(net, &frozen);
	if (!take_up_moments(st, s))
		return ERR_OK;
	return net_state_read(net, st->momentum.buf, st->momentum.len, e);
}
