/* What a network on a card keeps to the last bit, in each precision. */
#include "zoo.h"

#include "thaw/base/folder.h"
#include "thaw/engine/model.h"

#include <stdio.h>

static void frozen_layers_keep_every_byte(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	struct net *net = net_on_card(&r);
	int n = net_n_layers(net);
	for (uint64_t round = 0; round < 30; round++) {
		struct layerset frozen;
		layerset_clear(&frozen, n);
		for (int i = 0; i < n && round; i++)
			layerset_set(&frozen, i,
				     rng_below(rng_key(11, RNG_SPLIT, round, 0), (uint64_t)i, 2));
		uint64_t before[64], changed = 0;
		net_set_frozen(net, &frozen);
		net_set_batchnorm(net, (enum batchnorm_mode)(round % BATCHNORM_N));
		for (int i = 0; i < n; i++)
			before[i] = net_digest(net, i);
		train(net, &r, 4 * round, 4 * round + 4,
		      (enum optimizer)(round / BATCHNORM_N % OPTIMIZER_N), NULL);
		for (int i = 0; i < n; i++) {
			bool same = before[i] == net_digest(net, i);
			if (layerset_has(&frozen, i) && !same)
				fail_msg("round %d: frozen layer %d changed", (int)round, i);
			changed += !same;
		}
		assert_int_equal(changed > 0, net_trainable_params(net) > 0);
	}
	net_free(net);
	rig_close(&r);
}

/* The changes of a run: freezes, another optimiser, a batch of another size, looks in between. */
static void run_through(struct net *net, struct rig *r)
{
	float probs[N * CLASSES];
	train(net, r, 0, 5, OPTIMIZER_SGD, NULL);
	freeze(net, "0-3");
	rig_predict(net, r->x, NULL, N, probs);
	train(net, r, 5, 10, OPTIMIZER_SGD, NULL);
	r->n = N - 1;
	train(net, r, 10, 12, OPTIMIZER_SGD, NULL);
	r->n = N;
	freeze(net, "2,4");
	train(net, r, 12, 16, OPTIMIZER_ADAM, NULL);
	net_set_batchnorm(net, BATCHNORM_FOLDED);
	freeze(net, "none");
	train(net, r, 16, 20, OPTIMIZER_ADAMW, NULL);
}

static void same_calls_same_bits(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	struct net *first = net_on_card(&r), *second = net_on_card(&r);
	run_through(first, &r);
	run_through(second, &r);
	assert_true(same_nets(first, second));
	net_free(first);
	net_free(second);
	rig_close(&r);
}

/* Two networks on one card, in turn. */
static void networks_do_not_meet(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	struct net *nets[] = {net_on_card(&r), net_on_card(&r), net_on_card(&r)};
	freeze(nets[1], "0-3");
	for (uint64_t i = 0; i < 6; i++)
		for (int k = 0; k < 2; k++)
			train(nets[k], &r, i, i + 1, OPTIMIZER_SGD, NULL);
	train(nets[2], &r, 0, 6, OPTIMIZER_SGD, NULL);
	assert_true(same_nets(nets[0], nets[2]));
	for (int k = 0; k < 3; k++)
		net_free(nets[k]);
	rig_close(&r);
}

static void state_resumes_to_the_bit(void **state)
{
	(void)state;
	for (int o = 0; o < OPTIMIZER_N; o++) {
		struct rig r;
		struct errinfo e = {0};
		struct strbuf moments = STRBUF_INIT;
		rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
		struct net *whole = net_on_card(&r), *resumed = net_on_card(&r);
		train(whole, &r, 0, 6, (enum optimizer)o, NULL);
		net_state_write(whole, &moments);
		assert_int_equal(net_save(whole, r.weights, 0, &e), ERR_OK);
		struct net_snapshot *here = net_snapshot_take(whole, NULL);
		train(whole, &r, 6, 12, (enum optimizer)o, NULL);
		struct strbuf future = bytes_of(whole), again;
		if (model_load_all(resumed, r.weights, NULL, &e) ||
		    net_state_read(resumed, moments.buf, moments.len, &e))
			fail_msg("%s", e.msg);
		train(resumed, &r, 6, 12, (enum optimizer)o, NULL);
		assert_true(same_nets(whole, resumed));
		net_snapshot_restore(whole, here); /* in memory, too */
		train(whole, &r, 6, 12, (enum optimizer)o, NULL);
		again = bytes_of(whole);
		assert_true(same_bytes(&future, &again));
		net_snapshot_free(here);
		strbuf_release(&moments);
		net_free(whole);
		net_free(resumed);
		rig_close(&r);
	}
}

/* Where a NaN comes from: a picture, or a weight. Nothing moves, and the layer is the CPU's. */
static void a_step_that_is_not_finite_changes_nothing(void **state)
{
	(void)state;
	static const int broken[] = {-1, 0, 4, 8, 11};
	for (size_t k = 0; k < sizeof(broken) / sizeof(*broken); k++)
		for (int o = 0; o < OPTIMIZER_N; o++) {
			struct pair p;
			const char *what[2] = {"", ""};
			int named[2];
			pair_open(&p, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
			float x = p.rig.x[7];
			for (int i = 0; i < 2; i++) {
				struct net *net = p.net[i];
				train(net, &p.rig, 0, 2, (enum optimizer)o, NULL);
				net_sync(net);
				if (broken[k] < 0) {
					p.rig.x[7] = NAN;
				} else {
					params_get(&net->params[broken[k]], ARRAY_WEIGHTS)
					    ->rest[1] = NAN;
					struct strbuf m = STRBUF_INIT;
					net_state_write(net, &m);
					net_weights_changed(net);
					net_state_read(net, m.buf, m.len, NULL);
					strbuf_release(&m);
				}
				struct strbuf before = bytes_of(net);
				struct step s = step_of(&p.rig, 2);
				struct step_result r;
				s.optimizer = (enum optimizer)o;
				s.clip = o ? 1 : 0;
				net_step(net, &s, &r);
				assert_false(r.finite);
				struct strbuf after = bytes_of(net);
				assert_true(same_bytes(&before, &after));
				named[i] = net_nonfinite_layer(net, &what[i]);
				p.rig.x[7] = x;
			}
			assert_int_equal(named[1], broken[k] < 0 ? 0 : broken[k]);
			assert_int_equal(named[0], named[1]);
			assert_string_equal(what[0], what[1]);
			pair_close(&p);
		}
}

/* After a NaN the next step is as it would have been without. */
static void a_nan_leaves_nothing_behind(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	struct net *nets[] = {net_on_card(&r), net_on_card(&r)};
	for (int i = 0; i < 2; i++) {
		train(nets[i], &r, 0, 3, OPTIMIZER_SGD, NULL);
		if (i) {
			struct step s = step_of(&r, 9);
			struct step_result result;
			float x = r.x[0];
			r.x[0] = INFINITY;
			net_step(nets[i], &s, &result);
			assert_false(result.finite);
			r.x[0] = x;
		}
		train(nets[i], &r, 3, 6, OPTIMIZER_SGD, NULL);
	}
	assert_true(same_nets(nets[0], nets[1]));
	net_free(nets[0]);
	net_free(nets[1]);
	rig_close(&r);
}

static void cache_changes_no_bit(void **state)
{
	(void)state;
	static const char *const freezes[] = {"0-9", "0-3", "0-3", "none",
					      "0-9", "0-5", "1-5", "0-9"};
	static const uint64_t key[] = {11, 12, 13, 14}, budgets[] = {0, 1 << 30, 1};
	struct strbuf bytes[3];
	float probs[3][8][N * CLASSES];
	struct folder tmp;
	struct rig r;
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	assert_int_equal(folder_open(&tmp, P_tmpdir, NULL), ERR_OK);
	for (int run = 0; run < 3; run++) {
		struct net *net = net_on_card(&r);
		struct net_cache_info c;
		if (run)
			net_set_cache(net, budgets[run], run == 2 ? &tmp : NULL);
		for (size_t f = 0; f < 8; f++) {
			freeze(net, freezes[f]);
			train(net, &r, f, f + 4, OPTIMIZER_SGD, f % 3 == 2 ? NULL : key);
			rig_predict(net, r.x, key, N, probs[run][f]);
		}
		net_cache_info(net, &c);
		assert_true(run != 1 || (c.layer == 9 && c.images == N && c.hits > 0));
		bytes[run] = bytes_of(net);
		net_free(net);
	}
	for (int run = 1; run < 3; run++) {
		assert_int_equal(bytes[run].len, bytes[0].len);
		assert_memory_equal(bytes[run].buf, bytes[0].buf, bytes[0].len);
		assert_memory_equal(probs[run], probs[0], sizeof(probs[0]));
	}
	for (int run = 0; run < 3; run++)
		strbuf_release(&bytes[run]);
	folder_close(&tmp);
	rig_close(&r);
}

enum { MANY = 37 };

static void predictions_do_not_depend_on_the_batch(void **state)
{
	(void)state;
	static const int counts[] = {1, 2, 3, 5, 16, 17, 36};
	struct rig r;
	rig_open(&r, ZOO, SIDE, 3, MANY, BATCHNORM_TRAIN);
	struct net *net = net_on_card(&r);
	float all[MANY * CLASSES], some[MANY * CLASSES];
	for (int frozen = 0; frozen < 2; frozen++) {
		freeze(net, frozen ? "0-4" : "none");
		train(net, &r, 0, 2, OPTIMIZER_SGD, NULL);
		rig_predict(net, r.x, NULL, MANY, all);
		for (size_t k = 0; k < sizeof(counts) / sizeof(*counts); k++)
			for (int from = 0; from + counts[k] <= MANY; from += counts[k]) {
				rig_predict(net, r.x + from * FLOATS, NULL, counts[k], some);
				assert_memory_equal(some, all + from * CLASSES,
						    (size_t)(counts[k] * CLASSES) * sizeof(float));
			}
	}
	net_free(net);
	rig_close(&r);
}

/* Pictures that lie on the card, now here and now there, are as good as the host's. */
static void pictures_may_lie_on_the_card(void **state)
{
	(void)state;
	struct rig r;
	const struct backend *card = card_backend();
	float *here[2], probs[2][N * CLASSES];
	rig_open(&r, ZOO, SIDE, 3, 2 * N, BATCHNORM_TRAIN);
	struct net *nets[] = {net_on_card(&r), net_on_card(&r)};
	for (int k = 0; k < 2; k++) {
		here[k] = card->alloc(N * FLOATS);
		card->upload(r.x + k * N * FLOATS, N * FLOATS, NULL, here[k]);
	}
	for (uint64_t i = 0; i < 12; i++)
		for (int on = 0; on < 2; on++) {
			struct step s = step_of(&r, i);
			struct step_result result;
			struct net_images in = {.n = N, .on_device = on};
			int k = i % 4 / 2;
			s.n = N;
			s.x = in.x = on ? here[k] : r.x + k * N * FLOATS;
			s.x_on_device = on;
			net_step(nets[on], &s, &result);
			assert_true(result.finite);
			net_predict(nets[on], &in, probs[on]);
			if (on)
				assert_memory_equal(probs[1], probs[0], sizeof(probs[0]));
		}
	assert_true(same_nets(nets[0], nets[1]));
	for (int k = 0; k < 2; k++) {
		net_free(nets[k]);
		card->release(here[k]);
	}
	rig_close(&r);
}

/* Measuring costs time and no bit. */
static void measuring_changes_no_bit(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	struct net *nets[] = {net_on_card(&r), net_on_card(&r)};
	struct layer_time t;
	net_profile_start(nets[0]);
	train(nets[0], &r, 0, 4, OPTIMIZER_SGD, NULL);
	assert_true(net_profile(nets[0], 1, &t) && t.forward_s > 0 && t.backward_s > 0);
	net_profile_stop(nets[0]);
	train(nets[0], &r, 4, 6, OPTIMIZER_SGD, NULL);
	train(nets[1], &r, 0, 6, OPTIMIZER_SGD, NULL);
	assert_true(same_nets(nets[0], nets[1]));
	net_free(nets[0]);
	net_free(nets[1]);
	rig_close(&r);
}

static enum precision fp32 = PRECISION_FP32, bf16 = PRECISION_BF16;

static int set_precision(void **state)
{
	pair_precision = *(enum precision *)*state;
	return 0;
}

/* Whatever the precision. */
#define BOTH(f)                                                                                    \
	{#f, f, set_precision, NULL, &fp32},                                                       \
	{                                                                                          \
#f " in bf16", f, set_precision, NULL, &bf16                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(frozen_layers_keep_every_byte),
	    BOTH(same_calls_same_bits),
	    BOTH(networks_do_not_meet),
	    BOTH(state_resumes_to_the_bit),
	    BOTH(a_step_that_is_not_finite_changes_nothing),
	    BOTH(a_nan_leaves_nothing_behind),
	    BOTH(cache_changes_no_bit),
	    BOTH(predictions_do_not_depend_on_the_batch),
	    BOTH(pictures_may_lie_on_the_card),
	    BOTH(measuring_changes_no_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
