/* One network twice, on the CPU and on a card, and what may differ between the two: rounding. */
#ifndef THAW_TESTS_ENGINE_PAIR_H
#define THAW_TESTS_ENGINE_PAIR_H

#include "rig.h"

#include "card.h"

struct pair {
	struct rig rig;     /* of which the net is the CPU's */
	struct net *net[2]; /* the CPU's, the card's */
};

/* The card's backend; networks are opened on the CPU all the same. */
static inline const struct backend *card_backend(void)
{
	static const struct backend *card;
	struct errinfo e = {0};
	if (card)
		return card;
	card_use();
	if (device_choose("cuda", PRECISION_FP32, &e))
		fail_msg("%s", e.msg);
	card = backend_current();
	assert_int_equal(device_choose("cpu", PRECISION_FP32, &e), ERR_OK);
	return card;
}

static inline void pair_open(struct pair *p, const char *layers, int size, int channels, int n,
			     enum batchnorm_mode mode)
{
	rig_open(&p->rig, layers, size, channels, n, mode);
	p->net[0] = p->rig.net;
	p->net[1] = rig_again(&p->rig, card_backend());
}

static inline void pair_close(struct pair *p)
{
	net_free(p->net[1]);
	rig_close(&p->rig);
}

static inline struct step pair_step(const struct pair *p)
{
	return (struct step){
	    .x = p->rig.x,
	    .labels = p->rig.labels,
	    .n = p->rig.n,
	    .lr = .05,
	    .momentum = .9,
	    .b1 = .9,
	    .b2 = .99,
	    .eps = .05, /* of the size of gradients: no small one grows with its rounding */
	    .decay = .01,
	    .dropout_key = 11};
}

static inline void pair_freeze(struct pair *p, const struct layerset *frozen)
{
	for (int i = 0; i < 2; i++)
		net_set_frozen(p->net[i], frozen);
}

/* Within `tolerance` of the largest of `scale`. */
static inline void near_all(const float *a, const float *b, size_t n, double scale,
			    double tolerance, const char *what)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabs((double)a[i] - (double)b[i]) <= tolerance * scale))
			fail_msg("%s[%zu]: %.9g, but on the CPU %.9g (the largest is %.4g)", what,
				 i, (double)a[i], (double)b[i], scale);
}

static inline double largest(const float *v, size_t n)
{
	double most = 0;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs((double)v[i]));
	return most;
}

static inline void near_value(double a, double b, double tolerance, const char *what)
{
	if (!(fabs(a - b) <= tolerance * fmax(1, fabs(b))))
		fail_msg("%s: %.9g, but on the CPU %.9g", what, a, b);
}

static inline void pair_predicts(struct pair *p, double tolerance)
{
	size_t n = (size_t)p->rig.n * (size_t)net_classes(p->net[0]);
	float *probs[2];
	for (int i = 0; i < 2; i++) {
		probs[i] = xcalloc(n, sizeof(float));
		net_predict(p->net[i], &(struct net_images){.x = p->rig.x, .n = p->rig.n}, probs[i]);
	}
	near_all(probs[1], probs[0], n, 1, tolerance, "probability");
	free(probs[0]);
	free(probs[1]);
}

static inline const char *array_name(int layer, enum array_role role, const char *of)
{
	static const char *const roles[] = {"biases", "scales", "mean", "variance", "weights"};
	static char text[64];
	snprintf(text, sizeof(text), "layer %d, %s%s", layer, of, roles[role]);
	return text;
}

/* What is learned of it there, NULL: nothing; free(). */
static inline float *gradient_of(const struct net *net, int layer, int k)
{
	const struct param *p = &net->params[layer].p[k];
	if (!p->learned || p->halted || !p->grad)
		return NULL;
	float *g = xcalloc(p->n_rest, sizeof(*g));
	net->backend->download(p->grad, p->layout, p->n_rest, g);
	return g;
}

/* After net_forward_backward() on both: within `tolerance` of the largest gradient of the layer. (A
 * bias below a batch-norm has none but for rounding.) */
static inline void pair_gradients(struct pair *p, double tolerance)
{
	for (int l = 0; l < net_n_layers(p->net[0]); l++) {
		const struct params *ps = &p->net[0]->params[l];
		float *g[LAYER_ARRAYS_MAX][2];
		double most = 1e-6;
		for (int k = 0; k < ps->n; k++) {
			for (int i = 0; i < 2; i++)
				g[k][i] = gradient_of(p->net[i], l, k);
			assert_int_equal(g[k][0] != NULL, g[k][1] != NULL);
			most = g[k][0] ? fmax(most, largest(g[k][0], ps->p[k].n_rest)) : most;
		}
		for (int k = 0; k < ps->n; k++) {
			if (g[k][0])
				near_all(g[k][1], g[k][0], ps->p[k].n_rest, most, tolerance,
					 array_name(l, ps->p[k].role, "gradient of "));
			free(g[k][0]);
			free(g[k][1]);
		}
	}
}

/* The numbers of all layers, in the order of params; free(). */
static inline float *all_numbers(struct net *net, size_t *n)
{
	float *v = NULL;
	*n = 0;
	net_sync(net);
	for (int l = 0; l < net_n_layers(net); l++)
		for (int k = 0; k < net->params[l].n; k++) {
			const struct param *a = &net->params[l].p[k];
			v = xrealloc(v, *n + a->n_rest + 1, sizeof(*v));
			memcpy(v + *n, a->rest, a->n_rest * sizeof(*v));
			*n += a->n_rest;
		}
	return v;
}

/* The numbers of both: how far each moved from `start`, within `tolerance` of how far the farthest
 * of its array did, and the last bits of a sum. */
static inline void pair_weights(struct pair *p, const float *start, double tolerance)
{
	size_t n, at = 0;
	float *v[2] = {all_numbers(p->net[0], &n), all_numbers(p->net[1], &n)};
	for (int l = 0; l < net_n_layers(p->net[0]); l++)
		for (int k = 0; k < p->net[0]->params[l].n; k++) {
			const struct param *a = &p->net[0]->params[l].p[k];
			double moved = 0, size = largest(v[0] + at, a->n_rest);
			for (size_t i = 0; i < a->n_rest; i++)
				moved =
				    fmax(moved, fabs((double)v[0][at + i] - (double)start[at + i]));
			near_all(v[1] + at, v[0] + at, a->n_rest, tolerance * moved + 2e-7 * size,
				 1, array_name(l, a->role, ""));
			at += a->n_rest;
		}
	free(v[0]);
	free(v[1]);
}

static inline void pair_same_result(const struct step_result r[2], double tolerance)
{
	assert_int_equal(r[0].finite, r[1].finite);
	near_value(r[1].loss, r[0].loss, tolerance, "the loss");
	near_value(r[1].gradient_norm, r[0].gradient_norm, tolerance, "the gradient's norm");
	assert_int_equal(r[0].n_correct, r[1].n_correct);
	assert_int_equal(r[0].n_top5, r[1].n_top5);
}

/* One step in three parts on both: loss, gradients, what moved. */
static inline void pair_step_agrees(struct pair *p, const struct step *s, double tolerance)
{
	size_t n;
	float *start = all_numbers(p->net[0], &n);
	struct step_result r[2];
	for (int i = 0; i < 2; i++)
		net_forward_backward(p->net[i], s, &r[i]);
	pair_gradients(p, tolerance);
	for (int i = 0; i < 2; i++)
		net_update(p->net[i], s, &r[i]);
	pair_same_result(r, tolerance);
	pair_weights(p, start, tolerance);
	free(start);
}

#endif
