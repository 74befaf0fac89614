#include "graph.h"
#include "model_shape.h"
#include "thaw/base/alloc.h"
#include "thaw/base/temporary.h"
#include "thaw/engine/box.h"

#include <stdlib.h>
#include <string.h>

static const char *const activation_names[] = {
    [LOGISTIC] = "logistic", [RELU] = "relu",   [RELIE] = "relie", [LINEAR] = "linear",
    [RAMP] = "ramp",         [TANH] = "tanh",   [PLSE] = "plse",   [LEAKY] = "leaky",
    [ELU] = "elu",           [LOGGY] = "loggy", [STAIR] = "stair", [HARDTAN] = "hardtan",
    [LHTAN] = "lhtan",       [SELU] = "selu",
};

static const struct {
	LAYER_TYPE type;
	enum kind kind;
	bool activation;
} types[] = {
    {CONVOLUTIONAL, KIND_CONVOLUTIONAL, true},
    {CONNECTED, KIND_CONNECTED, true},
    {LOCAL, KIND_LOCAL, true},
    {BATCHNORM, KIND_BATCHNORM, false},
    {MAXPOOL, KIND_MAXPOOL, false},
    {AVGPOOL, KIND_AVGPOOL, false},
    {SOFTMAX, KIND_SOFTMAX, false},
    {DROPOUT, KIND_DROPOUT, false},
    {CROP, KIND_CROP, false},
    {COST, KIND_COST, false},
    {ROUTE, KIND_ROUTE, false},
    {SHORTCUT, KIND_SHORTCUT, true},
    {NORMALIZATION, KIND_NORMALIZATION, false},
    {ACTIVE, KIND_ACTIVATION, true},
    {REORG, KIND_REORG, false},
    {UPSAMPLE, KIND_UPSAMPLE, false},
    {LOGXENT, KIND_LOGISTIC, false},
    {L2NORM, KIND_L2NORM, false},
};

struct parse {
	char *path;
	network *net;
};

static enum err parse_in_box(void *arg, struct errinfo *e)
{
	struct parse *p = arg;
	(void)e;
	p->net = parse_network_cfg(p->path);
	return ERR_OK;
}

/* Our arithmetic is what the weights audit counts with; it must be Darknet's. */
static enum err compare(const network *g, const struct shape *s, const char *cfg, struct errinfo *e)
{
	if (g->n != s->n || g->batch != 1 || g->outputs != s->outputs)
		return err_set(e, ERR_DARKNET,
			       "%s: Darknet sees %d layers and %d outputs, not %d and %d", cfg,
			       g->n, g->outputs, s->n, s->outputs);
	for (int i = 0; i < g->n; i++) {
		const layer *d = &g->layers[i];
		const struct shape_layer *l = &s->layers[i];
		struct layer_array arrays[LAYER_ARRAYS_MAX];
		uint64_t bytes = 0;
		for (int k = graph_arrays(g, i, arrays); k-- > 0;)
			bytes += arrays[k].n * sizeof(float);
		if (d->out_w != l->out_w || d->out_h != l->out_h || d->out_c != l->out_c ||
		    d->outputs != l->outputs || bytes != shape_weight_bytes(l))
			return err_set(e, ERR_DARKNET,
				       "%s: layer %d [%s]: Darknet makes it %dx%dx%d, thaw "
				       "%dx%dx%d; please report this",
				       cfg, i, kind_name(l->kind), d->out_w, d->out_h, d->out_c,
				       l->out_w, l->out_h, l->out_c);
	}
	return ERR_OK;
}

/* Darknet's [batchnorm] forgets two buffers (it falls over in its own forward pass), and a local
 * layer asks for its workspace in floats where bytes are meant. */
static void mend(network *g)
{
	size_t have = 0, need = 0;
	for (int i = 0; i < g->n; i++) {
		layer *l = &g->layers[i];
		if (l->type == BATCHNORM && !l->x) {
			l->x = xcalloc((size_t)l->outputs, sizeof(float));
			l->x_norm = xcalloc((size_t)l->outputs, sizeof(float));
		}
		size_t want = l->workspace_size * (l->type == LOCAL ? sizeof(float) : 1);
		have = l->workspace_size > have ? l->workspace_size : have;
		need = want > need ? want : need;
	}
	if (need > have) {
		free(g->workspace);
		g->workspace = xcalloc(1, need);
	}
}

static enum err parse_text(network **out, const struct strbuf *text, struct errinfo *e)
{
	struct temporary t;
	struct parse p = {0};
	enum err r = temporary_make(&t, "thaw-cfg", text->buf, text->len, e);
	p.path = t.path;
	if (!r)
		r = box_run(parse_in_box, &p, e);
	temporary_remove(&t);
	*out = p.net;
	return r;
}

/* Takes the cfg. */
static enum err open_cfg(network **out, struct cfg *c, struct errinfo *e)
{
	struct shape s = {0};
	struct strbuf text = STRBUF_INIT;
	network *g = NULL;
	enum err r = shape_build(&s, c, e);
	if (r)
		goto out;
	shape_write(&s, c, &text);
	r = parse_text(&g, &text, e);
	if (r)
		goto out;
	mend(g);
	r = compare(g, &s, c->name, e);
	if (r)
		graph_close(g);
	else
		*out = g;
out:
	strbuf_release(&text);
	shape_release(&s);
	cfg_release(c);
	return r;
}

enum err graph_parse(network **out, const char *name, const struct strbuf *text, struct errinfo *e)
{
	struct cfg c;
	enum err r = cfg_parse(&c, name, text->buf, text->len, e);
	return r ? r : open_cfg(out, &c, e);
}

enum err graph_open(network **out, const char *cfg, struct errinfo *e)
{
	struct cfg c;
	enum err r = cfg_read(&c, cfg, e);
	return r ? r : open_cfg(out, &c, e);
}

void graph_close(network *g)
{
	if (!g)
		return;
	for (int i = 0; i < g->n; i++) { /* free_network() forgets these */
		free(g->layers[i].loss);
		free(g->layers[i].bias_m);
		free(g->layers[i].bias_v);
	}
	free(g->seen);
	free(g->t);
	free(g->cost);
	free(g->workspace);
	free_network(g);
}

static int type_row(const layer *l)
{
	int n = (int)(sizeof(types) / sizeof(types[0]));
	for (int i = 0; i < n; i++)
		if (types[i].type == l->type)
			return i;
	return -1;
}

static int64_t layer_flops(const layer *l)
{
	int64_t positions = (int64_t)l->out_w * l->out_h;
	switch (l->type) {
	case CONVOLUTIONAL:
		return 2 * positions * l->n * (l->c / l->groups) * l->size * l->size;
	case LOCAL:
		return 2 * positions * l->n * l->c * l->size * l->size;
	case CONNECTED:
		return 2 * (int64_t)l->inputs * l->outputs;
	case MAXPOOL:
		return (int64_t)l->outputs * l->size * l->size;
	case AVGPOOL:
		return l->inputs;
	default:
		return 0;
	}
}

/* What comes from the layer below; of a route, what it gathers. */
static void layer_input(const network *g, int i, struct layer_info *out)
{
	const layer *l = &g->layers[i];
	bool route = l->type == ROUTE;
	const layer *from = route ? l : i ? &g->layers[i - 1] : NULL;
	out->in_w = from ? from->out_w : g->w;
	out->in_h = from ? from->out_h : g->h;
	out->in_c = from ? from->out_c : g->c;
	if (out->in_w == 0 && l->inputs > 0) { /* a plain vector */
		out->in_w = out->in_h = 1;
		out->in_c = l->inputs;
	}
}

void graph_layer_info(const network *g, int i, struct layer_info *out)
{
	const layer *l = &g->layers[i];
	int row = type_row(l);
	memset(out, 0, sizeof(*out));
	out->index = i;
	out->kind = row < 0 ? "unknown" : kind_name(types[row].kind);
	out->activation = row >= 0 && types[row].activation ? activation_names[l->activation] : "";
	layer_input(g, i, out);
	bool vector = l->out_w == 0;
	out->out_w = vector ? 1 : l->out_w;
	out->out_h = vector ? 1 : l->out_h;
	out->out_c = vector ? l->outputs : l->out_c;
	bool window = l->type == CONVOLUTIONAL || l->type == LOCAL || l->type == MAXPOOL;
	out->size = window ? l->size : 0;
	out->stride = window || l->type == REORG || l->type == UPSAMPLE ? l->stride : 0;
	out->groups = l->type == CONVOLUTIONAL ? l->groups : 0;
	out->batchnorm = l->type == BATCHNORM || l->batch_normalize;
	struct layer_array arrays[LAYER_ARRAYS_MAX];
	for (int k = graph_arrays(g, i, arrays); k-- > 0;) {
		out->weight_bytes += arrays[k].n * sizeof(float);
		if (arrays[k].role != ARRAY_MEAN && arrays[k].role != ARRAY_VARIANCE)
			out->n_params += arrays[k].n;
	}
	out->has_weights = out->weight_bytes > 0;
	out->flops = layer_flops(l);
}

int graph_head(const network *g)
{
	struct layer_array arrays[LAYER_ARRAYS_MAX];
	int i = g->n - 1;
	while (i >= 0 && !graph_arrays(g, i, arrays))
		i--;
	return i;
}

int graph_classes(const network *g)
{
	return g->outputs;
}

static int add_statistics(const layer *l, size_t n, struct layer_array *out)
{
	out[0] = (struct layer_array){ARRAY_SCALES, l->scales, n};
	out[1] = (struct layer_array){ARRAY_MEAN, l->rolling_mean, n};
	out[2] = (struct layer_array){ARRAY_VARIANCE, l->rolling_variance, n};
	return 3;
}

/* Source: Darknet parser.c load_convolutional_weights(), load_connected_weights(),
 * load_batchnorm_weights() and the local case of load_weights_upto(). The biases of a batchnorm
 * layer are not in the file. */
int graph_arrays(const network *g, int i, struct layer_array out[LAYER_ARRAYS_MAX])
{
	const layer *l = &g->layers[i];
	int n = 0;
	size_t outputs = (size_t)l->outputs;
	switch (l->type) {
	case CONVOLUTIONAL:
		out[n++] = (struct layer_array){ARRAY_BIASES, l->biases, (size_t)l->n};
		if (l->batch_normalize)
			n += add_statistics(l, (size_t)l->n, out + n);
		out[n++] = (struct layer_array){ARRAY_WEIGHTS, l->weights, (size_t)l->nweights};
		return n;
	case CONNECTED:
		out[n++] = (struct layer_array){ARRAY_BIASES, l->biases, outputs};
		out[n++] =
		    (struct layer_array){ARRAY_WEIGHTS, l->weights, outputs * (size_t)l->inputs};
		return l->batch_normalize ? n + add_statistics(l, outputs, out + n) : n;
	case BATCHNORM:
		return add_statistics(l, (size_t)l->c, out);
	case LOCAL:
		out[n++] = (struct layer_array){ARRAY_BIASES, l->biases, outputs};
		out[n++] = (struct layer_array){ARRAY_WEIGHTS, l->weights,
						outputs * (size_t)(l->size * l->size * l->c)};
		return n;
	default:
		return 0;
	}
}
