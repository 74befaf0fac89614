/* The seam of the backends: a net whose numbers lie where the host cannot touch them does to the
 * bit what it does on the CPU, and a step in three parts is a step. */
#include "rig.h"

#include "far.h"

#define SIDE 8
#define N 4

#define LOWER                                                                                      \
	CONV(12, 3, 1, BN, "leaky")                                                                \
	"[maxpool]\nsize=2\nstride=2\n\n" CONV(16, 3, 1, BN, "relu") CONV(16, 3, 1, BN, "leaky")
#define ZOO                                                                                        \
	LOWER "[shortcut]\nfrom=-2\nactivation=leaky\n\n"                                          \
	      "[batchnorm]\n\n[activation]\nactivation=elu\n\n"                                    \
	      "[route]\nlayers=-1,-4\n\n[dropout]\nprobability=0.2\n\n"                            \
	      "[local]\nfilters=6\nsize=3\nstride=1\npad=1\nactivation=leaky\n\n"                  \
	      "[upsample]\nstride=2\n\n" CONV(12, 3, 2, "groups=3\n", "selu") TAIL

static struct step step_of(const struct rig *r, const uint64_t *key)
{
	return (struct step){.x = r->x,
			     .labels = r->labels,
			     .key = key,
			     .n = r->n,
			     .lr = .05,
			     .momentum = .9,
			     .b1 = .9,
			     .b2 = .99,
			     .eps = 1e-7,
			     .decay = .01,
			     .label_smoothing = .1,
			     .clip = .5,
			     .dropout_key = 11};
}

static void same_weights(struct net *a, struct net *b)
{
	for (int i = 0; i < net_n_layers(a); i++)
		assert_int_equal(net_digest(a, i), net_digest(b, i));
}

/* Whether the step could be made. */
static bool step_both(struct net *nets[2], const struct step *s)
{
	struct step_result r[2];
	for (int i = 0; i < 2; i++)
		net_step(nets[i], s, &r[i]);
	assert_int_equal(r[0].finite, r[1].finite);
	if (r[0].finite)
		assert_memory_equal(&r[0].loss, &r[1].loss, sizeof(r[0].loss));
	assert_memory_equal(&r[0].gradient_norm, &r[1].gradient_norm, sizeof(double));
	assert_int_equal(r[0].n_correct, r[1].n_correct);
	same_weights(nets[0], nets[1]);
	return r[0].finite;
}

static void freeze_both(struct net *nets[2], const char *which)
{
	for (int i = 0; i < 2; i++) {
		struct layerset frozen;
		assert_int_equal(
		    layerset_parse(&frozen, which, net_n_layers(nets[i]), net_head(nets[i]), NULL),
		    ERR_OK);
		net_set_frozen(nets[i], &frozen);
	}
}

/* What is computed without learning, all of it. */
static void infer_both(struct net *nets[2], const struct rig *r, const uint64_t *key)
{
	static struct net_trace traces[2][N * NET_TRACES];
	float probs[2][N * 5], looked[2][N * 5], map[2][64 * 64];
	float *features[2];
	int w = 0, h = 0, seen[2];
	bool mapped[2];
	for (int i = 0; i < 2; i++) {
		size_t dim = (size_t)net_feature_dim(nets[i]);
		features[i] = xcalloc(N * dim, sizeof(float));
		net_predict(nets[i], &(struct net_images){.x = r->x, .key = key, .n = N}, probs[i]);
		net_features(nets[i], &(struct net_images){.x = r->x, .key = key, .n = N}, features[i]);
		seen[i] = net_look(nets[i], r->x, N, looked[i], traces[i]);
		mapped[i] = net_activation_map(nets[i], N - 1, 2, map[i], &w, &h);
	}
	assert_memory_equal(probs[0], probs[1], sizeof(probs[0]));
	assert_memory_equal(looked[0], looked[1], sizeof(looked[0]));
	assert_memory_equal(features[0], features[1],
			    N * (size_t)net_feature_dim(nets[0]) * sizeof(float));
	assert_int_equal(seen[0], seen[1]);
	assert_memory_equal(traces[0], traces[1], sizeof(traces[0]));
	assert_true(mapped[0] && mapped[1]);
	assert_memory_equal(map[0], map[1], (size_t)(w * h) * sizeof(float));
	free(features[0]);
	free(features[1]);
}

/* Momentum out of one net and into the other. */
static void swap_states(struct net *nets[2])
{
	struct strbuf bytes[2] = {STRBUF_INIT, STRBUF_INIT};
	for (int i = 0; i < 2; i++)
		net_state_write(nets[i], &bytes[i]);
	assert_int_equal(bytes[0].len, bytes[1].len);
	assert_memory_equal(bytes[0].buf, bytes[1].buf, bytes[0].len);
	for (int i = 0; i < 2; i++)
		assert_int_equal(net_state_read(nets[i], bytes[1 - i].buf, bytes[1 - i].len, NULL),
				 ERR_OK);
	for (int i = 0; i < 2; i++)
		strbuf_release(&bytes[i]);
}

static void go_back(struct net *nets[2], const struct step *s)
{
	struct net_snapshot *saved[2];
	for (int i = 0; i < 2; i++)
		saved[i] = net_snapshot_take(nets[i], NULL);
	assert_true(step_both(nets, s));
	for (int i = 0; i < 2; i++) {
		net_snapshot_restore(nets[i], saved[i]);
		net_snapshot_free(saved[i]);
	}
	assert_true(step_both(nets, s));
}

/* A weight that is not a number: nothing is updated, and the layer is named. */
static void break_both(struct net *nets[2], const struct step *s)
{
	int named[2];
	const char *what;
	for (int i = 0; i < 2; i++) {
		net_sync(nets[i]);
		params_get(&nets[i]->params[3], ARRAY_WEIGHTS)->rest[3] = NAN;
		net_weights_changed(nets[i]);
	}
	assert_false(step_both(nets, s));
	for (int i = 0; i < 2; i++)
		named[i] = net_nonfinite_layer(nets[i], &what);
	assert_int_equal(named[0], 3);
	assert_int_equal(named[1], 3);
}

static void work(enum batchnorm_mode mode, enum optimizer optimizer)
{
	static const uint64_t key[N] = {5, 6, 7, 8};
	struct rig r;
	rig_open(&r, ZOO, SIDE, 3, N, mode);
	struct net *nets[2] = {r.net, rig_again(&r, far_backend())};
	struct step s = step_of(&r, key);
	s.optimizer = optimizer;
	for (int i = 0; i < 2; i++)
		net_set_cache(nets[i], 1 << 26, NULL);
	infer_both(nets, &r, NULL);
	for (int i = 0; i < 3; i++)
		assert_true(step_both(nets, &s));
	swap_states(nets);
	freeze_both(nets, "0-1");
	for (int i = 0; i < 3; i++)
		assert_true(step_both(nets, &s));
	struct net_cache_info kept;
	net_cache_info(nets[1], &kept);
	assert_int_equal(kept.images, N);
	assert_int_equal(kept.hits, 2 * N);
	infer_both(nets, &r, key);
	freeze_both(nets, "none");
	go_back(nets, &s);
	break_both(nets, &s);
	net_free(nets[1]);
	rig_close(&r);
}

static void memory_is_never_touched(void **state)
{
	(void)state;
	for (int mode = BATCHNORM_FROZEN; mode <= BATCHNORM_FOLDED; mode++)
		work((enum batchnorm_mode)mode, OPTIMIZER_SGD);
	work(BATCHNORM_FOLDED, OPTIMIZER_ADAM); /* with gains besides the moments */
}

/* ---- a step in three ---- */

static void leave_alone(void *arg, int layer, float *gradient, size_t n)
{
	int *last = arg;
	(void)gradient;
	assert_true(n > 0);
	assert_true(layer <= *last); /* from the last layer down */
	*last = layer;
}

static void three_parts_are_a_step(void **state)
{
	(void)state;
	struct rig r;
	struct step_result whole, parts;
	rig_open(&r, ZOO, SIDE, 3, N, BATCHNORM_TRAIN);
	struct net *nets[2] = {r.net, rig_again(&r, &cpu_backend)};
	struct step s = step_of(&r, NULL);
	freeze_both(nets, "0-2");
	for (int i = 0; i < 3; i++) {
		int last = net_n_layers(nets[1]);
		net_step(nets[0], &s, &whole);
		net_forward_backward(nets[1], &s, &parts);
		net_gradients(nets[1], leave_alone, &last);
		assert_int_equal(last, 3); /* the lowest that learns */
		net_update(nets[1], &s, &parts);
		assert_memory_equal(&whole.loss, &parts.loss, sizeof(whole.loss));
		same_weights(nets[0], nets[1]);
	}
	net_free(nets[1]);
	rig_close(&r);
}

/* Gradients are used once, and not after what they were made for has changed. */
static void gradients_do_not_last(void **state)
{
	(void)state;
	struct rig r;
	struct step_result result;
	rig_open(&r, LOWER TAIL, SIDE, 3, N, BATCHNORM_TRAIN);
	struct net *nets[2] = {r.net, rig_again(&r, &cpu_backend)};
	struct step s = step_of(&r, NULL);
	net_step(nets[0], &s, &result);
	net_forward_backward(nets[1], &s, &result);
	net_update(nets[1], &s, &result);
	net_update(nets[1], &s, &result);
	same_weights(nets[0], nets[1]);
	net_forward_backward(nets[1], &s, &result);
	freeze_both(nets, "0-2");
	net_update(nets[1], &s, &result);
	same_weights(nets[0], nets[1]);
	net_free(nets[1]);
	rig_close(&r);
}

struct pile {
	float *v;
	size_t n, at;
};

static void put(void *arg, int layer, float *gradient, size_t n)
{
	struct pile *p = arg;
	(void)layer;
	p->v = xrealloc(p->v, p->n + n, sizeof(*p->v));
	memcpy(p->v + p->n, gradient, n * sizeof(*gradient));
	p->n += n;
}

static void take(void *arg, int layer, float *gradient, size_t n)
{
	struct pile *p = arg;
	(void)layer;
	memcpy(gradient, p->v + p->at, n * sizeof(*gradient));
	p->at += n;
}

/* Two nets of half a batch each that share their gradients, beside one of the whole batch. */
static void step_of_halves(struct net *halves[2], const struct rig *r, const struct step *whole)
{
	size_t floats = 3 * SIDE * SIDE;
	struct pile piles[2] = {{0}, {0}};
	struct step s[2] = {*whole, *whole};
	struct step_result result[2];
	for (int i = 0; i < 2; i++) {
		s[i].n = N / 2;
		s[i].x += (size_t)(i * N / 2) * floats;
		s[i].labels = r->labels + i * N / 2;
		net_forward_backward(halves[i], &s[i], &result[i]);
		net_gradients(halves[i], put, &piles[i]);
	}
	for (size_t k = 0; k < piles[0].n; k++)
		piles[0].v[k] = piles[1].v[k] = (piles[0].v[k] + piles[1].v[k]) / 2;
	for (int i = 0; i < 2; i++) {
		net_gradients(halves[i], take, &piles[i]);
		assert_int_equal(piles[i].at, piles[i].n);
		net_update(halves[i], &s[i], &result[i]);
		free(piles[i].v);
	}
}

static double weights_apart(struct net *a, struct net *b)
{
	double most = 0;
	net_sync(a);
	net_sync(b);
	for (int i = 0; i < net_n_layers(a); i++)
		for (int k = 0; k < a->params[i].n; k++)
			for (size_t j = 0; j < a->params[i].p[k].n_rest; j++)
				most = fmax(most, fabs((double)a->params[i].p[k].rest[j] -
						       (double)b->params[i].p[k].rest[j]));
	return most;
}

static void gradients_summed_are_the_batch(void **state)
{
	(void)state;
	struct rig r;
	struct step_result result;
	rig_open(&r, LOWER TAIL, SIDE, 3, N, BATCHNORM_FROZEN);
	struct net *start = rig_again(&r, &cpu_backend);
	struct net *halves[2] = {rig_again(&r, &cpu_backend), rig_again(&r, &cpu_backend)};
	struct step s = step_of(&r, NULL);
	for (int i = 0; i < 3; i++) {
		net_step(r.net, &s, &result);
		step_of_halves(halves, &r, &s);
		same_weights(halves[0], halves[1]);
	}
	assert_true(weights_apart(r.net, start) > 1e-3); /* they moved */
	assert_true(weights_apart(r.net, halves[0]) < 1e-6);
	net_free(start);
	net_free(halves[0]);
	net_free(halves[1]);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_never_touched),
	    cmocka_unit_test(three_parts_are_a_step),
	    cmocka_unit_test(gradients_do_not_last),
	    cmocka_unit_test(gradients_summed_are_the_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
