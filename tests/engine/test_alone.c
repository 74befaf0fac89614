/* A picture's answer is its own: neither its neighbours, nor the batch that a net was opened for,
 * nor the number of threads, nor what is frozen or kept changes a bit of it. */
#include "rig.h"

enum { SIDE = 10, FLOATS = 3 * SIDE * SIDE, N = 7, CLASSES = 5 };

static const struct {
	const char *name, *layers;
} nets[] = {
    {"convolutions",
     CONV(24, 3, 1, BN, "leaky") "[maxpool]\nsize=2\nstride=2\n\n" CONV(40, 1, 1, BN, "relu")
	 CONV(20, 3, 2, "", "leaky") CONV(96, 1, 1, BN, "linear") TAIL},
    {"many channels", CONV(64, 3, 1, BN, "leaky") CONV(160, 1, 1, "", "relu")
			  CONV(32, 3, 1, BN, "logistic") CONV(70, 5, 3, "", "elu") TAIL},
    {"groups", CONV(32, 3, 1, "", "relu") CONV(32, 3, 1, "groups=2\n" BN, "relu")
		   CONV(16, 3, 1, "groups=4\n", "leaky") TAIL},
    {"dense", CONV(6, 3, 1, "", "relu") "[connected]\noutput=65\nbatch_normalize=1\n"
					"activation=leaky\n\n[connected]\noutput=130\n"
					"activation=relu\n\n[connected]\noutput=5\n"
					"activation=linear\n\n[softmax]\n"},
    {"shortcut and route",
     CONV(16, 3, 1, BN, "leaky")
	 CONV(16, 3, 1, BN,
	      "linear") "[shortcut]\nfrom=-2\n"
			"activation=leaky\n\n" CONV(
			    24, 1, 1, "",
			    "relu") "[route]\nlayers=-1,-2\n\n[batchnorm]\n\n" CONV(8, 3, 1, BN,
										    "loggy") TAIL},
    {"Darknet's own",
     CONV(8, 3, 2, "", "relu") "[normalization]\nsize=5\nalpha=0.001\nbeta=0.75\nkappa=1\n\n"
			       "[local]\nfilters=4\nsize=3\nstride=1\npad=1\nactivation=leaky\n\n"
			       "[connected]\noutput=5\nactivation=linear\n\n[softmax]\n"},
};

static const struct {
	int threads;
	const char *frozen;
	bool keep; /* in an activation cache */
} ways[] = {
    {1, "none", false}, {2, "none", false}, {3, "none", false},
    {2, "base", false}, {3, "base", true},  {1, "0-1", true},
    {2, "1", false},    {2, "all", true},   {4, "head", false},
};

/* Some steps on, with rolling statistics and scales of their own. */
static void trained(struct rig *r, const char *layers)
{
	rig_open(r, layers, SIDE, 3, N, BATCHNORM_TRAIN);
	for (int i = 0; i < 3; i++) {
		struct step s = {.x = r->x, .labels = r->labels, .n = N, .lr = 1e-5};
		struct step_result result;
		net_step(r->net, &s, &result);
		if (!result.finite)
			fail_msg("step %d of:\n%s", i, layers);
	}
}

static void same(const char *name, const char *what, size_t way, int n, const float *a,
		 const float *b, size_t floats)
{
	if (memcmp(a, b, floats * sizeof(*a)) != 0)
		fail_msg("%s, way %zu: the %s of %d at once are not those of each alone", name, way,
			 what, n);
}

/* The last n pictures at once, for every n: each picture comes at both places of a lane. */
static void check_net(struct net *net, size_t way, const char *name, const float *x,
		      const float *want, const float *features)
{
	static const uint64_t key[N] = {1, 2, 3, 4, 5, 6, 7};
	const uint64_t *keys = ways[way].keep ? key : NULL;
	size_t dim = (size_t)net_feature_dim(net);
	float probs[N * CLASSES], *f = xcalloc(N * dim, sizeof(*f));
	struct net_trace traces[N * NET_TRACES];
	if (keys)
		net_set_cache(net, 1 << 24, NULL);
	for (int n = N; n > 0; n--) {
		int at = N - n;
		net_predict(net, &(struct net_images){.x = x + at * FLOATS, .key = keys ? keys + at : NULL, .n = n}, probs);
		same(name, "predictions", way, n, probs, want + at * CLASSES, (size_t)n * CLASSES);
	}
	net_look(net, x, N, probs, traces);
	same(name, "predictions that are looked at", way, N, probs, want, N * CLASSES);
	net_features(net, &(struct net_images){.x = x + FLOATS, .n = N - 1}, f);
	same(name, "features", way, N - 1, f, features + dim, (N - 1) * dim);
	free(f);
}

static void check_way(struct rig *r, size_t way, const char *name, const float *want,
		      const float *features)
{
	struct layerset frozen;
	struct net *net;
	net_sync(r->net);
	assert_int_equal(net_open(&net, r->cfg, ways[way].threads, 1, NULL), ERR_OK);
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_array from[LAYER_ARRAYS_MAX], to[LAYER_ARRAYS_MAX];
		int n = graph_arrays(net_graph(r->net), i, from);
		graph_arrays(net_graph(net), i, to);
		for (int k = 0; k < n; k++)
			memcpy(to[k].data, from[k].data, from[k].n * sizeof(float));
	}
	net_weights_changed(net);
	assert_int_equal(
	    layerset_parse(&frozen, ways[way].frozen, net_n_layers(net), net_head(net), NULL),
	    ERR_OK);
	net_set_frozen(net, &frozen);
	check_net(net, way, name, r->x, want, features);
	net_free(net);
}

static void a_picture_is_answered_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++) {
		struct rig r;
		trained(&r, nets[i].layers);
		size_t dim = (size_t)net_feature_dim(r.net);
		float want[N * CLASSES], *features = xcalloc(N * dim, sizeof(*features));
		for (int k = 0; k < N; k++) {
			net_predict(r.net, &(struct net_images){.x = r.x + k * FLOATS, .n = 1}, want + k * CLASSES);
			net_features(r.net, &(struct net_images){.x = r.x + k * FLOATS, .n = 1}, features + (size_t)k * dim);
		}
		assert_memory_not_equal(want, want + CLASSES, CLASSES * sizeof(*want));
		for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++)
			check_way(&r, w, nets[i].name, want, features);
		free(features);
		rig_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_picture_is_answered_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
