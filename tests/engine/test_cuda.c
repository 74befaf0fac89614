/* Whole work on a card: many steps beside the CPU's, and what a network keeps to the last bit. */
#include "pair.h"

#include "thaw/base/folder.h"
#include "thaw/engine/model.h"

#include <stdio.h>
#include <sys/wait.h>

#define DENSE(extra, n, act) "[connected]\n" extra "output=" #n "\nactivation=" act "\n\n"
#define ENDS DENSE("", 5, "linear") "[softmax]\ngroups=1\n"

/* Every kind of layer that a card computes, but for [crop]. */
#define ZOO                                                                                        \
	CONV(16, 3, 1, BN, "leaky")                                                                \
	CONV(16, 3, 1, "groups=4\n" BN, "relu")                                                    \
	"[shortcut]\nfrom=-2\nactivation=leaky\n\n"                                                \
	"[maxpool]\nsize=2\nstride=2\n\n" CONV(                                                    \
	    24, 3, 1, "",                                                                          \
	    "elu") "[batchnorm]\n\n"                                                               \
		   "[route]\nlayers=-1,-2\n\n"                                                     \
		   "[dropout]\nprobability=.3\n\n" CONV(                                           \
		       8, 3, 1, BN, "loggy") "[upsample]\nstride=2\n\n" CONV(6, 3, 2, "", "leaky") \
		       DENSE(BN, 12, "leaky") ENDS
enum { SIDE = 8, FLOATS = 3 * SIDE * SIDE, N = 4, CLASSES = 5 };

static struct net *net_on_card(const struct rig *r)
{
	return rig_again(r, card_backend());
}

static struct step step_of(const struct rig *r, uint64_t i)
{
	return (struct step){.x = r->x,
			     .labels = r->labels,
			     .n = r->n,
			     .lr = 1e-2,
			     .momentum = .9,
			     .b1 = .9,
			     .b2 = .99,
			     .eps = 1e-3,
			     .decay = .01,
			     .dropout_key = rng_key(3, RNG_DROPOUT, 0, i)};
}

static void train(struct net *net, const struct rig *r, uint64_t from, uint64_t to,
		  enum optimizer optimizer, const uint64_t *key)
{
	for (uint64_t i = from; i < to; i++) {
		struct step s = step_of(r, i);
		struct step_result result;
		s.optimizer = optimizer;
		s.key = key;
		s.lr = optimizer == OPTIMIZER_SGD ? s.lr : s.lr / 10;
		net_step(net, &s, &result);
		assert_true(result.finite);
	}
}

static void freeze(struct net *net, const char *which)
{
	struct layerset frozen;
	assert_int_equal(layerset_parse(&frozen, which, net_n_layers(net), net_head(net), NULL),
			 ERR_OK);
	net_set_frozen(net, &frozen);
}

/* Weights and moments. */
static struct strbuf bytes_of(struct net *net)
{
	struct strbuf out = STRBUF_INIT;
	net_weights_write(net, 0, &out);
	net_state_write(net, &out);
	return out;
}

static bool same_bytes(struct strbuf *a, struct strbuf *b)
{
	bool same = a->len == b->len && memcmp(a->buf, b->buf, a->len) == 0;
	strbuf_release(a);
	strbuf_release(b);
	return same;
}

static bool same_nets(struct net *a, struct net *b)
{
	struct strbuf x = bytes_of(a), y = bytes_of(b);
	return same_bytes(&x, &y);
}

/* ---- beside the CPU ---- */

/* Fifty iterations with a freeze and a thaw on the way, within 1e-3 of what they moved. */
static void many_steps_agree(enum batchnorm_mode mode, enum optimizer optimizer)
{
	static const struct {
		uint64_t to;
		const char *frozen;
	} phases[] = {{15, "0-4"}, {30, "1,3-5"}, {50, "none"}};
	struct pair p;
	size_t n;
	uint64_t from = 0;
	pair_open(&p, ZOO, SIDE, 3, N, mode);
	float *start = all_numbers(p.net[0], &n);
	for (size_t k = 0; k < sizeof(phases) / sizeof(*phases); k++) {
		for (int i = 0; i < 2; i++) {
			freeze(p.net[i], phases[k].frozen);
			train(p.net[i], &p.rig, from, phases[k].to, optimizer, NULL);
		}
		from = phases[k].to;
	}
	pair_weights(&p, start, 1e-3);
	pair_predicts(&p, 1e-3);
	free(start);
	pair_close(&p);
}

static void fifty_iterations_agree(void **state)
{
	(void)state;
	for (int mode = 0; mode < BATCHNORM_N; mode++)
		many_steps_agree((enum batchnorm_mode)mode, OPTIMIZER_SGD);
	many_steps_agree(BATCHNORM_FOLDED, OPTIMIZER_ADAM);
	many_steps_agree(BATCHNORM_TRAIN, OPTIMIZER_ADAMW);
}

/* Features, traces and maps, whatever is frozen. */
static void looks_agree(void **state)
{
	(void)state;
	static const char *const freezes[] = {"none", "0-3", "0-1,4", "base"};
	struct pair p;
	static struct net_trace traces[2][N * NET_TRACES];
	pair_open(&p,
		  CONV(12, 3, 1, BN, "leaky") "[maxpool]\nsize=2\nstride=2\n\n" CONV(
		      16, 3, 1, BN, "relu") CONV(9, 3, 1, "", "leaky") TAIL,
		  SIDE, 3, N, BATCHNORM_TRAIN);
	for (size_t f = 0; f < sizeof(freezes) / sizeof(*freezes); f++) {
		int dim = net_feature_dim(p.net[0]), seen[2], w = 0, h = 0;
		float *features[2], probs[2][N * CLASSES], map[2][64 * 64];
		for (int i = 0; i < 2; i++) {
			freeze(p.net[i], freezes[f]);
			train(p.net[i], &p.rig, 0, 2, OPTIMIZER_SGD, NULL);
			features[i] = xcalloc((size_t)(N * dim), sizeof(float));
			net_features(p.net[i], &(struct net_images){.x = p.rig.x, .n = N},
				     features[i]);
			seen[i] = net_look(p.net[i], p.rig.x, N, probs[i], traces[i]);
			assert_true(net_activation_map(p.net[i], N - 1, 2, map[i], &w, &h));
		}
		assert_int_equal(seen[0], seen[1]);
		near_all(features[1], features[0], (size_t)(N * dim),
			 largest(features[0], (size_t)(N * dim)), 1e-3, "feature");
		near_all(probs[1], probs[0], N * CLASSES, 1, 1e-3, "probability");
		near_all(map[1], map[0], (size_t)(w * h), largest(map[0], (size_t)(w * h)), 1e-3,
			 "map");
		for (int k = 0; k < N * NET_TRACES; k++) {
			assert_int_equal(traces[1][k].layer, traces[0][k].layer);
			near_value(traces[1][k].mean, traces[0][k].mean, 1e-3, "a mean");
			near_value(traces[1][k].sd, traces[0][k].sd, 1e-3, "a deviation");
		}
		free(features[0]);
		free(features[1]);
	}
	pair_close(&p);
}

/* A run goes on elsewhere as it would have where it began: to rounding. */
static void runs_move_between_devices(void **state)
{
	(void)state;
	for (int o = 0; o < OPTIMIZER_N; o++)
		for (int from = 0; from < 2; from++) {
			struct pair p;
			struct errinfo e = {0};
			struct strbuf moments = STRBUF_INIT;
			size_t n;
			pair_open(&p, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
			train(p.net[from], &p.rig, 0, 8, (enum optimizer)o, NULL);
			float *start = all_numbers(p.net[from], &n);
			net_state_write(p.net[from], &moments);
			assert_int_equal(net_save(p.net[from], p.rig.weights, 0, &e), ERR_OK);
			struct net *to = p.net[1 - from];
			if (model_load_all(to, p.rig.weights, NULL, &e) ||
			    net_state_read(to, moments.buf, moments.len, &e))
				fail_msg("%s", e.msg);
			assert_true(same_nets(p.net[0], p.net[1]));
			for (int i = 0; i < 2; i++)
				train(p.net[i], &p.rig, 8, 16, (enum optimizer)o, NULL);
			pair_weights(&p, start, 1e-3);
			strbuf_release(&moments);
			free(start);
			pair_close(&p);
		}
}

/* How far all gradients of a step are from the CPU's, as a share of these. */
static double gradients_apart(struct pair *p)
{
	double apart = 0, size = 0;
	struct step s = step_of(&p->rig, 0);
	struct step_result r;
	for (int i = 0; i < 2; i++)
		net_forward_backward(p->net[i], &s, &r);
	for (int l = 0; l < net_n_layers(p->net[0]); l++)
		for (int k = 0; k < p->net[0]->params[l].n; k++) {
			float *g[] = {gradient_of(p->net[0], l, k), gradient_of(p->net[1], l, k)};
			for (size_t i = 0; g[0] && i < p->net[0]->params[l].p[k].n_rest; i++) {
				double d = (double)g[1][i] - (double)g[0][i];
				apart += d * d;
				size += (double)g[0][i] * (double)g[0][i];
			}
			free(g[0]);
			free(g[1]);
		}
	return sqrt(apart / size);
}

/* Not as near as fp32, which shows that they are used; and no farther than they round. */
static void precisions_round(void **state)
{
	static const struct {
		enum precision precision;
		double least, most;
	} rows[] = {
	    {PRECISION_FP32, 0, 1e-5}, {PRECISION_TF32, 1e-5, 1e-2}, {PRECISION_BF16, 1e-3, .1}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pair p;
		pair_precision = rows[i].precision;
		pair_open(&p, ZOO, SIDE, 3, N, BATCHNORM_FROZEN);
		double apart = gradients_apart(&p);
		print_message("    %s: %.2g\n", precision_name(rows[i].precision), apart);
		if (!(apart >= rows[i].least && apart <= rows[i].most))
			fail_msg("%s: %g", precision_name(rows[i].precision), apart);
		pair_predicts(&p, rows[i].most);
		pair_close(&p);
	}
	pair_precision = PRECISION_FP32;
}

/* ---- to the bit ---- */

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

/* ---- what cannot be ---- */

static void kinds_without_a_kernel_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *layers;
	} rows[] = {
	    {"[local]", "[local]\nfilters=6\nsize=3\nstride=1\npad=1\nactivation=leaky\n\n"},
	    {"[normalization]", "[normalization]\nsize=5\nalpha=0.1\nbeta=0.75\nkappa=1\n\n"},
	    {"[reorg]", "[reorg]\nstride=2\n\n"},
	};
	const struct backend *card = card_backend();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct errinfo e = {0};
		struct net *net = NULL;
		network *g;
		struct net_options o = {.name = "the.cfg", .threads = 1, .seed = 7};
		char *text = xasprintf("[net]\nbatch=1\nheight=8\nwidth=8\nchannels=4\n\n%s%s%s",
				       CONV(8, 3, 1, BN, "leaky"), rows[i].layers, ENDS);
		char *cfg = temp_file(text);
		assert_int_equal(graph_open(&g, cfg, &e), ERR_OK);
		assert_int_equal(net_open_graph(&net, g, card, &o, &e), ERR_VALUE);
		if (!strstr(e.msg, "layer 1") || !strstr(e.msg, rows[i].kind) ||
		    !strstr(e.msg, "device: cpu"))
			fail_msg("%s", e.msg);
		unlink(cfg);
		free(cfg);
		free(text);
	}
}

/* The words of a card that fails in the middle of it all, in a process of its own. */
static void failing(void)
{
	struct rig r;
	setenv("THAW_STANDIN_FAIL", "200", 1);
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	train(net_on_card(&r), &r, 0, 10, OPTIMIZER_SGD, NULL);
}

static void full(void)
{
	struct rig r;
	setenv("THAW_STANDIN_MEMORY", "200000", 1);
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	train(net_on_card(&r), &r, 0, 1, OPTIMIZER_SGD, NULL);
}

/* What it says when it ends by die(). */
static void last_words(void (*body)(void), char *text, size_t size)
{
	int ends[2], status;
	size_t n = 0;
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (!child) {
		dup2(ends[1], 2);
		body();
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t got; (got = read(ends[0], text + n, size - 1 - n)) > 0; n += (size_t)got)
		;
	text[n] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void failures_are_named(void **state)
{
	(void)state;
	char text[4096];
	if (card_is_real()) {
		print_message("skipped: a real card is not made to fail\n");
		skip();
	}
	last_words(failing, text, sizeof(text));
	assert_non_null(strstr(text, "CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure"));
	last_words(full, text, sizeof(text));
	assert_non_null(strstr(text, "out of memory on cuda:0"));
	assert_non_null(strstr(text, "train.batch"));
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
	    cmocka_unit_test(failures_are_named), /* before the card is opened here */
	    cmocka_unit_test(precisions_round),
	    cmocka_unit_test(fifty_iterations_agree),
	    cmocka_unit_test(looks_agree),
	    cmocka_unit_test(runs_move_between_devices),
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
	    cmocka_unit_test(kinds_without_a_kernel_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
