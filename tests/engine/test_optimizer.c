/* The optimisers, by what they do to weights: against Darknet's own functions, against the papers'
 * formulas in double precision, and what remains of them when layers freeze and thaw. Class weights,
 * against finite differences. */
#include "rig.h"

/* Of libdarknet. */
void scal_cpu(int n, float alpha, float *x, int incx);
void axpy_cpu(int n, float alpha, float *x, int incx, float *y, int incy);
void mul_cpu(int n, float *x, int incx, float *y, int incy);
void fill_cpu(int n, float alpha, float *x, int incx);

#define B1 .9
#define B2 .999
#define EPS 1e-7
#define DECAY .01
#define N 4
#define STEPS 5

#define LAYERS                                                                                     \
	CONV(12, 3, 1, BN, "leaky")                                                                \
	CONV(32, 3, 1, "", "leaky")                                                                \
	CONV(32, 3, 1, "groups=2\n" BN, "leaky")                                                   \
	"[batchnorm]\n\n[activation]\nactivation=leaky\n\n"                                        \
	"[connected]\noutput=20\nbatch_normalize=1\nactivation=leaky\n\n"                          \
	"[connected]\noutput=5\nactivation=linear\n\n[softmax]\n"
#define N_LAYERS 7

static struct step step_of(const struct rig *r, enum optimizer optimizer)
{
	return (struct step){.x = r->x,
			     .labels = r->labels,
			     .n = r->n,
			     .lr = .01,
			     .optimizer = optimizer,
			     .momentum = .9,
			     .b1 = B1,
			     .b2 = B2,
			     .eps = EPS,
			     .decay = DECAY};
}

static void must_step(struct net *net, const struct step *s)
{
	struct step_result r;
	net_step(net, s, &r);
	assert_true(r.finite);
}

/* Of one array, in Darknet's order: what another program would keep of it. */
struct peer {
	float *w, *d, *m, *v;
	double *exact, *first, *second; /* the same in double precision */
	size_t n;
};
struct peers {
	struct peer p[N_LAYERS + 1][LAYER_ARRAYS_MAX];
};

static void peers_open(struct peers *all, struct net *net)
{
	net_sync(net);
	for (int i = 0; i < net_n_layers(net); i++)
		for (int k = 0; k < net->params[i].n; k++) {
			struct peer *p = &all->p[i][k];
			p->n = net->params[i].p[k].n_rest;
			p->w = xcalloc(p->n, sizeof(float));
			p->d = xcalloc(p->n, sizeof(float));
			p->m = xcalloc(p->n, sizeof(float));
			p->v = xcalloc(p->n, sizeof(float));
			p->exact = xcalloc(p->n, sizeof(double));
			p->first = xcalloc(p->n, sizeof(double));
			p->second = xcalloc(p->n, sizeof(double));
			memcpy(p->w, net->params[i].p[k].rest, p->n * sizeof(float));
			for (size_t j = 0; j < p->n; j++)
				p->exact[j] = (double)p->w[j];
		}
}

static void peers_close(struct peers *all, const struct net *net)
{
	for (int i = 0; i < net_n_layers(net); i++)
		for (int k = 0; k < net->params[i].n; k++) {
			struct peer *p = &all->p[i][k];
			void *each[] = {p->w, p->d, p->m, p->v, p->exact, p->first, p->second};
			for (size_t j = 0; j < sizeof(each) / sizeof(*each); j++)
				free(each[j]);
		}
}

/* The mean gradient of an array, in Darknet's order. */
static void gradient_of(const struct net *net, const struct param *p, float *out)
{
	net->backend->download(p->grad, p->layout, p->n_rest, out);
}

/* What adam_update_gpu() calls, and its adam_kernel() written out: a Darknet without a card has
 * neither. Its gradients are sums over the batch that point downhill. */
static void darknet_adam(struct peer *p, double lr, int t)
{
	int n = (int)p->n;
	float b1 = (float)B1, b2 = (float)B2;
	scal_cpu(n, b1, p->m, 1);
	scal_cpu(n, b2, p->v, 1);
	axpy_cpu(n, (float)(-DECAY * N), p->w, 1, p->d, 1);
	axpy_cpu(n, 1 - b1, p->d, 1, p->m, 1);
	mul_cpu(n, p->d, 1, p->d, 1);
	axpy_cpu(n, 1 - b2, p->d, 1, p->v, 1);
	for (int i = 0; i < n; i++) {
		float mhat = p->m[i] / (1.f - powf(b1, (float)t));
		float vhat = p->v[i] / (1.f - powf(b2, (float)t));
		p->w[i] = p->w[i] + (float)lr * mhat / (sqrtf(vhat) + (float)EPS);
	}
	fill_cpu(n, 0, p->d, 1);
}

/* torch.optim.AdamW's step, line by line. */
static void torch_adamw(struct peer *p, double lr, double decay, int t)
{
	for (size_t i = 0; i < p->n; i++) {
		double g = (double)p->d[i];
		p->exact[i] *= 1 - lr * decay;
		p->first[i] += (g - p->first[i]) * (1 - B1);
		p->second[i] = p->second[i] * B2 + (1 - B2) * g * g;
		double denominator = sqrt(p->second[i]) / sqrt(1 - pow(B2, t)) + EPS;
		p->exact[i] -= lr / (1 - pow(B1, t)) * p->first[i] / denominator;
	}
}

/* Of the changes that `steps` steps made of an array, those of its peer within a share. */
static void same_change(const struct param *p, const struct peer *peer, bool exact, double lr,
			const char *what)
{
	for (size_t j = 0; j < p->n_rest; j++) {
		double theirs = exact ? peer->exact[j] : (double)peer->w[j];
		if (fabs((double)p->rest[j] - theirs) > 1e-4 * lr + 1e-6 * fabs(theirs))
			fail_msg("%s [%zu]: %.9g, not %.9g", what, j, (double)p->rest[j], theirs);
	}
}

/* Our gradients, for both to learn from: a step of Adam is as long whatever a gradient's size, and
 * would make a mountain of what two programs round differently. */
static void gather(struct peers *all, struct net *net, float sign)
{
	for (int i = 0; i < net_n_layers(net); i++)
		for (int k = 0; k < net->params[i].n; k++) {
			struct peer *p = &all->p[i][k];
			if (!net->params[i].p[k].learned)
				continue;
			gradient_of(net, &net->params[i].p[k], p->d);
			for (size_t j = 0; j < p->n; j++)
				p->d[j] *= sign;
		}
}

static void update_peers(struct peers *all, struct net *net, const struct step *s, int t)
{
	bool adam = s->optimizer == OPTIMIZER_ADAM;
	gather(all, net, adam ? -N : 1);
	for (int i = 0; i < net_n_layers(net); i++)
		for (int k = 0; k < net->params[i].n; k++) {
			const struct param *p = &net->params[i].p[k];
			double lr = s->lr * net_lr_scale(net, i);
			if (p->learned && adam)
				darknet_adam(&all->p[i][k], lr, t);
			else if (p->learned)
				torch_adamw(&all->p[i][k], lr, p->role == ARRAY_WEIGHTS ? DECAY : 0,
					    t);
		}
}

static void compare(enum optimizer optimizer, enum batchnorm_mode mode)
{
	struct rig r;
	struct peers all;
	struct step_result result;
	rig_open(&r, LAYERS, 6, 3, N, mode);
	net_set_lr_scale(r.net, 1, .25);
	peers_open(&all, r.net);
	struct step s = step_of(&r, optimizer);
	for (int t = 1; t <= STEPS; t++) {
		net_forward_backward(r.net, &s, &result);
		update_peers(&all, r.net, &s, t);
		net_update(r.net, &s, &result);
	}
	net_sync(r.net);
	for (int i = 0; i < net_n_layers(r.net); i++)
		for (int k = 0; k < r.net->params[i].n; k++) {
			const struct param *p = &r.net->params[i].p[k];
			char what[64];
			snprintf(what, sizeof(what), "layer %d, array %d", i, (int)p->role);
			if (p->learned)
				same_change(p, &all.p[i][k], optimizer == OPTIMIZER_ADAMW, s.lr,
					    what);
		}
	peers_close(&all, r.net);
	rig_close(&r);
}

static void adam_is_darknets(void **state)
{
	(void)state;
	compare(OPTIMIZER_ADAM, BATCHNORM_TRAIN);
	compare(OPTIMIZER_ADAM, BATCHNORM_FROZEN);
}

static void adamw_is_pytorchs(void **state)
{
	(void)state;
	compare(OPTIMIZER_ADAMW, BATCHNORM_TRAIN);
	compare(OPTIMIZER_ADAMW, BATCHNORM_FROZEN);
}

/* ---- in the folded weights ---- */

static float gain_of(struct net *net, int layer, size_t k)
{
	struct params *ps = &net->params[layer];
	const struct param *scales = params_get(ps, ARRAY_SCALES);
	size_t row = params_get(ps, ARRAY_WEIGHTS)->n_rest / scales->n_rest;
	return scales->rest[k / row] /
	       (sqrtf(params_get(ps, ARRAY_VARIANCE)->rest[k / row]) + 1e-6f);
}

/* Adam on a W, a being what batch-norm multiplies by: the gradient there is that in W over a. */
static void descend_folded(struct net *net, struct peer *p, int layer, const struct step *s, int t)
{
	for (size_t j = 0; j < p->n; j++) {
		double a = (double)gain_of(net, layer, j), folded = a * p->exact[j];
		double eps = s->optimizer == OPTIMIZER_ADAM ? EPS / N : EPS;
		/* The gradient that is kept is a^-2 that in W. */
		double g = (double)p->d[j] * a;
		g += s->optimizer == OPTIMIZER_ADAM ? DECAY * folded : 0;
		folded *= s->optimizer == OPTIMIZER_ADAMW ? 1 - s->lr * DECAY : 1;
		p->first[j] = B1 * p->first[j] + (1 - B1) * g;
		p->second[j] = B2 * p->second[j] + (1 - B2) * g * g;
		folded -= s->lr * p->first[j] / (1 - pow(B1, t)) /
			  (sqrt(p->second[j] / (1 - pow(B2, t))) + eps);
		p->exact[j] = folded / a;
	}
}

static void folded_adam_descends_in_folded_weights(void **state)
{
	(void)state;
	for (int o = OPTIMIZER_ADAM; o <= OPTIMIZER_ADAMW; o++) {
		struct rig r;
		struct peers all;
		struct step_result result;
		rig_open(&r, LAYERS, 6, 3, N, BATCHNORM_FOLDED);
		struct params *ps = &r.net->params[2];
		struct param *w = params_get(ps, ARRAY_WEIGHTS),
			     *scales = params_get(ps, ARRAY_SCALES);
		for (size_t c = 0; c < scales->n_rest; c++) /* as in Tiny Darknet's last layers */
			scales->rest[c] = c % 2 ? -80 : 40;
		net_weights_changed(r.net);
		uint64_t kept = net_digest(r.net, 2);
		peers_open(&all, r.net);
		struct step s = step_of(&r, (enum optimizer)o);
		for (int t = 1; t <= STEPS; t++) {
			net_forward_backward(r.net, &s, &result);
			gather(&all, r.net, 1);
			descend_folded(r.net, &all.p[2][w - ps->p], 2, &s, t);
			net_update(r.net, &s, &result);
		}
		net_sync(r.net);
		assert_true(net_digest(r.net, 2) != kept);
		for (size_t j = 0; j < w->n_rest; j++)
			assert_float_equal(w->rest[j], all.p[2][w - ps->p].exact[j],
					   1e-4 * s.lr / 40 + 1e-6 * fabs((double)w->rest[j]));
		for (size_t c = 0; c < scales->n_rest; c++)
			assert_true(scales->rest[c] == (c % 2 ? -80 : 40));
		peers_close(&all, r.net);
		rig_close(&r);
	}
}

/* ---- what remains ---- */

static void freeze(struct net *net, const char *which)
{
	struct layerset frozen;
	assert_int_equal(layerset_parse(&frozen, which, net_n_layers(net), net_head(net), NULL),
			 ERR_OK);
	net_set_frozen(net, &frozen);
}

/* A layer that was frozen and thawed learns as one that never learnt before, while those that went
 * on keep what they remember. */
static void freezing_leaves_no_residue(void **state)
{
	(void)state;
	for (int o = 0; o < OPTIMIZER_N; o++) {
		struct rig r;
		struct errinfo e = {0};
		rig_open(&r, LAYERS, 6, 3, N, BATCHNORM_FROZEN);
		struct step s = step_of(&r, (enum optimizer)o);
		for (int i = 0; i < 3; i++)
			must_step(r.net, &s);
		freeze(r.net, "0-2");
		uint64_t before = net_digest(r.net, 1);
		for (int i = 0; i < 3; i++)
			must_step(r.net, &s);
		assert_int_equal(net_digest(r.net, 1), before);
		freeze(r.net, "none");
		struct strbuf moments = STRBUF_INIT;
		net_state_write(r.net, &moments);
		struct net_snapshot *here = net_snapshot_take(r.net, NULL);
		must_step(r.net, &s);
		uint64_t after = net_digest(r.net, 1), head = net_digest(r.net, 6);
		net_snapshot_restore(r.net, here);
		net_weights_changed(r.net); /* nothing is remembered of any layer */
		must_step(r.net, &s);
		assert_int_equal(net_digest(r.net, 1), after);
		assert_true(net_digest(r.net, 6) != head);
		net_snapshot_restore(r.net, here);
		net_weights_changed(r.net);
		assert_int_equal(net_state_read(r.net, moments.buf, moments.len, &e), ERR_OK);
		must_step(r.net, &s);
		assert_int_equal(net_digest(r.net, 6), head);
		strbuf_release(&moments);
		net_snapshot_free(here);
		rig_close(&r);
	}
}

static uint64_t digest_all(struct net *net)
{
	uint64_t all = 0;
	for (int i = 0; i < net_n_layers(net); i++)
		all = all * 31 + net_digest(net, i);
	return all;
}

/* Another optimiser begins as if there had been none before. */
static void another_optimizer_begins_at_zero(void **state)
{
	(void)state;
	for (int from = 0; from < OPTIMIZER_N; from++)
		for (int to = 0; to < OPTIMIZER_N; to++) {
			struct rig r;
			if ((from == OPTIMIZER_SGD) == (to == OPTIMIZER_SGD))
				continue;
			rig_open(&r, LAYERS, 6, 3, N, BATCHNORM_FOLDED);
			struct step s = step_of(&r, (enum optimizer)from);
			must_step(r.net, &s);
			struct net_snapshot *here = net_snapshot_take(r.net, NULL);
			s.optimizer = (enum optimizer)to;
			must_step(r.net, &s);
			uint64_t after = digest_all(r.net);
			net_snapshot_restore(r.net, here);
			net_weights_changed(r.net);
			must_step(r.net, &s);
			assert_int_equal(digest_all(r.net), after);
			net_snapshot_free(here);
			rig_close(&r);
		}
}

/* Gradients in W and in a W are worlds apart: what Adam remembers of the one says nothing of the
 * other. */
static void folding_begins_at_zero(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, LAYERS, 6, 3, N, BATCHNORM_FROZEN);
	struct step s = step_of(&r, OPTIMIZER_ADAMW);
	must_step(r.net, &s);
	net_set_batchnorm(r.net, BATCHNORM_FOLDED);
	struct net_snapshot *here = net_snapshot_take(r.net, NULL);
	must_step(r.net, &s);
	uint64_t normed = net_digest(r.net, 2), head = net_digest(r.net, 6);
	net_snapshot_restore(r.net, here);
	net_weights_changed(r.net);
	must_step(r.net, &s);
	assert_int_equal(net_digest(r.net, 2), normed);
	assert_true(net_digest(r.net, 6) != head); /* no batch-norm: it remembers */
	net_snapshot_free(here);
	rig_close(&r);
}

/* Each update is one pass in pieces that no number of threads changes. */
static void threads_change_no_bit(void **state)
{
	(void)state;
	for (int o = OPTIMIZER_ADAM; o <= OPTIMIZER_ADAMW; o++) {
		uint64_t digest[3];
		for (int threads = 1; threads <= 3; threads++) {
			struct rig r;
			struct step_result result;
			rig_open(&r, CONV(64, 3, 1, BN, "leaky") CONV(64, 3, 1, BN, "leaky") TAIL,
				 6, 3, N, BATCHNORM_FOLDED);
			struct step s = step_of(&r, (enum optimizer)o);
			net_forward_backward(r.net, &s, &result);
			r.net->threads = threads;
			net_update(r.net, &s, &result);
			digest[threads - 1] = digest_all(r.net);
			rig_close(&r);
		}
		assert_int_equal(digest[0], digest[1]);
		assert_int_equal(digest[0], digest[2]);
	}
}

/* The states that were written before there was another optimiser: first moments alone. */
static void a_state_of_version_1_is_read(void **state)
{
	(void)state;
	struct rig r;
	struct errinfo e = {0};
	struct strbuf now = STRBUF_INIT, old = STRBUF_INIT, again = STRBUF_INIT;
	rig_open(&r, TAIL, 6, 3, N, BATCHNORM_FROZEN);
	struct step s = step_of(&r, OPTIMIZER_SGD);
	must_step(r.net, &s);
	net_state_write(r.net, &now);
	const uint32_t version = 1;
	const char *at = now.buf + 12;
	strbuf_add(&old, now.buf, 4);
	strbuf_add(&old, (const char *)&version, 4);
	strbuf_add(&old, now.buf + 8, 4);
	while (at < now.buf + now.len) {
		uint64_t n;
		memcpy(&n, at + 8, sizeof(n));
		strbuf_add(&old, at, 16);
		strbuf_add(&old, at + 32, n * sizeof(float));
		at += 32 + n * sizeof(float);
	}
	net_weights_changed(r.net);
	assert_int_equal(net_state_read(r.net, old.buf, old.len, &e), ERR_OK);
	net_state_write(r.net, &again);
	assert_int_equal(again.len, now.len);
	assert_memory_equal(again.buf, now.buf, now.len);
	strbuf_release(&now);
	strbuf_release(&old);
	strbuf_release(&again);
	rig_close(&r);
}

/* ---- class weights ---- */

static const float weights_of_classes[] = {.5f, 3, 1, .25f, 7};

/* The loss whose gradient a step with class weights follows, from the network's probabilities. */
static double weighted_loss(struct rig *r, double smoothing)
{
	size_t classes = (size_t)net_classes(r->net);
	float *probs = xcalloc((size_t)r->n * classes, sizeof(*probs));
	double loss = 0;
	net_predict(r->net, &(struct net_images){.x = r->x, .n = r->n}, probs);
	for (int i = 0; i < r->n; i++)
		for (size_t c = 0; c < classes; c++) {
			double truth = smoothing / (double)classes +
				       ((int)c == r->labels[i] ? 1 - smoothing : 0);
			loss -= truth * log((double)probs[(size_t)i * classes + c]) *
				(double)weights_of_classes[r->labels[i]];
		}
	free(probs);
	return loss / r->n;
}

static double loss_with(struct rig *r, struct param *p, size_t k, float value, double smoothing)
{
	p->rest[k] = value;
	net_weights_changed(r->net);
	return weighted_loss(r, smoothing);
}

static void weights_of_classes_scale_gradients(void **state)
{
	(void)state;
	static const double smoothings[] = {0, .1};
	for (size_t q = 0; q < 2; q++) {
		struct rig r;
		struct step_result result;
		rig_open(&r, CONV(8, 3, 1, "", "tanh") TAIL, 5, 3, 7, BATCHNORM_FROZEN);
		struct step s = {.x = r.x,
				 .labels = r.labels,
				 .n = r.n,
				 .label_smoothing = smoothings[q],
				 .class_weights = weights_of_classes};
		struct param *p = params_get(&r.net->params[1], ARRAY_WEIGHTS);
		for (size_t k = 0; k < p->n_rest; k += 3) {
			const float start = p->rest[k], h = 1e-2f;
			double numeric = (loss_with(&r, p, k, start + h, smoothings[q]) -
					  loss_with(&r, p, k, start - h, smoothings[q])) /
					 (2 * (double)h);
			loss_with(&r, p, k, start, smoothings[q]);
			net_forward_backward(r.net, &s, &result);
			float *plain = xcalloc(p->n_rest, sizeof(*plain));
			gradient_of(r.net, p, plain);
			assert_float_equal((double)plain[k], numeric, 1e-2 * fabs(numeric) + 1e-3);
			free(plain);
		}
		rig_close(&r);
	}
}

/* What is told of a step is comparable with a validation loss, whatever the weights; and weights of
 * 1 are none, to the bit. */
static void the_loss_told_is_not_weighted(void **state)
{
	(void)state;
	static const float ones[] = {1, 1, 1, 1, 1};
	const float *const weights[] = {NULL, ones, weights_of_classes};
	double loss[3];
	uint64_t digest[3];
	for (int i = 0; i < 3; i++) {
		struct rig r;
		struct step_result result;
		rig_open(&r, LAYERS, 6, 3, N, BATCHNORM_TRAIN);
		struct step s = step_of(&r, OPTIMIZER_SGD);
		s.class_weights = weights[i];
		net_step(r.net, &s, &result);
		loss[i] = result.loss;
		digest[i] = digest_all(r.net);
		rig_close(&r);
	}
	assert_memory_equal(&loss[0], &loss[1], sizeof(double));
	assert_memory_equal(&loss[0], &loss[2], sizeof(double));
	assert_int_equal(digest[0], digest[1]);
	assert_true(digest[0] != digest[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(adam_is_darknets),
	    cmocka_unit_test(adamw_is_pytorchs),
	    cmocka_unit_test(folded_adam_descends_in_folded_weights),
	    cmocka_unit_test(freezing_leaves_no_residue),
	    cmocka_unit_test(another_optimizer_begins_at_zero),
	    cmocka_unit_test(folding_begins_at_zero),
	    cmocka_unit_test(threads_change_no_bit),
	    cmocka_unit_test(a_state_of_version_1_is_read),
	    cmocka_unit_test(weights_of_classes_scale_gradients),
	    cmocka_unit_test(the_loss_told_is_not_weighted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
