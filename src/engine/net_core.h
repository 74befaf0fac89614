/* What is inside a struct net, for the files that implement it. Private to the engine room. */
#ifndef THAW_ENGINE_NET_CORE_H
#define THAW_ENGINE_NET_CORE_H

#include "cache.h"
#include "lanes.h"
#include "plan.h"
#include "thaw/engine/net.h"

#define PLANS 4 /* kept at once: training on full and last batches, inference on batches and single images */

struct net {
	network *g;
	struct params *params; /* [g->n] */
	int batch, threads, head, classes;
	uint64_t seed;
	struct layerset frozen;
	enum batchnorm_mode batchnorm;
	struct plan *plans[PLANS];
	uint64_t used[PLANS], clock; /* for least recently used */
	float *memory; /* shared by all plans: nothing in it outlives one call, but for the last prediction's kept tensors */
	size_t memory_floats;
	float *padded; /* [batch] images, for short chunks of inference */
	struct lanes *lanes; /* what is below the border; NULL until needed */
	int *missing;        /* [batch + 1] scratch: pictures the lanes must compute */
	struct cache *cache; /* of the border tensor; NULL until net_set_cache() */
	int cache_border;    /* the layer whose output it holds; -1: none */
	struct layer_time *times; /* [g->n]; NULL: not measured */
	struct watcher *watcher;  /* of predictions; NULL: nobody looks */
	int bad_layer; /* of the last step that was not finite, else -1 */
	char problem[1024];
};

/* The plan for n images, built when needed; NULL with net->problem filled when the network cannot
 * be planned. */
struct plan *net_plan(struct net *net, int n, bool training);

/* Forward n pictures, of which the plan may hold more. With keys, the frozen part is looked up.
 * Shape: x[n][c][h][w], or [p->spec.n][…] when the plan has no border */
void net_forward(struct net *net, struct plan *p, const float *x, const uint64_t *key, int n);

/* Forget what was kept. */
void net_drop_cache(struct net *net);

#endif
