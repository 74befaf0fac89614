/* What a network keeps to the last bit: frozen layers, the same from the same, and all that must
 * make no difference. */
#include "rig.h"

static enum optimizer optimizer; /* of what follows */

static void train_keyed(struct rig *r, int n_steps, double lr, const uint64_t *key)
{
	for (int i = 0; i < n_steps; i++) {
		struct step s = {.x = r->x,
				 .labels = r->labels,
				 .key = key,
				 .n = r->n,
				 .lr = lr,
				 .optimizer = optimizer,
				 .momentum = .9,
				 .b1 = .9,
				 .b2 = .99,
				 .eps = 1e-7,
				 .decay = .01,
				 .dropout_key = (uint64_t)i};
		struct step_result result;
		net_step(r->net, &s, &result);
		assert_true(result.finite);
	}
}

static void train(struct rig *r, int n_steps, double lr)
{
	train_keyed(r, n_steps, lr, NULL);
}

/* Darknet doubles the gradient when a [cost] follows a [softmax]; here it changes nothing. */
static void cost_layer_changes_nothing(void **state)
{
	(void)state;
	struct rig with, without;
#define BODY CONV(12, 3, 1, BN, "relu") CONV(5, 1, 1, "", "linear") "[avgpool]\n\n[softmax]\n\n"
	rig_open(&with, BODY "[cost]\ntype=sse\n", 6, 3, 4, BATCHNORM_TRAIN);
	rig_open(&without, BODY, 6, 3, 4, BATCHNORM_TRAIN);
#undef BODY
	train(&with, 5, .05);
	train(&without, 5, .05);
	for (int i = 0; i < net_n_layers(without.net); i++)
		assert_int_equal(net_digest(with.net, i), net_digest(without.net, i));
	rig_close(&with);
	rig_close(&without);
}

/* Every kind of layer that thaw trains, in one small network. */
#define ZOO                                                                                        \
	CONV(16, 3, 1, BN, "leaky")                                                                \
	CONV(16, 3, 1, "groups=4\n" BN,                                                            \
	     "relu") "[shortcut]\nfrom=-2\nactivation=leaky\n\n"                                   \
		     "[maxpool]\nsize=2\nstride=2\n\n" CONV(                                       \
			 24, 3, 1, "",                                                             \
			 "elu") "[batchnorm]\n\n"                                                  \
				"[route]\nlayers=-1,-2\n\n"                                        \
				"[dropout]\nprobability=.3\n\n" CONV(                              \
				    8, 3, 1, BN,                                                   \
				    "loggy") "[local]\nfilters=4\nsize=3\nstride=1\npad="          \
					     "1\nactivation=leaky\n\n"                             \
					     "[connected]\noutput=12\nbatch_normalize=1\n"         \
					     "activation=leaky\n\n"                                \
					     "[connected]\noutput=5\nactivation=linear\n\n["       \
					     "softmax]\n"

/* Not one byte of a frozen layer changes, whatever set is frozen, over hundreds of steps with
 * changes in between. */
static void frozen_layers_keep_every_byte(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, ZOO, 8, 3, 4, BATCHNORM_TRAIN);
	int n = net_n_layers(r.net);
	for (uint64_t round = 0; round < 40; round++) {
		struct layerset frozen;
		layerset_clear(&frozen, n);
		for (int i = 0; i < n; i++)
			layerset_set(&frozen, i,
				     rng_below(rng_key(11, RNG_SPLIT, round, 0), (uint64_t)i, 2));
		if (layerset_count(&frozen) == n || round == 0)
			layerset_clear(&frozen, n);
		uint64_t before[64], changed = 0;
		net_set_frozen(r.net, &frozen);
		net_set_batchnorm(r.net, (enum batchnorm_mode)(round % BATCHNORM_N));
		optimizer = (enum optimizer)(round / BATCHNORM_N % OPTIMIZER_N);
		for (int i = 0; i < n; i++)
			before[i] = net_digest(r.net, i);
		train(&r, 8, 1e-3);
		for (int i = 0; i < n; i++) {
			bool same = before[i] == net_digest(r.net, i);
			if (layerset_has(&frozen, i) && !same)
				fail_msg("round %d: frozen layer %d changed", (int)round, i);
			changed += !same;
		}
		bool something = net_trainable_params(r.net) > 0;
		assert_int_equal(changed > 0, something);
	}
	optimizer = OPTIMIZER_SGD;
	rig_close(&r);
}

static uint64_t digest_all(struct net *net)
{
	uint64_t all = 0;
	for (int i = 0; i < net_n_layers(net); i++)
		all = all * 31 + net_digest(net, i);
	return all;
}

static void same_calls_same_bits(void **state)
{
	(void)state;
	uint64_t digests[3];
	for (int run = 0; run < 3; run++) {
		struct rig r;
		rig_open(&r, ZOO, 8, 3, 4, BATCHNORM_TRAIN);
		train(&r, 20, 1e-2);
		digests[run] = digest_all(r.net);
		rig_close(&r);
	}
	assert_int_equal(digests[0], digests[1]);
	assert_int_equal(digests[0], digests[2]);
}

/* Going back in memory brings the same future, moments included; a .state and a .weights file do as
 * well. */
static void check_snapshot_and_state(void)
{
	struct rig r;
	struct errinfo e = {0};
	rig_open(&r, ZOO, 8, 3, 4, BATCHNORM_TRAIN);
	train(&r, 6, 1e-2);
	struct net_snapshot *saved = net_snapshot_take(r.net, NULL);
	struct strbuf bytes = STRBUF_INIT;
	net_state_write(r.net, &bytes);
	uint64_t here = digest_all(r.net);
	train(&r, 6, 1e-2);
	uint64_t future = digest_all(r.net);
	net_snapshot_restore(r.net, saved);
	assert_int_equal(digest_all(r.net), here);
	train(&r, 6, 1e-2);
	assert_int_equal(digest_all(r.net), future);
	net_snapshot_restore(r.net, saved);
	net_weights_changed(r.net); /* drops momentum */
	assert_int_equal(net_state_read(r.net, bytes.buf, bytes.len, &e), ERR_OK);
	train(&r, 6, 1e-2);
	assert_int_equal(digest_all(r.net), future);
	for (size_t cut = 0; cut < bytes.len; cut += bytes.len / 97 + 1)
		assert_int_not_equal(net_state_read(r.net, bytes.buf, cut, &e), ERR_OK);
	strbuf_release(&bytes);
	net_snapshot_free(saved);
	rig_close(&r);
}

static void snapshot_and_state_restore_moments(void **state)
{
	(void)state;
	for (int o = 0; o < OPTIMIZER_N; o++) {
		optimizer = (enum optimizer)o;
		check_snapshot_and_state();
	}
	optimizer = OPTIMIZER_SGD;
}

/* A loss that is not a number changes nothing, and the layer that made it is named, until the
 * network goes back. */
static void nonfinite_step_changes_nothing(void **state)
{
	(void)state;
	struct rig r;
	const char *what = "";
	rig_open(&r, ZOO, 8, 3, 4, BATCHNORM_TRAIN);
	assert_int_equal(net_nonfinite_layer(r.net, &what), -1);
	train(&r, 2, 1e-3);
	struct net_snapshot *good = net_snapshot_take(r.net, NULL);
	net_sync(r.net);
	struct layer_array arrays[LAYER_ARRAYS_MAX];
	int n = graph_arrays(net_graph(r.net), 4, arrays);
	arrays[n - 1].data[5] = NAN;
	net_weights_changed(r.net);
	uint64_t before = digest_all(r.net);
	struct step s = {
	    .x = r.x, .labels = r.labels, .n = r.n, .lr = .1, .momentum = .9, .decay = .01};
	struct step_result result;
	net_step(r.net, &s, &result);
	assert_false(result.finite);
	assert_int_equal(digest_all(r.net), before);
	assert_int_equal(net_nonfinite_layer(r.net, &what), 4);
	assert_string_equal(what, "weights");
	net_snapshot_restore(r.net, good);
	assert_int_equal(net_nonfinite_layer(r.net, &what), -1);
	net_snapshot_free(good);
	rig_close(&r);
}

/* The same freezing and thawing with and without the cache gives the same bits, with room in
 * memory, in a file, or none. */
static void cache_changes_no_bit(void **state)
{
	(void)state;
	static const char *const freezes[] = {"0-9", "0-3", "0-3", "none",
					      "0-9", "0-5", "1-5", "0-9"};
	static const uint64_t budgets[] = {0, 1 << 30, 1, 0};
	const uint64_t key[] = {11, 12, 13, 14};
	uint64_t digests[4], probs_digest[4];
	struct folder tmp;
	assert_int_equal(folder_open(&tmp, P_tmpdir, NULL), ERR_OK);
	for (int run = 0; run < 4; run++) {
		struct rig r;
		rig_open(&r, ZOO, 8, 3, 4, BATCHNORM_TRAIN);
		if (run)
			net_set_cache(r.net, budgets[run], run == 2 ? &tmp : NULL);
		for (size_t f = 0; f < sizeof(freezes) / sizeof(*freezes); f++) {
			struct layerset frozen;
			assert_int_equal(
			    layerset_parse(&frozen, freezes[f], net_n_layers(r.net), 11, NULL),
			    ERR_OK);
			net_set_frozen(r.net, &frozen);
			train_keyed(&r, 4, 1e-2, f % 3 == 2 ? NULL : key);
			float probs[4 * 5];
			net_predict(r.net, &(struct net_images){.x = r.x, .key = key, .n = 4}, probs);
			for (size_t i = 0; i < 20; i++) {
				uint32_t bits;
				memcpy(&bits, &probs[i], sizeof(bits));
				probs_digest[run] = (i || f ? probs_digest[run] : 0) * 31 + bits;
			}
		}
		digests[run] = digest_all(r.net);
		struct net_cache_info c;
		net_cache_info(r.net, &c);
		if (run == 1) {
			assert_int_equal(c.layer, 9);
			assert_int_equal(c.images, 4);
			assert_true(c.hits > 0);
			assert_true(net_cached(r.net, key, 4));
		}
		rig_close(&r);
	}
	folder_close(&tmp);
	for (int run = 1; run < 4; run++) {
		assert_int_equal(digests[run], digests[0]);
		assert_int_equal(probs_digest[run], probs_digest[0]);
	}
}

/* A prediction does not depend on the batch it is made in. */
static void predictions_do_not_depend_on_the_batch(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, ZOO, 8, 3, 7, BATCHNORM_TRAIN);
	train(&r, 3, 1e-3);
	float all[7 * 5], one[5];
	net_predict(r.net, &(struct net_images){.x = r.x, .n = 7}, all);
	for (int i = 0; i < 7; i++) {
		net_predict(r.net, &(struct net_images){.x = r.x + i * 8 * 8 * 3, .n = 1}, one);
		assert_memory_equal(one, all + i * 5, sizeof(one));
	}
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cost_layer_changes_nothing),
	    cmocka_unit_test(frozen_layers_keep_every_byte),
	    cmocka_unit_test(same_calls_same_bits),
	    cmocka_unit_test(snapshot_and_state_restore_moments),
	    cmocka_unit_test(nonfinite_step_changes_nothing),
	    cmocka_unit_test(cache_changes_no_bit),
	    cmocka_unit_test(predictions_do_not_depend_on_the_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
