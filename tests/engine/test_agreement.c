/* The engine against Darknet's own functions and against finite differences: forward, gradients
 * and updates of every kind of layer. */
#include "rig.h"

network *parse_network_cfg(char *filename);
void load_weights(network *net, char *filename);
void free_network(network *net);

/* On a CPU Darknet's [batchnorm] layer lacks the arrays its own functions use, and has no update;
 * its [local] layer asks for a quarter of the workspace it uses. */
static void mend_peer(network *g)
{
	for (int i = 0; i < g->n; i++) {
		layer *l = &g->layers[i];
		if (l->type == LOCAL) {
			free(g->workspace);
			g->workspace = calloc(l->workspace_size, sizeof(float));
		}
		if (l->type != BATCHNORM || l->x)
			continue;
		size_t n = (size_t)l->outputs * (size_t)g->batch;
		l->x = calloc(n, sizeof(float));
		l->x_norm = calloc(n, sizeof(float));
		l->mean_delta = calloc((size_t)l->c, sizeof(float));
		l->variance_delta = calloc((size_t)l->c, sizeof(float));
	}
}

/* Darknet's own network, as ours was opened. */
static network *peer_open(const struct rig *r)
{
	network *p = parse_network_cfg(r->cfg);
	load_weights(p, r->weights);
	mend_peer(p);
	return p;
}

static void peer_close(network *p)
{
	free(p->workspace); /* free_network() forgets it */
	free_network(p);
}

static void peer_forward(network *p, const struct rig *r, bool train)
{
	p->train = train;
	memcpy(p->input, r->x, (size_t)p->inputs * (size_t)r->n * sizeof(float));
	memset(p->truth, 0, (size_t)p->truths * (size_t)r->n * sizeof(float));
	for (int i = 0; i < r->n; i++)
		p->truth[i * p->truths + r->labels[i]] = 1;
	forward_network(p);
}

static void step_both(struct rig *r, network *peer, double *loss)
{
	struct step s = {
	    .x = r->x, .labels = r->labels, .n = r->n, .lr = .05, .momentum = .9, .decay = .01};
	struct step_result result;
	net_step(r->net, &s, &result);
	assert_true(result.finite);
	*loss = result.loss;
	peer_forward(peer, r, true);
	backward_network(peer);
	update_network(peer);
}

static float largest_difference(const float *a, const float *b, size_t n, float *scale)
{
	float d = 0;
	for (size_t i = 0; i < n; i++) {
		d = fmaxf(d, fabsf(a[i] - b[i]));
		*scale = fmaxf(*scale, fabsf(b[i]));
	}
	return d;
}

/* The change of every array, ours against Darknet's, relative to the largest change in that
 * array. */
static void compare_changes(struct rig *r, network *peer, network *start, float tolerance)
{
	net_sync(r->net);
	network *g = net_graph(r->net);
	for (int i = 0; i < g->n; i++) {
		struct layer_array ours[LAYER_ARRAYS_MAX], theirs[LAYER_ARRAYS_MAX],
		    before[LAYER_ARRAYS_MAX];
		int n = g->layers[i].type == BATCHNORM ? 0 : graph_arrays(g, i, ours);
		graph_arrays(peer, i, theirs);
		graph_arrays(start, i, before);
		for (int a = 0; a < n; a++) {
			float scale = 0, worst = 0;
			for (size_t k = 0; k < ours[a].n; k++) {
				float change = theirs[a].data[k] - before[a].data[k];
				scale = fmaxf(scale, fabsf(change));
				worst = fmaxf(worst, fabsf(ours[a].data[k] - theirs[a].data[k]));
			}
			if (worst > tolerance * scale + 1e-7f)
				fail_msg("layer %d array %d: differs by %g, largest change %g", i,
					 (int)ours[a].role, (double)worst, (double)scale);
		}
	}
}

static void check_inference(struct rig *r, network *peer)
{
	float *probs = xcalloc((size_t)r->n * (size_t)net_classes(r->net), sizeof(float)),
	      scale = 0;
	net_predict(r->net, &(struct net_images){.x = r->x, .n = r->n}, probs);
	peer_forward(peer, r, false);
	float d = largest_difference(probs, peer->output,
				     (size_t)r->n * (size_t)net_classes(r->net), &scale);
	if (!(d <= 1e-4f * scale))
		fail_msg("probabilities differ by %g of %g", (double)d, (double)scale);
	free(probs);
}

/* Forward within 1e-4, updates of three steps within 1e-3 of the largest change. */
static void compare(const char *layers, int size, int channels, int n, int steps)
{
	struct rig r;
	double loss;
	rig_open(&r, layers, size, channels, n, BATCHNORM_TRAIN);
	network *peer = peer_open(&r), *start = peer_open(&r);
	check_inference(&r, peer);
	for (int i = 0; i < steps; i++) {
		step_both(&r, peer, &loss);
		double theirs = (double)*peer->cost / n;
		if (fabs(loss - theirs) > 1e-3 * fmax(1, fabs(theirs)))
			fail_msg("step %d: loss %g, Darknet %g", i, loss, theirs);
	}
	compare_changes(&r, peer, start, 1e-3f);
	if (steps > 1)
		check_inference(&r, peer);
	peer_close(start);
	peer_close(peer);
	rig_close(&r);
}

static const struct {
	const char *name, *layers;
	int size, channels, n;
} cases[] = {
    {"plain convolution", CONV(16, 3, 1, "", "leaky") TAIL, 9, 3, 4},
    {"batch-norm", CONV(16, 3, 1, BN, "leaky") CONV(24, 3, 2, BN, "leaky") TAIL, 11, 3, 4},
    {"odd sizes, batch 1", CONV(7, 5, 2, BN, "relu") CONV(13, 3, 1, BN, "linear") TAIL, 17, 3, 1},
    {"batch 17", CONV(20, 3, 1, BN, "leaky") TAIL, 8, 3, 17},
    {"one channel", CONV(8, 3, 1, "", "relu") TAIL, 10, 1, 3},
    {"many channels", CONV(8, 3, 1, "", "relu") TAIL, 6, 19, 3},
    {"logistic", CONV(10, 3, 1, BN, "logistic") CONV(12, 3, 1, "", "logistic") TAIL, 8, 3, 3},
    {"tanh, elu",
     CONV(10, 3, 1, BN, "tanh") CONV(12, 3, 1, "", "elu") CONV(12, 3, 1, "", "tanh") TAIL, 8, 3, 3},
    {"activations without a fused kernel",
     CONV(10, 3, 1, "", "ramp") CONV(10, 3, 1, BN, "loggy") CONV(10, 3, 1, "", "selu")
	 CONV(9, 3, 1, "", "hardtan") CONV(9, 3, 1, "", "lhtan") CONV(9, 3, 1, "", "relie") TAIL,
     7, 3, 3},
    {"groups of whole blocks",
     CONV(32, 3, 1, "", "relu") CONV(32, 3, 1, "groups=2\n" BN, "relu") TAIL, 8, 3, 3},
    {"groups of four", CONV(16, 3, 1, "", "relu") CONV(16, 3, 1, "groups=4\n" BN, "relu") TAIL, 8,
     3, 3},
    {"max pooling",
     CONV(16, 3, 1, BN, "leaky") "[maxpool]\nsize=2\nstride=2\n\n" CONV(16, 3, 1, BN, "leaky") TAIL,
     12, 3, 3},
    {"max pooling, odd", CONV(16, 3, 1, BN, "leaky") "[maxpool]\nsize=3\nstride=2\n\n" TAIL, 11, 3,
     3},
    {"max pooling, stride 1", CONV(16, 3, 1, BN, "leaky") "[maxpool]\nsize=2\nstride=1\n\n" TAIL, 7,
     3, 3},
    {"max pooling, no padding",
     CONV(16, 3, 1, BN, "leaky") "[maxpool]\nsize=3\nstride=2\npadding=0\n\n" TAIL, 12, 3, 3},
    {"route",
     CONV(16, 3, 1, BN, "leaky") CONV(8, 3, 1, "", "relu")
	 CONV(24, 3, 1, "", "relu") "[route]\nlayers=-1,-2\n\n" CONV(
	     8, 3, 1, BN, "leaky") "[route]\nlayers=-2\n\n" TAIL,
     8, 3, 3},
    {"route of odd channels",
     CONV(5, 3, 1, BN, "leaky") CONV(7, 3, 1, "", "relu") "[route]\nlayers=-1,-2\n\n" TAIL, 8, 3,
     3},
    {"shortcut",
     CONV(16, 3, 1, BN, "leaky") CONV(16, 3, 1, BN, "leaky")
	 CONV(16, 3, 1, BN, "linear") "[shortcut]\nfrom=-3\nactivation=leaky\n\n" TAIL,
     8, 3, 3},
    {"shortcut to fewer pixels and channels",
     CONV(8, 3, 1, BN, "leaky")
	 CONV(16, 3, 2, BN, "leaky") "[shortcut]\nfrom=-2\nactivation=linear\n\n" TAIL,
     8, 3, 3},
    {"connected",
     CONV(6, 3, 1, "", "relu") "[connected]\noutput=20\nactivation=leaky\n\n"
			       "[connected]\noutput=5\nactivation=linear\n\n[softmax]\n",
     6, 3, 4},
    {"connected with batch-norm",
     CONV(6, 3, 1, "", "relu") "[connected]\noutput=20\nbatch_normalize=1\nactivation=leaky\n\n"
			       "[connected]\noutput=5\nactivation=linear\n\n[softmax]\n",
     6, 3, 4},
    {"average pooling before the head",
     CONV(12, 3, 1, BN, "relu") "[avgpool]\n\n" CONV(5, 1, 1, "", "linear") "[softmax]\n", 6, 3, 4},
    {"local (Darknet's own)",
     CONV(6, 3, 1, "", "relu") "[local]\nfilters=4\nsize=3\nstride=1\npad=1\nactivation=leaky\n\n"
			       "[connected]\noutput=5\nactivation=linear\n\n[softmax]\n",
     6, 3, 3},
    {"normalization (Darknet's own)",
     CONV(8, 3, 1, "", "relu") "[normalization]\nsize=5\nalpha=0.1\nbeta=0.75\nkappa=1\n\n" TAIL, 6,
     3, 3},
};

static void kinds_agree_with_darknet(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		print_message("    %s\n", cases[i].name);
		compare(cases[i].layers, cases[i].size, cases[i].channels, cases[i].n, 3);
	}
}

/* One step only, since Darknet never updates the scales of a [batchnorm]. */
static void batchnorm_layer_agrees(void **state)
{
	(void)state;
	compare(
	    CONV(12, 3, 1, "", "linear") "[batchnorm]\n\n[activation]\nactivation=leaky\n\n"
					 "[connected]\noutput=5\nactivation=linear\n\n[softmax]\n",
	    6, 3, 4, 1);
}

/* Numerical derivative of the loss by one weight, in evaluation order: a step with a tiny learning
 * rate moves each weight by -lr times its gradient; compare with (L(w + h) - L(w - h)) / 2h. */
static double loss_of(struct rig *r)
{
	struct step s = {.x = r->x, .labels = r->labels, .n = r->n, .lr = 0};
	struct step_result result;
	net_step(r->net, &s, &result);
	return result.loss;
}

static void check_gradient(struct rig *r, int layer, enum array_role role, size_t k)
{
	struct layer_array arrays[LAYER_ARRAYS_MAX];
	int n = graph_arrays(net_graph(r->net), layer, arrays), a = 0;
	while (a < n && arrays[a].role != role)
		a++;
	if (a == n)
		return;
	net_sync(r->net);
	float *w = arrays[a].data, start = w[k % arrays[a].n], h = 2e-3f;
	k %= arrays[a].n;
	w[k] = start + h;
	net_weights_changed(r->net);
	double up = loss_of(r);
	w[k] = start - h;
	net_weights_changed(r->net);
	double down = loss_of(r), numeric = (up - down) / (2 * (double)h);
	w[k] = start;
	net_weights_changed(r->net);
	struct step s = {.x = r->x, .labels = r->labels, .n = r->n, .lr = 1};
	struct step_result result;
	struct net_snapshot *saved = net_snapshot_take(r->net, NULL);
	net_step(r->net, &s, &result);
	net_sync(r->net);
	double analytic = (double)(start - w[k]);
	net_snapshot_restore(r->net, saved);
	net_snapshot_free(saved);
	if (fabs(numeric - analytic) > 2e-2 * fabs(numeric) + 2e-3)
		fail_msg("layer %d array %d [%zu]: numeric %g, ours %g", layer, (int)role, k,
			 numeric, analytic);
}

/* With batch-norm in inference mode, frozen layers in the middle, and a residual around them. */
static void gradients_match_finite_differences(void **state)
{
	(void)state;
	static const char *const freezes[] = {"none", "1,3", "0", "2-3"};
	for (size_t f = 0; f < sizeof(freezes) / sizeof(*freezes); f++)
		for (int mode = 0; mode <= BATCHNORM_TRAIN; mode++) {
			struct rig r;
			rig_open(&r,
				 CONV(8, 3, 1, BN, "tanh") CONV(8, 1, 1, BN, "leaky")
				     CONV(8, 3, 1, BN, "linear") "[shortcut]\nfrom=-3\nactivation="
								 "linear\n\n" CONV(8, 1, 1, "",
										   "logistic") TAIL,
				 5, 3, 3, (enum batchnorm_mode)mode);
			struct layerset frozen;
			assert_int_equal(
			    layerset_parse(&frozen, freezes[f], net_n_layers(r.net), 5, NULL),
			    ERR_OK);
			net_set_frozen(r.net, &frozen);
			for (int layer = 0; layer < 6; layer++)
				for (size_t k = 0; k < 4 && !layerset_has(&frozen, layer); k++) {
					check_gradient(&r, layer, ARRAY_WEIGHTS, k * 29);
					check_gradient(&r, layer, ARRAY_BIASES, k);
					check_gradient(&r, layer, ARRAY_SCALES, k);
				}
			rig_close(&r);
		}
}

/* One folded step moves the folded weights a W by -lr times their own gradient, which is the plain
 * one divided by a. */
static void folded_steps_are_descent_in_folded_weights(void **state)
{
	(void)state;
	struct rig plain, folded;
	static const char layers[] = CONV(8, 3, 1, BN, "leaky") CONV(12, 3, 1, BN, "relu") TAIL;
	rig_open(&plain, layers, 6, 3, 4, BATCHNORM_FROZEN);
	rig_open(&folded, layers, 6, 3, 4, BATCHNORM_FOLDED);
	struct step s = {.x = plain.x, .labels = plain.labels, .n = 4, .lr = .01};
	struct step_result result;
	net_step(plain.net, &s, &result);
	net_step(folded.net, &s, &result);
	net_sync(plain.net);
	net_sync(folded.net);
	network *unmoved = peer_open(&plain);
	for (int i = 0; i < 2; i++) {
		struct layer_array p[LAYER_ARRAYS_MAX], f[LAYER_ARRAYS_MAX],
		    start[LAYER_ARRAYS_MAX];
		int n = graph_arrays(net_graph(plain.net), i, p);
		graph_arrays(net_graph(folded.net), i, f);
		graph_arrays(unmoved, i, start);
		const struct layer_array *weights = &start[n - 1], *scales = NULL, *variance = NULL;
		for (int a = 0; a < n; a++) {
			scales = start[a].role == ARRAY_SCALES ? &start[a] : scales;
			variance = start[a].role == ARRAY_VARIANCE ? &start[a] : variance;
			if (start[a].role == ARRAY_SCALES)
				assert_memory_equal(f[a].data, start[a].data,
						    f[a].n * sizeof(float));
		}
		assert_true(weights->role == ARRAY_WEIGHTS && scales && variance);
		size_t row = weights->n / scales->n;
		for (size_t k = 0; k < weights->n; k++) {
			float a = scales->data[k / row] / (sqrtf(variance->data[k / row]) + 1e-6f);
			float expected = (p[n - 1].data[k] - weights->data[k]) / (a * a);
			assert_float_equal(f[n - 1].data[k] - weights->data[k], expected,
					   1e-6f + 1e-3f * fabsf(expected));
		}
	}
	peer_close(unmoved);
	rig_close(&plain);
	rig_close(&folded);
}

/* A clipped step is the plain step, shortened: the direction stays and the norm is the limit's. */
static void clipping_shortens_the_step(void **state)
{
	(void)state;
	struct rig plain, clipped;
	rig_open(&plain, CONV(8, 3, 1, BN, "leaky") TAIL, 6, 3, 4, BATCHNORM_TRAIN);
	rig_open(&clipped, CONV(8, 3, 1, BN, "leaky") TAIL, 6, 3, 4, BATCHNORM_TRAIN);
	struct step s = {.x = plain.x, .labels = plain.labels, .n = 4, .lr = 1, .clip = 1e9};
	struct step_result a, b;
	net_step(plain.net, &s, &a);
	s.clip = a.gradient_norm / 4;
	net_step(clipped.net, &s, &b);
	assert_true(a.gradient_norm > 0 && a.gradient_norm == b.gradient_norm);
	double square = 0;
	for (int i = 0; i < 2; i++) {
		double weight, update;
		net_norms(clipped.net, i, &weight, &update);
		square += update * update;
	}
	assert_float_equal(sqrt(square), s.clip, 1e-4 * s.clip);
	rig_close(&plain);
	rig_close(&clipped);
}

/* Nets that average the picture away: a layer above has one value a channel and picture. */
#define ABOVE CONV(8, 3, 1, "", "leaky") "[avgpool]\n\n"
#define DENSE(extra, n, act) "[connected]\n" extra "output=" #n "\nactivation=" act "\n\n"
#define SINGLE_TAIL CONV(5, 1, 1, "", "linear") "[softmax]\ngroups=1\n"
static const char *const single_nets[] = {
    ABOVE CONV(8, 1, 1, BN, "leaky") SINGLE_TAIL,
    ABOVE DENSE(BN, 11, "tanh") DENSE("", 5, "linear") "[softmax]\ngroups=1\n",
    ABOVE "[batchnorm]\n\n" SINGLE_TAIL,
};

static void assert_arrays(struct rig *a, struct rig *b, bool same)
{
	bool equal = true;
	for (int i = 0; i < net_n_layers(a->net); i++)
		equal = equal && net_digest(a->net, i) == net_digest(b->net, i);
	assert_true(equal == same);
}

/* One value has no variance: such a batch is taken as with statistics that are kept, to the bit;
 * of two it is the batch's own that count. */
static void one_value_is_normalised_by_rolling_statistics(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(single_nets) / sizeof(*single_nets); k++)
		for (int n = 1; n <= 2; n++) {
			struct rig train, frozen;
			rig_open(&train, single_nets[k], 5, 3, 2, BATCHNORM_TRAIN);
			rig_open(&frozen, single_nets[k], 5, 3, 2, BATCHNORM_FROZEN);
			struct step s = {.x = train.x, .labels = train.labels, .n = n, .lr = .05};
			struct step_result a, b;
			net_step(train.net, &s, &a);
			net_step(frozen.net, &s, &b);
			assert_true(a.finite && b.finite);
			assert_true((a.loss == b.loss) == (n == 1));
			assert_arrays(&train, &frozen, n == 1);
			rig_close(&train);
			rig_close(&frozen);
		}
}

/* Below, where there are pixels, the statistics are the picture's. */
static void gradients_of_one_picture_match_finite_differences(void **state)
{
	(void)state;
	static const char *const nets[] = {
	    CONV(8, 3, 1, BN, "tanh") "[avgpool]\n\n" CONV(8, 1, 1, BN, "tanh") SINGLE_TAIL,
	    CONV(8, 3, 1, BN, "tanh") "[avgpool]\n\n" DENSE(BN, 8, "tanh")
		DENSE("", 5, "linear") "[softmax]\ngroups=1\n",
	};
	for (size_t k = 0; k < sizeof(nets) / sizeof(*nets); k++) {
		struct rig r;
		rig_open(&r, nets[k], 5, 3, 1, BATCHNORM_TRAIN);
		for (int layer = 0; layer < 4; layer++)
			for (size_t i = 0; i < 4; i++) {
				check_gradient(&r, layer, ARRAY_WEIGHTS, i * 29);
				check_gradient(&r, layer, ARRAY_BIASES, i);
				check_gradient(&r, layer, ARRAY_SCALES, i);
			}
		rig_close(&r);
	}
}

static float *array_of(struct rig *r, int layer, enum array_role role, size_t *n)
{
	struct layer_array arrays[LAYER_ARRAYS_MAX];
	int n_arrays = graph_arrays(net_graph(r->net), layer, arrays);
	for (int a = 0; a < n_arrays; a++)
		if (arrays[a].role == role) {
			*n = arrays[a].n;
			return arrays[a].data;
		}
	return NULL;
}

/* Give `flat`, the same network without batch-norm, the folded weights and biases of `r`. */
static void fold_into(struct rig *flat, struct rig *r)
{
	net_sync(r->net);
	net_sync(flat->net);
	for (int i = 0; i < net_n_layers(r->net); i++) {
		size_t n = 0, channels = 1;
		float *w = array_of(r, i, ARRAY_WEIGHTS, &n);
		float *b = array_of(r, i, ARRAY_BIASES, &channels);
		const float *scale = array_of(r, i, ARRAY_SCALES, &channels);
		for (size_t k = 0; w && k < n; k++) {
			size_t c = k / (n / channels);
			float a = 1, mean = 0;
			if (scale) {
				a = scale[c] /
				    (sqrtf(array_of(r, i, ARRAY_VARIANCE, &channels)[c]) + 1e-6f);
				mean = array_of(r, i, ARRAY_MEAN, &channels)[c];
			}
			array_of(flat, i, ARRAY_WEIGHTS, &n)[k] = a * w[k];
			array_of(flat, i, ARRAY_BIASES, &channels)[c] = b[c] - mean * a;
		}
	}
	net_weights_changed(flat->net);
}

/* With folded batch-norm it is the gradient of the folded network that is measured and shortened:
 * of one that has the folded weights and no batch-norm. */
static void clipping_measures_the_folded_gradient(void **state)
{
	(void)state;
#define LAYERS(BN)                                                                                 \
	CONV(8, 3, 1, BN, "leaky")                                                                 \
	CONV(16, 3, 1, BN "groups=2\n", "relu")                                                    \
	"[connected]\n" BN "output=11\nactivation=leaky\n\n"                                       \
	"[connected]\noutput=5\nactivation=linear\n\n[softmax]\ngroups=1\n"
	struct rig folded, flat;
	rig_open(&folded, LAYERS(BN), 6, 3, 4, BATCHNORM_FOLDED);
	rig_open(&flat, LAYERS(""), 6, 3, 4, BATCHNORM_FROZEN);
	fold_into(&flat, &folded);
	struct step s = {.x = folded.x, .labels = folded.labels, .n = 4, .lr = 1, .clip = 1e-2};
	struct step_result a, b;
	net_step(folded.net, &s, &a);
	net_step(flat.net, &s, &b);
	assert_true(b.gradient_norm > 2 * s.clip);
	assert_float_equal(a.gradient_norm, b.gradient_norm, 1e-4 * b.gradient_norm);
	/* and the shortened steps lead to the same network */
	float ours[4 * 5], theirs[4 * 5];
	net_predict(folded.net, &(struct net_images){.x = folded.x, .n = 4}, ours);
	net_predict(flat.net, &(struct net_images){.x = folded.x, .n = 4}, theirs);
	for (int i = 0; i < 4 * 5; i++)
		assert_float_equal(ours[i], theirs[i], 1e-5);
	rig_close(&folded);
	rig_close(&flat);
#undef LAYERS
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_agree_with_darknet),
	    cmocka_unit_test(batchnorm_layer_agrees),
	    cmocka_unit_test(gradients_match_finite_differences),
	    cmocka_unit_test(folded_steps_are_descent_in_folded_weights),
	    cmocka_unit_test(one_value_is_normalised_by_rolling_statistics),
	    cmocka_unit_test(gradients_of_one_picture_match_finite_differences),
	    cmocka_unit_test(clipping_shortens_the_step),
	    cmocka_unit_test(clipping_measures_the_folded_gradient),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
