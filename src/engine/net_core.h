/* What is inside a struct net, for the files that implement it. Private to the engine room. */
#ifndef THAW_ENGINE_NET_CORE_H
#define THAW_ENGINE_NET_CORE_H

#include "cache.h"
#include "lanes.h"
#include "plan.h"
#include "thaw/engine/net.h"

#define PLANS 2 /* kept at once: training on full batches and on the last one */

/* The head's maps of the pictures of the last net_look(); none where it has none. */
struct head_maps {
	float *data; /* [n][c][h][w] */
	size_t cap;
	int n, c, h, w;
};

struct net {
	network *g;
	const struct backend *backend;
	struct params *params; /* [g->n] */
	int threads, head, classes;
	uint64_t seed;
	struct layerset frozen;
	enum batchnorm_mode batchnorm;
	struct plan *plans[PLANS];
	uint64_t used[PLANS], clock; /* for least recently used */
	struct plan *stepped; /* whose gradients wait for net_update(); NULL: none do */
	struct room memory;          /* shared by all plans: nothing in it outlives one call */
	struct lanes *below;         /* the frozen layers below the border; NULL until needed */
	struct lanes *above; /* inference from the border on, or of all without one; as `below` */
	struct room border;  /* scratch: what crosses the border, for the pictures of one call */
	struct room lent;    /* scratch: pictures for the kernels */
	int *missing;           /* scratch, as `border`: pictures to compute */
	size_t cap_missing;
	struct cache *cache;      /* of the border tensor; NULL until net_set_cache() */
	int cache_border;         /* the layer whose output it holds; -1: none */
	struct layer_time *times; /* [g->n]; NULL: not measured */
	struct head_maps maps;
	int bad_layer; /* of the last step that was not finite, else -1 */
};

struct net_options {
	const char *name; /* for messages */
	int threads;      /* 0: all cores */
	uint64_t seed;
	bool empty; /* no weights are drawn */
};
/* net_open() of a graph, which it takes, on a backend. */
enum err net_open_graph(struct net **out, network *g, const struct backend *b,
			const struct net_options *o, struct errinfo *e);

/* The graph, and "Darknet's arrays were written: take the weights from there". */
network *net_graph(struct net *net);
void net_weights_changed(struct net *net);

/* Bring Darknet's arrays up to date with what the kernels trained. */
void net_sync(struct net *net);

/* Make, unless they are there, the lanes of inference. Errors: a network that cannot be planned. */
enum err net_above(struct net *net, struct errinfo *e);

/* Where a plan or lanes of this kind start for these pictures: at themselves, or at what crosses the
 * border, which is looked up by the keys or computed. It is the backend's memory, valid until the
 * next call.
 * Shape: returns [n][floats of p->from, one picture's] */
const float *net_enter(struct net *net, const struct plan *p, const struct net_images *in);

/* Inference; `sink` is told of each picture. */
void net_infer(struct net *net, const struct net_images *in, const struct lane_sink *sink);

/* The layers worth a trace, ascending, beneath a border or not; returns how many. */
int net_traced(const struct net *net, int *out);

/* Forget what was kept. */
void net_drop_cache(struct net *net);

#endif
