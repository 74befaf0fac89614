/* A small network from its text, with a batch of made-up pictures, for the engine's tests. */
#ifndef THAW_TESTS_ENGINE_RIG_H
#define THAW_TESTS_ENGINE_RIG_H

#include "../../src/engine/net_core.h"
#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"
#include "thaw/engine/net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CONV(filters, size, stride, extra, act)                                                    \
	"[convolutional]\nfilters=" #filters "\nsize=" #size "\nstride=" #stride "\npad=1\n" extra \
	"activation=" act "\n\n"
#define BN "batch_normalize=1\n"
#define TAIL CONV(5, 1, 1, "", "linear") "[avgpool]\n\n[softmax]\ngroups=1\n"

/* Both files hold the network as it was opened; `n` images a batch. */
struct rig {
	char *cfg, *weights;
	int n;
	struct net *net;
	float *x;
	int *labels;
};

static inline char *temp_file(const char *text)
{
	char *path = xasprintf("%s/thaw-test-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return path;
}

/* The learning rate is large, so that an update is well above rounding. */
static inline void rig_open(struct rig *r, const char *layers, int size, int channels, int n,
			    enum batchnorm_mode mode)
{
	memset(r, 0, sizeof(*r));
	struct errinfo e = {0};
	char *text = xasprintf(
	    "[net]\nbatch=%d\nsubdivisions=1\nheight=%d\nwidth=%d\nchannels=%d\nmomentum=0.9\n"
	    "decay=0.01\nlearning_rate=0.05\npolicy=constant\nmax_batches=100\n\n%s",
	    n, size, size, channels, layers);
	r->cfg = temp_file(text);
	r->weights = temp_file("");
	free(text);
	r->n = n;
	int code = net_open(&r->net, r->cfg, 2, 7, &e);
	if (code)
		fail_msg("net_open: %s", e.msg);
	net_set_batchnorm(r->net, mode);
	/* Rolling statistics and scales that are not the defaults. */
	network *g = net_graph(r->net);
	for (int i = 0; i < g->n; i++) {
		struct layer_array arrays[LAYER_ARRAYS_MAX];
		int n_arrays = graph_arrays(g, i, arrays);
		for (int a = 0; a < n_arrays; a++)
			for (size_t k = 0; arrays[a].role != ARRAY_WEIGHTS && k < arrays[a].n; k++)
				arrays[a].data[k] +=
				    .3f * (float)rng_uniform(
					      rng_key(3, RNG_INIT, (uint64_t)i, (uint64_t)a), k);
	}
	net_weights_changed(r->net);
	assert_int_equal(net_save(r->net, r->weights, 0, &e), ERR_OK);
	size_t floats = (size_t)n * (size_t)size * (size_t)size * (size_t)channels;
	r->x = xcalloc(floats, sizeof(float));
	for (size_t i = 0; i < floats; i++)
		r->x[i] = (float)rng_normal(rng_key(5, RNG_AUGMENT, 0, 0), i);
	r->labels = xcalloc((size_t)n, sizeof(int));
	for (int i = 0; i < n; i++)
		r->labels[i] = i % net_classes(r->net);
}

/* The rig's network once more, on another backend. */
static inline struct net *rig_again(const struct rig *r, const struct backend *b)
{
	network *g;
	struct net *net;
	struct errinfo e = {0};
	struct net_options o = {.name = r->cfg, .threads = 2, .seed = 7};
	assert_int_equal(graph_open(&g, r->cfg, &e), ERR_OK);
	assert_int_equal(net_open_graph(&net, g, b, &o, &e), ERR_OK);
	net_set_batchnorm(net, r->net->batchnorm);
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_array from[LAYER_ARRAYS_MAX], to[LAYER_ARRAYS_MAX];
		int n = graph_arrays(net_graph(r->net), i, from);
		graph_arrays(g, i, to);
		for (int k = 0; k < n; k++)
			memcpy(to[k].data, from[k].data, from[k].n * sizeof(float));
	}
	net_weights_changed(net);
	return net;
}

static inline void rig_close(struct rig *r)
{
	unlink(r->cfg);
	unlink(r->weights);
	free(r->cfg);
	free(r->weights);
	free(r->x);
	free(r->labels);
	net_free(r->net);
}

#endif
