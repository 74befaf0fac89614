/* Forward through a network with a frozen lower part: the activation cache and the lanes. */
#include "net_core.h"

#include <string.h>

void net_set_cache(struct net *net, uint64_t budget_bytes, const char *dir)
{
	cache_free(net->cache);
	net->cache = cache_new(budget_bytes, dir);
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
				       u.memory_bytes,
				       u.file_bytes,
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

/* Which pictures are not in the cache; the others' outputs go to the border tensor. */
static int find_missing(struct net *net, struct plan *p, struct cache *cache, const uint64_t *key,
			int n)
{
	size_t floats = tensor_floats(p->border) / (size_t)p->spec.n;
	int n_missing = 0;
	if (cache && net->cache_border != p->border_layer) {
		cache_reset(cache, floats);
		net->cache_border = p->border_layer;
	}
	for (int i = 0; i < n; i++)
		if (!cache || !cache_get(cache, key[i], p->border->data->data + (size_t)i * floats))
			net->missing[n_missing++] = i;
	return n_missing;
}

static void compute_missing(struct net *net, struct plan *p, const float *x, int n_missing)
{
	if (!net->lanes) {
		int n = net->threads < net->batch ? net->threads : net->batch;
		net->lanes = lanes_new(net->g, net->params, &net->frozen, n);
		lanes_measure(net->lanes, net->times);
	}
	lanes_run(net->lanes, x, net->missing, n_missing, p->border->data->data);
}

void net_forward(struct net *net, struct plan *p, const float *x, const uint64_t *key, int n)
{
	if (p->border) {
		size_t floats = tensor_floats(p->border) / (size_t)p->spec.n;
		float *border = p->border->data->data;
		struct cache *cache = key ? net->cache : NULL;
		int n_missing = find_missing(net, p, cache, key, n);
		if (n_missing)
			compute_missing(net, p, x, n_missing);
		for (int i = 0; cache && i < n_missing; i++) {
			int at = net->missing[i];
			cache_put(cache, key[at], border + (size_t)at * floats);
		}
		memset(border + (size_t)n * floats, 0,
		       (size_t)(p->spec.n - n) * floats * sizeof(*border));
	}
	plan_forward(p, x);
}
