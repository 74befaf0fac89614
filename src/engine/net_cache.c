/* Inference in lanes, which of their layers are looked at, and what both it and training start at
 * above a frozen lower part: the activation cache. */
#include "net_core.h"

#include "thaw/base/alloc.h"

#include <omp.h>
#include <stdlib.h>

void net_set_cache(struct net *net, uint64_t budget_bytes, const struct folder *in)
{
	cache_free(net->cache);
	net->cache = cache_new(budget_bytes, in, net->backend);
	net->cache_border = -1;
}

void net_drop_cache(struct net *net)
{
	if (net->cache)
		cache_reset(net->cache, 0);
	net->cache_border = -1;
}

void net_cache_info(const struct net *net, struct net_cache_info *out)
{
	struct cache_usage u = {0};
	if (net->cache)
		cache_usage(net->cache, &u);
	*out = (struct net_cache_info){net->cache ? net->cache_border : -1,
				       u.entries,
				       u.bytes[CACHE_ON_DEVICE] + u.bytes[CACHE_IN_MEMORY],
				       u.bytes[CACHE_IN_FILE],
				       u.hits,
				       u.misses};
}

bool net_cached(const struct net *net, const uint64_t *key, int n)
{
	if (!net->cache)
		return false;
	for (int i = 0; i < n; i++)
		if (!cache_has(net->cache, key[i]))
			return false;
	return true;
}

/* Which pictures are not in the cache; the others' values go to net->border. */
static int find_missing(struct net *net, const struct plan *p, size_t floats, const uint64_t *key,
			int n)
{
	if (key && net->cache_border != p->border_layer) {
		cache_reset(net->cache, floats);
		net->cache_border = p->border_layer;
	}
	if (key)
		return cache_get(net->cache, key, n, net->border.at, net->missing);
	for (int i = 0; i < n; i++)
		net->missing[i] = i;
	return n;
}

struct crossing {
	struct lane_sink sink;
	float *border; /* [][floats] */
	size_t floats;
};

static void take_border(const struct lane_sink *s, struct plan *p, int i, int picture)
{
	const struct crossing *to = (const struct crossing *)s;
	p->spec.backend->copy(p->border->data->data + (size_t)i * to->floats, to->floats,
			      to->border + (size_t)picture * to->floats);
}

static bool learns(const struct net *net, int layer)
{
	return net->params[layer].n && !layerset_has(&net->frozen, layer);
}

/* The highest frozen layer below the head, the highest below it that learns, the head. */
int net_traced(const struct net *net, int *out)
{
	int frozen = net->head - 1, fine = net->head - 1, n = 0;
	while (frozen >= 0 && !layerset_has(&net->frozen, frozen))
		frozen--;
	while (fine >= 0 && !learns(net, fine))
		fine--;
	const int found[NET_TRACES] = {frozen < fine ? frozen : fine, frozen < fine ? fine : frozen,
				       net->head};
	for (int i = 0; i < NET_TRACES; i++)
		if (found[i] >= 0)
			out[n++] = found[i];
	return n;
}

static struct plan_spec lane_spec(const struct net *net, bool below)
{
	struct plan_spec spec = {.backend = net->backend, .below = below, .frozen = net->frozen};
	int traced[NET_TRACES], n = net_traced(net, traced);
	layerset_clear(&spec.keep, net->g->n);
	for (int i = 0; i < n; i++)
		layerset_set(&spec.keep, traced[i], true);
	return spec;
}

static enum err make_lanes(struct net *net, struct lanes **l, bool below, struct errinfo *e)
{
	struct plan_spec spec = lane_spec(net, below);
	enum err r = *l ? ERR_OK : lanes_new(l, &spec, net->g, net->params, net->threads, e);
	if (!r)
		lanes_measure(*l, net->times);
	return r;
}

/* Pictures, where kernels can read them. */
static const float *lend(struct net *net, const struct net_images *in)
{
	size_t floats = (size_t)net->g->c * (size_t)net->g->h * (size_t)net->g->w;
	return in->on_device
		   ? in->x
		   : memory_lend(net->backend, in->x, (size_t)in->n * floats, &net->lent);
}

static void compute_missing(struct net *net, size_t floats, const struct net_images *in,
			    int n_missing)
{
	struct crossing to = {{take_border}, net->border.at, floats};
	if (!net->below && make_lanes(net, &net->below, true, NULL))
		abort(); /* net_open() planned the same layers */
	lanes_run(net->below, lend(net, in), net->missing, n_missing, &to.sink);
}

static void keep(struct net *net, size_t floats, const uint64_t *key, int n_missing)
{
	for (int i = 0; i < n_missing; i++)
		cache_put(net->cache, key[net->missing[i]],
			  net->border.at + (size_t)net->missing[i] * floats);
}

const float *net_enter(struct net *net, const struct plan *p, const struct net_images *in)
{
	if (!p->border)
		return lend(net, in);
	size_t floats = tensor_memory(p->border) / (size_t)p->border->n;
	const uint64_t *key = net->cache ? in->key : NULL;
	room_for(net->backend, &net->border, (size_t)in->n * floats);
	ALLOC_GROW(net->missing, (size_t)in->n, net->cap_missing);
	int n_missing = find_missing(net, p, floats, key, in->n);
	if (n_missing)
		compute_missing(net, floats, in, n_missing);
	if (key)
		keep(net, floats, key, n_missing);
	return net->border.at;
}

enum err net_above(struct net *net, struct errinfo *e)
{
	return net->above ? ERR_OK : make_lanes(net, &net->above, false, e);
}

void net_infer(struct net *net, const struct net_images *in, const struct lane_sink *sink)
{
	omp_set_num_threads(net->threads);
	if (net_above(net, NULL))
		abort(); /* as compute_missing() */
	const float *from = net_enter(net, lanes_plan(net->above), in);
	lanes_run(net->above, from, NULL, in->n, sink);
}
