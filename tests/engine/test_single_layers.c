/* Single layers: what they put out on the way through, how fast each learns, and the norms that are
 * told of it. Outputs are compared with Darknet's own. */
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

network *parse_network_cfg(char *filename);
void load_weights(network *net, char *filename);
void free_network(network *net);

enum { SIDE = 28, FLOATS = 3 * SIDE * SIDE, BATCH = 4, N = 6, CLASSES = 5, HEAD = 4, LAYERS = 7 };

#define CONV(filters, size, extra, act)                                                            \
	"[convolutional]\nfilters=" filters "\nsize=" size "\nstride=1\npad=1\n" extra             \
	"activation=" act "\n\n"
static const char cfg_text[] =
    "[net]\nbatch=6\nsubdivisions=1\nheight=28\nwidth=28\nchannels=3\n\n" CONV(
	"20", "3", "batch_normalize=1\n",
	"leaky") "[maxpool]\nsize=2\nstride=2\n\n" CONV("24", "3", "batch_normalize=1\n", "leaky")
	CONV("12", "3", "", "relu")
	    CONV("5", "1", "", "linear") "[avgpool]\n\n[softmax]\ngroups=1\n";

struct rig {
	char cfg[32], weights[32];
	struct net *net;
	float *x; /* [N][FLOATS] */
};

static void make_file(char *path, const char *text)
{
	strcpy(path, "/tmp/thaw-layers-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void learn(struct rig *r, double lr)
{
	static const int labels[BATCH] = {0, 1, 2, 3};
	struct step s = {.x = r->x, .labels = labels, .n = BATCH, .lr = lr};
	struct step_result result;
	net_step(r->net, &s, &result);
	assert_true(result.finite);
}

static void rig_open(struct rig *r)
{
	struct errinfo e = {0};
	make_file(r->cfg, cfg_text);
	make_file(r->weights, "");
	if (net_open(&r->net, r->cfg, 2, 7, &e))
		fail_msg("net_open: %s", e.msg);
	r->x = xcalloc((size_t)N * FLOATS, sizeof(*r->x));
	for (size_t i = 0; i < (size_t)N * FLOATS; i++)
		r->x[i] = (float)rng_uniform(rng_key(5, RNG_AUGMENT, 0, 0), i);
	net_set_batchnorm(r->net, BATCHNORM_TRAIN);
	for (int i = 0; i < 5; i++) /* rolling statistics that are not the first ones */
		learn(r, 1e-2);
}

static void rig_close(struct rig *r)
{
	unlink(r->cfg);
	unlink(r->weights);
	free(r->x);
	net_free(r->net);
}

static void freeze(struct rig *r, const char *text)
{
	struct layerset frozen;
	assert_int_equal(layerset_parse(&frozen, text, LAYERS, HEAD, NULL), ERR_OK);
	net_set_frozen(r->net, &frozen);
}

/* Darknet's own forward pass over the same weights and pictures. */
static network *peer_of(struct rig *r)
{
	assert_int_equal(net_save(r->net, r->weights, 0, NULL), ERR_OK);
	network *peer = parse_network_cfg(r->cfg);
	load_weights(peer, r->weights);
	peer->train = 0;
	memcpy(peer->input, r->x, (size_t)N * FLOATS * sizeof(float));
	forward_network(peer);
	return peer;
}

static void near(double a, double b, const char *what)
{
	if (!(fabs(a - b) <= 1e-4 + 1e-3 * fabs(b)))
		fail_msg("%s: %g, but Darknet's is %g", what, a, b);
}

static double mean_of(const float *v, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++)
		sum += (double)v[i];
	return sum / n;
}

static void check_maps(const struct net_trace *t, const float *out, int w, int h, int channels)
{
	double highest = -INFINITY;
	for (int c = 0; c < channels; c++)
		highest = fmax(highest, mean_of(out + c * w * h, w * h));
	near(t->maps[0].mean, highest, "the strongest channel");
	assert_int_equal(t->n_maps, NET_MAPS);
	assert_int_equal(t->w, w < NET_MAP_SIDE ? w : NET_MAP_SIDE);
	for (int m = 0; m < t->n_maps; m++) {
		const struct net_map *map = &t->maps[m];
		const float *plane = out + map->channel * w * h;
		float small[NET_MAP_SIDE * NET_MAP_SIDE], largest = 1e-9f;
		assert_true(m == 0 || map->mean <= t->maps[m - 1].mean);
		near(map->mean, mean_of(plane, w * h), "a channel's mean");
		net_map_resize(plane, w, h, small, t->w, t->h);
		for (int k = 0; k < t->w * t->h; k++)
			largest = fmaxf(largest, small[k]);
		for (int k = 0; k < t->w * t->h; k++)
			assert_float_equal(map->pixels[k], 255 * fmaxf(small[k], 0) / largest, 1.5);
	}
}

static void check_trace(const struct net_trace *t, const network *peer, int image)
{
	const layer *l = &peer->layers[t->layer];
	const float *out = l->output + (size_t)image * (size_t)l->outputs;
	double squares = 0, n_active = 0, mean = mean_of(out, l->outputs);
	for (int i = 0; i < l->outputs; i++) {
		squares += ((double)out[i] - mean) * ((double)out[i] - mean);
		n_active += out[i] > 0;
	}
	near(t->mean, mean, "the mean");
	near(t->sd, sqrt(squares / l->outputs), "the deviation");
	near(t->active, n_active / l->outputs, "the share that is active");
	check_maps(t, out, l->out_w, l->out_h, l->out_c);
}

static void traces_are_what_darknet_computes(void **state)
{
	(void)state;
	static const struct {
		const char *frozen;
		int n, layers[NET_TRACES];
	} rows[] = {
	    {"none", 2, {3, 4}},   {"base", 2, {3, 4}}, {"0-1", 3, {1, 3, 4}},
	    {"0-2", 3, {2, 3, 4}}, {"0", 3, {0, 3, 4}}, {"2", 3, {2, 3, 4}},
	    {"3", 3, {2, 3, 4}},   {"head", 2, {3, 4}}, {"0,2-6", 2, {3, 4}},
	};
	struct rig r;
	rig_open(&r);
	network *peer = peer_of(&r);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		float probs[N * CLASSES], plain[N * CLASSES];
		struct net_trace traces[N * NET_TRACES];
		uint64_t before[LAYERS];
		freeze(&r, rows[i].frozen);
		for (int k = 0; k < LAYERS; k++)
			before[k] = net_digest(r.net, k);
		assert_int_equal(net_look(r.net, r.x, N, probs, traces), rows[i].n);
		for (int k = 0; k < N * rows[i].n; k++) {
			const struct net_trace *t =
			    &traces[k / rows[i].n * NET_TRACES + k % rows[i].n];
			assert_int_equal(t->layer, rows[i].layers[k % rows[i].n]);
			check_trace(t, peer, k / rows[i].n);
		}
		net_predict(r.net, &(struct net_images){.x = r.x, .n = N}, plain);
		assert_memory_equal(probs, plain, sizeof(probs)); /* looking changes nothing */
		for (int k = 0; k < LAYERS; k++)
			assert_int_equal(before[k], net_digest(r.net, k));
	}
	free_network(peer);
	rig_close(&r);
}

/* The average of each class's map is its logit: the softmax of them is the prediction. And the map
 * is Darknet's. */
static void an_activation_map_is_the_heads(void **state)
{
	(void)state;
	struct rig r;
	struct net_trace traces[BATCH * NET_TRACES];
	float probs[BATCH * CLASSES];
	rig_open(&r);
	network *peer = peer_of(&r);
	freeze(&r, "base");
	net_look(r.net, r.x, BATCH, probs, traces);
	for (int i = 0; i < BATCH; i++) {
		double e[CLASSES], sum = 0;
		for (int c = 0; c < CLASSES; c++) {
			float map[64 * 64];
			int w, h;
			assert_true(net_activation_map(r.net, i, c, map, &w, &h));
			assert_int_equal(w * h, SIDE / 2 * SIDE / 2);
			const float *darknet =
			    peer->layers[HEAD].output + (size_t)(i * CLASSES + c) * (size_t)(w * h);
			for (int k = 0; k < w * h; k++)
				near((double)map[k], (double)darknet[k], "a map's pixel");
			sum += e[c] = exp(mean_of(map, w * h));
		}
		for (int c = 0; c < CLASSES; c++)
			assert_float_equal(probs[i * CLASSES + c], e[c] / sum, 1e-5);
	}
	free_network(peer);
	rig_close(&r);
}

static void maps_are_averaged_down(void **state)
{
	(void)state;
	static const float map[] = {1, 3, 5, 7, 9, 11, 13, 15};
	float out[16];
	net_map_resize(map, 4, 2, out, 2, 1);
	assert_true(out[0] == 6 && out[1] == 10);
	net_map_resize(map, 4, 2, out, 4, 2);
	assert_memory_equal(out, map, sizeof(map));
	net_map_resize(map, 2, 1, out, 4, 2);
	const float twice[] = {1, 1, 3, 3, 1, 1, 3, 3};
	assert_memory_equal(out, twice, sizeof(twice));
	net_map_resize(map, 3, 1, out, 2, 1); /* the middle belongs to both */
	assert_true(out[0] == 2 && out[1] == 4);
}

/* ---- learning ---- */

static float *weights_of(struct rig *r, int layer, size_t *n)
{
	const struct layer *l = &net_graph(r->net)->layers[layer];
	net_digest(r->net, layer); /* writes the master copy back */
	*n = (size_t)l->nweights;
	float *out = xcalloc(*n, sizeof(*out));
	for (size_t i = 0; i < *n; i++)
		out[i] = l->weights[i];
	return out;
}

/* Without momentum a step of a layer is its rate times its gradient. */
static void a_multiplier_of_a_tenth_moves_a_tenth_as_far(void **state)
{
	(void)state;
	struct rig plain, scaled;
	rig_open(&plain);
	rig_open(&scaled);
	net_set_lr_scale(scaled.net, 2, .1);
	assert_true(net_lr_scale(scaled.net, 2) == .1 && net_lr_scale(scaled.net, 3) == 1);
	size_t n;
	float *start[LAYERS], moved = 0;
	for (int i = 0; i <= HEAD; i++)
		start[i] = weights_of(&plain, i, &n);
	learn(&plain, .1);
	learn(&scaled, .1);
	for (int i = 0; i <= HEAD; i++) {
		float *a = weights_of(&plain, i, &n), *b = weights_of(&scaled, i, &n);
		for (size_t k = 0; k < n; k++) {
			float far = (a[k] - start[i][k]) * (i == 2 ? .1f : 1);
			assert_float_equal(b[k] - start[i][k], far, i == 2 ? 1e-6 : 0);
			moved = i == 2 ? fmaxf(moved, fabsf(far)) : moved;
		}
		free(a);
		free(b);
		free(start[i]);
	}
	assert_true(moved > 1e-5f); /* far above the tolerance */
	rig_close(&plain);
	rig_close(&scaled);
}

/* Layer 3 has weights and biases, no batch-norm. */
static void norms_are_those_of_the_numbers(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r);
	const struct layer *l = &net_graph(r.net)->layers[3];
	size_t n = (size_t)l->nweights, n_biases = (size_t)l->n;
	float *was = xcalloc(n + n_biases, sizeof(*was));
	net_digest(r.net, 3);
	memcpy(was, l->weights, n * sizeof(*was));
	memcpy(was + n, l->biases, n_biases * sizeof(*was));
	learn(&r, .1);
	double weight, update, square = 0, moved = 0;
	net_norms(r.net, 3, &weight, &update);
	for (size_t i = 0; i < n + n_biases; i++) {
		double now = (double)(i < n ? l->weights[i] : l->biases[i - n]);
		square += now * now;
		moved += (now - (double)was[i]) * (now - (double)was[i]);
	}
	assert_float_equal(weight, sqrt(square), 1e-5 * weight);
	assert_float_equal(update, sqrt(moved), 1e-3 * update);
	assert_true(update > 0 && net_update_norm(r.net, 3) == update);
	freeze(&r, "0-3");
	learn(&r, .1);
	double frozen;
	net_norms(r.net, 3, &frozen, &update);
	assert_true(frozen == weight && update == 0);
	free(was);
	rig_close(&r);
}

/* Neither profiling nor looking changes what is learnt. */
static void measuring_changes_no_bit(void **state)
{
	(void)state;
	struct rig r[2];
	for (int i = 0; i < 2; i++) {
		float probs[N * CLASSES];
		struct net_trace traces[N * NET_TRACES];
		struct layer_time t;
		rig_open(&r[i]);
		freeze(&r[i], "0-1");
		for (int k = 0; k < 3; k++) {
			if (i)
				net_profile_start(r[i].net);
			learn(&r[i], 1e-2);
			if (!i)
				continue;
			assert_true(net_profile(r[i].net, 2, &t) && t.forward_s > 0 &&
				    t.backward_s > 0);
			net_profile_stop(r[i].net);
			assert_false(net_profile(r[i].net, 2, &t));
			net_look(r[i].net, r[i].x, N, probs, traces);
		}
	}
	for (int k = 0; k < LAYERS; k++)
		assert_int_equal(net_digest(r[0].net, k), net_digest(r[1].net, k));
	rig_close(&r[0]);
	rig_close(&r[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(traces_are_what_darknet_computes),
	    cmocka_unit_test(an_activation_map_is_the_heads),
	    cmocka_unit_test(maps_are_averaged_down),
	    cmocka_unit_test(a_multiplier_of_a_tenth_moves_a_tenth_as_far),
	    cmocka_unit_test(norms_are_those_of_the_numbers),
	    cmocka_unit_test(measuring_changes_no_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
