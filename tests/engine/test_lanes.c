/* Frozen layers picture by picture: what is computed, what is not, and the same bits always. */
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

enum { SIDE = 12, FLOATS = 3 * SIDE * SIDE, BATCH = 6, CLASSES = 4 };

/* [local] runs in Darknet's own arrays, which two lanes must not share. */
static const char conv_base[] = "[convolutional]\nbatch_normalize=1\nfilters=20\nsize=3\nstride=1\n"
				"pad=1\nactivation=leaky\n\n[maxpool]\nsize=2\nstride=2\n\n";
static const char local_base[] = "[convolutional]\nfilters=8\nsize=3\nstride=1\npad=1\n"
				 "activation=relu\n\n[local]\nfilters=6\nsize=3\nstride=1\npad=1\n"
				 "activation=leaky\n\n";

static struct net *open_frozen(const char *base, int threads)
{
	char *text = xasprintf("[net]\nbatch=1\nheight=%d\nwidth=%d\nchannels=3\n\n%s"
			       "[convolutional]\nfilters=%d\nsize=1\nstride=1\npad=1\n"
			       "activation=linear\n\n[avgpool]\n\n[softmax]\ngroups=1\n",
			       SIDE, SIDE, base, CLASSES);
	char path[] = "/tmp/thaw-lanes-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	free(text);
	struct net *net = NULL;
	struct errinfo e = {0};
	if (net_open(&net, path, threads, 7, &e))
		fail_msg("net_open: %s", e.msg);
	unlink(path);
	struct layerset frozen;
	assert_int_equal(
	    layerset_parse(&frozen, "base", net_n_layers(net), net_head(net), NULL), ERR_OK);
	net_set_frozen(net, &frozen);
	return net;
}

static float *pictures(int n)
{
	float *x = xcalloc((size_t)n * FLOATS, sizeof(*x));
	for (size_t i = 0; i < (size_t)n * FLOATS; i++)
		x[i] = (float)rng_uniform(rng_key(5, RNG_AUGMENT, 0, 0), i);
	return x;
}

/* Two epochs of two batches; returns the digest of what was learnt. With a cache, picture 0..4 are
 * kept beforehand; and with `spoil` their pixels are not numbers. */
static uint64_t learn(struct net *net, bool cache, bool spoil)
{
	static const int labels[BATCH] = {0, 1, 2, 3, 0, 1};
	const uint64_t key[BATCH] = {10, 11, 12, 13, 14, 15};
	float *x = pictures(BATCH), probs[BATCH * CLASSES];
	if (cache) {
		net_set_cache(net, 1 << 24, NULL);
		net_predict(net, &(struct net_images){.x = x, .key = key, .n = 5}, probs);
		assert_true(net_cached(net, key, 5));
		assert_false(net_cached(net, key, BATCH));
	}
	for (size_t i = 0; spoil && i < 5 * FLOATS; i++)
		x[i] = NAN;
	for (int i = 0; i < 4; i++) {
		struct step s = {.x = x, .labels = labels, .key = key, .n = BATCH, .lr = .05};
		struct step_result r;
		net_step(net, &s, &r);
		assert_true(r.finite);
	}
	free(x);
	return net_digest(net, net_head(net));
}

static void kept_pictures_are_not_looked_at(void **state)
{
	(void)state;
	static const char *const bases[] = {conv_base, local_base};
	for (size_t b = 0; b < 2; b++) {
		struct net *plain = open_frozen(bases[b], 2), *kept = open_frozen(bases[b], 2);
		assert_int_equal(learn(plain, false, false), learn(kept, true, true));
		struct net_cache_info c;
		net_cache_info(kept, &c);
		assert_int_equal(c.images, BATCH);
		assert_int_equal(c.misses, BATCH); /* each of them once */
		net_free(plain);
		net_free(kept);
	}
}

static void threads_change_no_bit(void **state)
{
	(void)state;
	static const char *const bases[] = {conv_base, local_base};
	float *x = pictures(BATCH + 1);
	for (size_t b = 0; b < 2; b++) {
		float *features[3], one[64];
		size_t dim = 0;
		for (int threads = 1; threads <= 3; threads++) {
			struct net *net = open_frozen(bases[b], threads);
			dim = (size_t)net_feature_dim(net);
			features[threads - 1] = xcalloc((BATCH + 1) * dim, sizeof(float));
			net_features(net, &(struct net_images){.x = x, .n = BATCH + 1}, features[threads - 1]);
			net_features(net, &(struct net_images){.x = x + FLOATS, .n = 1}, one);
			assert_memory_equal(one, features[threads - 1] + dim, dim * sizeof(float));
			net_free(net);
		}
		for (int i = 1; i < 3; i++) {
			assert_memory_equal(features[i], features[0],
					    (BATCH + 1) * dim * sizeof(float));
			free(features[i]);
		}
		assert_true(fabsf(features[0][0] - features[0][dim]) > 0);
		free(features[0]);
	}
	free(x);
}

static void profile_tells_every_layer(void **state)
{
	(void)state;
	struct net *net = open_frozen(conv_base, 2);
	struct layer_time t;
	assert_false(net_profile(net, 0, &t));
	net_profile_start(net);
	learn(net, false, false);
	for (int i = 0; i < net_n_layers(net); i++) {
		assert_true(net_profile(net, i, &t));
		assert_true(t.forward_s > 0);
		assert_true((t.update_s > 0) == (i == net_head(net)));
		if (i < net_head(net))
			assert_true(t.backward_s == 0);
	}
	net_profile_start(net);
	assert_true(net_profile(net, 0, &t) && t.forward_s == 0);
	net_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kept_pictures_are_not_looked_at),
	    cmocka_unit_test(threads_change_no_bit),
	    cmocka_unit_test(profile_tells_every_layer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
