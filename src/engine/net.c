#include "thaw/engine/net.h"

#include "net_core.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

/* Darknet's own initial distributions, drawn by counter. A fresh rolling variance is 1 (Darknet's
 * is 0), so that inference before any training is sane. Source: make_convolutional_layer(),
 * make_connected_layer(), make_local_layer(). */
static void initialise_layer(struct net *net, int i)
{
	const struct layer *l = &net->g->layers[i];
	struct params *ps = &net->params[i];
	uint64_t key = rng_key(net->seed, RNG_INIT, 0, (uint64_t)i);
	bool normal = l->type == CONVOLUTIONAL || l->type == DECONVOLUTIONAL;
	double fan_in = l->type == CONNECTED ? l->inputs : (double)l->size * l->size * l->c;
	double scale = sqrt(2. / (normal && l->groups > 1 ? fan_in / l->groups : fan_in));
	for (int k = 0; k < ps->n; k++) {
		struct param *p = &ps->p[k];
		bool one = p->role == ARRAY_SCALES || p->role == ARRAY_VARIANCE;
		for (size_t j = 0; j < p->n_rest; j++) {
			double draw = normal ? rng_normal(key, j) : 2 * rng_uniform(key, j) - 1;
			p->rest[j] = p->role == ARRAY_WEIGHTS ? (float)(scale * draw) : one ? 1 : 0;
		}
	}
}

static enum err check_kinds(const network *g, const struct backend *b, const char *name,
			    struct errinfo *e)
{
	for (int i = 0; i < g->n; i++) {
		struct layer_info info;
		graph_layer_info(g, i, &info);
		if (!layer_kind_find(b, g->layers[i].type))
			return err_set(e, ERR_VALUE,
				       b != &cpu_backend &&
					       layer_kind_find(&cpu_backend, g->layers[i].type)
					   ? "%s: layer %d [%s] is of a kind that the card does "
					     "not compute; use device: cpu"
					   : "%s: layer %d [%s] is of a kind that thaw cannot train",
				       name, i, info.kind);
	}
	return ERR_OK;
}

enum err net_open_graph(struct net **out, network *g, const struct backend *b,
			const struct net_options *o, struct errinfo *e)
{
	enum err r = check_kinds(g, b, o->name, e);
	if (r) {
		graph_close(g);
		return r;
	}
	struct net *net = xcalloc(1, sizeof(*net));
	net->g = g;
	net->backend = b;
	net->threads = o->threads > 0 ? o->threads : omp_get_num_procs();
	net->seed = o->seed;
	net->bad_layer = -1;
	net->cache_border = -1;
	net->head = graph_head(g);
	net->classes = graph_classes(g);
	net->params = xcalloc((size_t)g->n, sizeof(*net->params));
	omp_set_dynamic(0);
	omp_set_num_threads(net->threads);
	layerset_clear(&net->frozen, g->n);
	for (int i = 0; i < g->n; i++) {
		params_init(&net->params[i], g, i, b);
		if (!o->empty)
			initialise_layer(net, i);
	}
	struct errinfo why;
	r = net_above(net, &why);
	if (r) {
		err_set(e, r, "%s: %s", o->name, why.msg);
		net_free(net);
		return r;
	}
	*out = net;
	return ERR_OK;
}

enum err net_open(struct net **out, const char *cfg, int threads, uint64_t seed, struct errinfo *e)
{
	network *g = NULL;
	enum err r = graph_open(&g, cfg, e);
	struct net_options o = {.name = cfg, .threads = threads, .seed = seed};
	return r ? r : net_open_graph(out, g, backend_current(), &o, e);
}

static enum err open_text(struct net **out, const struct strbuf *text, const struct net_options *o,
			  struct errinfo *e)
{
	network *g = NULL;
	enum err r = graph_parse(&g, o->name, text, e);
	return r ? r : net_open_graph(out, g, backend_current(), o, e);
}

enum err net_open_text(struct net **out, const char *name, const struct strbuf *text, int threads,
		       uint64_t seed, struct errinfo *e)
{
	struct net_options o = {.name = name, .threads = threads, .seed = seed};
	return open_text(out, text, &o, e);
}

enum err net_open_empty(struct net **out, const char *name, const struct strbuf *text, int threads,
			struct errinfo *e)
{
	struct net_options o = {.name = name, .threads = threads, .empty = true};
	return open_text(out, text, &o, e);
}

static void drop_lanes(struct net *net)
{
	lanes_free(net->below);
	lanes_free(net->above);
	net->below = net->above = NULL;
}

void net_free(struct net *net)
{
	if (!net)
		return;
	for (int i = 0; i < PLANS; i++)
		plan_free(net->plans[i]);
	for (int i = 0; i < net->g->n; i++)
		params_release(&net->params[i]);
	graph_close(net->g);
	free(net->params);
	room_release(net->backend, &net->memory);
	room_release(net->backend, &net->lent);
	room_release(net->backend, &net->border);
	free(net->missing);
	free(net->maps.data);
	free(net->times);
	drop_lanes(net);
	cache_free(net->cache);
	free(net);
}

/* ---- facts ---- */

network *net_graph(struct net *net)
{
	return net->g;
}

int net_n_layers(const struct net *net)
{
	return net->g->n;
}

void net_layer(const struct net *net, int i, struct layer_info *out)
{
	graph_layer_info(net->g, i, out);
}

int net_head(const struct net *net)
{
	return net->head;
}

int net_classes(const struct net *net)
{
	return net->classes;
}

void net_input(const struct net *net, int *w, int *h, int *c)
{
	*w = net->g->w;
	*h = net->g->h;
	*c = net->g->c;
}

const char *net_device(const struct net *net)
{
	return net->backend->device();
}

int net_threads(const struct net *net)
{
	return net->threads;
}

const struct layerset *net_frozen(const struct net *net)
{
	return &net->frozen;
}

int64_t net_trainable_params(const struct net *net)
{
	int64_t n = 0;
	for (int i = 0; i < net->g->n; i++)
		for (int k = 0; !layerset_has(&net->frozen, i) && k < net->params[i].n; k++)
			if (net->params[i].p[k].learned)
				n += (int64_t)net->params[i].p[k].n_rest;
	return n;
}

/* ---- settings ---- */

static void drop_plans(struct net *net)
{
	for (int i = 0; i < PLANS; i++) {
		plan_free(net->plans[i]);
		net->plans[i] = NULL;
	}
	net->stepped = NULL;
}

void net_set_frozen(struct net *net, const struct layerset *frozen)
{
	if (layerset_equal(&net->frozen, frozen))
		return;
	drop_plans(net);
	drop_lanes(net);
	/* A higher border is not waited for: what net_cached() says holds for the next step. */
	int before = layerset_first_missing(&net->frozen), now = layerset_first_missing(frozen);
	if (now > before || now <= net->cache_border)
		net_drop_cache(net);
	net->frozen = *frozen;
	for (int i = 0; i < net->g->n; i++)
		if (layerset_has(frozen, i))
			params_freeze(&net->params[i]);
}

void net_set_batchnorm(struct net *net, enum batchnorm_mode mode)
{
	if (net->batchnorm == mode)
		return;
	drop_plans(net);
	if ((net->batchnorm == BATCHNORM_FOLDED) != (mode == BATCHNORM_FOLDED))
		for (int i = 0; i < net->g->n; i++)
			if (params_get(&net->params[i], ARRAY_SCALES))
				params_rescale(&net->params[i]);
	net->batchnorm = mode;
}

void net_set_lr_scale(struct net *net, int layer, double scale)
{
	net->params[layer].user_scale = scale;
}

double net_lr_scale(const struct net *net, int layer)
{
	return net->params[layer].user_scale;
}

/* ---- where the time goes ---- */

/* Takes `times`; NULL: nothing is measured any more. */
static void set_times(struct net *net, struct layer_time *times)
{
	free(net->times);
	net->times = times;
	for (int i = 0; i < PLANS; i++)
		if (net->plans[i])
			net->plans[i]->times = net->times;
	struct lanes *lanes[] = {net->below, net->above};
	for (int i = 0; i < 2; i++)
		if (lanes[i])
			lanes_measure(lanes[i], net->times);
}

void net_profile_start(struct net *net)
{
	set_times(net, xcalloc((size_t)net->g->n, sizeof(*net->times)));
}

void net_profile_stop(struct net *net)
{
	set_times(net, NULL);
}

bool net_profile(const struct net *net, int layer, struct layer_time *t)
{
	if (net->times)
		*t = net->times[layer];
	return net->times;
}

int net_nonfinite_layer(struct net *net, const char **what)
{
	int i = net->bad_layer;
	if (i < 0)
		for (i = 0; i < net->g->n && params_finite(&net->params[i]); i++)
			;
	if (i >= net->g->n)
		return -1;
	*what = params_finite(&net->params[i]) ? "output" : "weights";
	return i;
}

/* ---- inference ---- */

struct predicting {
	struct lane_sink sink;
	float *probs; /* [][classes] */
};

static void take_probs(const struct lane_sink *s, struct plan *p, int i, int picture)
{
	size_t classes = (size_t)p->probs->c;
	memcpy(((const struct predicting *)s)->probs + (size_t)picture * classes,
	       plan_view(p, p->probs, i), classes * sizeof(float));
}

void net_predict(struct net *net, const struct net_images *in, float *probs)
{
	struct predicting to = {{take_probs}, probs};
	net_infer(net, in, &to.sink);
}

static bool head_is_connected(const struct net *net)
{
	return net->g->layers[net->head].type == CONNECTED;
}

int net_feature_dim(const struct net *net)
{
	const struct layer *l = &net->g->layers[net->head];
	return head_is_connected(net) ? l->inputs : l->c;
}

static void features_of(const struct net *net, const struct tensor *t, const float *picture,
			float *out)
{
	int pixels = t->h * t->w;
	for (int c = 0; c < t->c; c++) {
		double sum = 0;
		size_t stride;
		const float *v = tensor_channel(t, picture, c, &stride);
		for (int k = 0; k < pixels; k++) {
			float value = v[(size_t)k * stride];
			if (head_is_connected(net))
				out[c * pixels + k] = value;
			sum += (double)value;
		}
		if (!head_is_connected(net))
			out[c] = (float)(sum / pixels);
	}
}

struct featuring {
	struct lane_sink sink;
	const struct net *net;
	float *features; /* [][dim] */
	size_t dim;
};

static void take_features(const struct lane_sink *s, struct plan *p, int i, int picture)
{
	const struct featuring *f = (const struct featuring *)s;
	features_of(f->net, p->head_in, plan_view(p, p->head_in, i),
		    f->features + (size_t)picture * f->dim);
}

void net_features(struct net *net, const struct net_images *in, float *features)
{
	struct featuring to = {{take_features}, net, features, (size_t)net_feature_dim(net)};
	net_infer(net, in, &to.sink);
}

enum err net_set_head(struct net *net, const float *w, const float *b, struct errinfo *e)
{
	const struct layer *l = &net->g->layers[net->head];
	struct params *ps = &net->params[net->head];
	if (l->batch_normalize || l->activation != LINEAR ||
	    (!head_is_connected(net) && (l->size != 1 || l->groups != 1)))
		return err_set(e, ERR_VALUE,
			       "layer %d, the head, is not a plain 1x1 linear layer: it cannot be "
			       "set in closed "
			       "form; use head: {init: random}",
			       net->head);
	params_sync(ps);
	struct param *weights = params_get(ps, ARRAY_WEIGHTS),
		     *biases = params_get(ps, ARRAY_BIASES);
	memcpy(weights->rest, w, weights->n_rest * sizeof(*w));
	memcpy(biases->rest, b, biases->n_rest * sizeof(*b));
	params_reload(ps);
	return ERR_OK;
}

/* ---- weights as a whole ---- */

void net_sync(struct net *net)
{
	for (int i = 0; i < net->g->n; i++)
		params_sync(&net->params[i]);
}

void net_weights_changed(struct net *net)
{
	net_drop_cache(net);
	net->bad_layer = -1; /* what the last step met is history */
	for (int i = 0; i < net->g->n; i++)
		params_reload(&net->params[i]);
}

uint64_t net_digest(struct net *net, int layer)
{
	return params_digest(&net->params[layer]);
}

void net_norms(struct net *net, int layer, double *weight_norm, double *update_norm)
{
	*weight_norm = sqrt(params_weight_square(&net->params[layer]));
	*update_norm = net_update_norm(net, layer);
}

double net_update_norm(const struct net *net, int layer)
{
	const struct params *ps = &net->params[layer];
	return ps->training ? ps->update_norm : 0;
}

void net_weights_write(struct net *net, uint64_t seen, struct strbuf *out)
{
	const int32_t version[3] = {0, 2, 0};
	net_sync(net);
	strbuf_add(out, version, sizeof(version));
	strbuf_add(out, &seen, sizeof(seen));
	for (int i = 0; i < net->g->n; i++)
		for (int k = 0; !net->g->layers[i].dontsave && k < net->params[i].n; k++)
			strbuf_add(out, net->params[i].p[k].rest,
				   net->params[i].p[k].n_rest * sizeof(float));
}

enum err net_save(struct net *net, const char *path, uint64_t seen, struct errinfo *e)
{
	struct strbuf out = STRBUF_INIT;
	net_weights_write(net, seen, &out);
	enum err r = file_write_atomic(path, out.buf, out.len, e);
	strbuf_release(&out);
	return r;
}
