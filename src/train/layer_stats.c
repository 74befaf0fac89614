#include "layer_stats.h"
#include "session.h"
#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLED = 4 }; /* iterations of an epoch */

static void begin(struct session *s)
{
	struct layer_stats *l = &s->stats;
	size_t n = (size_t)net_n_layers(s->p->net);
	if (!l->updates) {
		l->updates = xcalloc(n, sizeof(*l->updates));
		l->n_updates = xcalloc(n, sizeof(*l->n_updates));
		l->times = xcalloc(n, sizeof(*l->times));
	}
	memset(l->updates, 0, n * sizeof(*l->updates));
	memset(l->n_updates, 0, n * sizeof(*l->n_updates));
	l->n_images = 0;
	l->sampling = true;
	net_profile_start(s->p->net);
}

void layer_stats_before(struct session *s)
{
	if (!s->stats.sampling && s->at.iter_in_epoch + SAMPLED >= s->p->iters_per_epoch)
		begin(s);
}

void layer_stats_after(struct session *s, const struct step_result *r, int n_images)
{
	struct layer_stats *l = &s->stats;
	struct net *net = s->p->net;
	if (!l->sampling)
		return;
	l->n_images += n_images;
	for (int i = 0; r->finite && i < net_n_layers(net); i++) {
		if (layerset_has(net_frozen(net), i))
			continue;
		l->updates[i] += net_update_norm(net, i);
		l->n_updates[i]++;
	}
}

static struct opt_double measured(double value)
{
	return (struct opt_double){value, isfinite(value)};
}

/* Milliseconds an image; nothing where nothing was done. */
static struct opt_double spent(const struct layer_stats *l, double seconds)
{
	if (!(seconds > 0))
		return (struct opt_double){0};
	return measured(1000 * seconds / (double)l->n_images);
}

static struct event_layer_stat stat_of(const struct session *s, int layer)
{
	const struct layer_stats *l = &s->stats;
	struct net *net = s->p->net;
	struct event_layer_stat out = {.layer = layer};
	double norm, update;
	net_norms(net, layer, &norm, &update);
	out.weight_norm = measured(norm);
	if (!l->n_images)
		return out;
	if (l->n_updates[layer] && norm > 0)
		out.update_ratio = measured(l->updates[layer] / l->n_updates[layer] / norm);
	const struct layer_time *t = &l->times[layer];
	out.forward_ms = spent(l, t->forward_s);
	out.backward_ms = spent(l, t->backward_s + t->update_s);
	return out;
}

void layer_stats_stop(struct session *s)
{
	struct layer_stats *l = &s->stats;
	if (!l->sampling)
		return;
	for (int i = 0; i < net_n_layers(s->p->net); i++)
		net_profile(s->p->net, i, &l->times[i]);
	net_profile_stop(s->p->net);
	l->sampling = false;
}

void layer_stats_emit(struct session *s)
{
	struct net *net = s->p->net;
	struct event_layer_stat *layers = xcalloc((size_t)net_n_layers(net), sizeof(*layers));
	size_t n = 0;
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		if (info.has_weights)
			layers[n++] = stat_of(s, i);
	}
	emit_stats(s->emit, s->at.epoch, layers, n);
	free(layers);
	s->stats.n_images = 0;
}

void layer_stats_release(struct session *s)
{
	free(s->stats.updates);
	free(s->stats.n_updates);
	free(s->stats.times);
	s->stats = (struct layer_stats){0};
}
