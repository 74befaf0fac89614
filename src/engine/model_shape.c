#include "model_shape.h"
#include "model_keys.h"
#include "thaw/base/alloc.h"
#include "thaw/base/layerset.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHTS_MAX (INT64_C(1) << 29)

static const char *const activations[] = {"logistic", "loggy", "relu",    "elu",   "selu",
					  "relie",    "plse",  "hardtan", "lhtan", "linear",
					  "ramp",     "leaky", "tanh",    "stair", NULL};

/* Those of AlexeyAB's Darknet alone. */
/* clang-format off */
static const char *const other_activations[] = {
    "swish", "mish", "hard_mish", "relu6", "gelu", "revleaky", "normalize_channels",
    "normalize_channels_softmax", "normalize_channels_softmax_maxval", NULL};
/* clang-format on */

#define RECURRENT "a recurrent network; thaw trains image classifiers"
#define ALEXEY "a layer of AlexeyAB's Darknet alone; neither thaw nor Debian's Darknet computes it"

/* Sections that Darknet knows and this program does not train. */
static const struct {
	const char *name, *why;
} refused[] = {
    {"detection", "a detector; thaw trains classifiers"},
    {"region", "a detector; thaw trains classifiers"},
    {"yolo", "a detector; thaw trains classifiers"},
    {"iseg", "a segmentation network; thaw trains classifiers"},
    {"rnn", RECURRENT},
    {"gru", RECURRENT},
    {"lstm", RECURRENT},
    {"crnn", RECURRENT},
    {"deconvolutional", "not supported: Darknet itself cannot load its weights"},
    {"deconv", "not supported: Darknet itself cannot load its weights"},
    {"Gaussian_yolo", "a detector; thaw trains classifiers"},
    {"conv_lstm", RECURRENT},
    {"history", RECURRENT},
    {"scale_channels", ALEXEY},
    {"sam", ALEXEY},
    {"local_avgpool", ALEXEY},
    {"local_avg", ALEXEY},
    {"reorg3d", ALEXEY},
    {"contrastive", ALEXEY},
    {"implicit", ALEXEY},
    {"empty", ALEXEY},
    {"silence", ALEXEY},
};

static const struct float_rule every_layer[] = {{"learning_rate", 0, 1e6}};

const char *kind_name(enum kind k)
{
	return kind_rows[k].name;
}

static bool number_ends(const char *start, const char *end)
{
	return end != start && !*end;
}

static enum err read_int(struct build *b, const char *key, int min, int max, int *value)
{
	const struct cfg_option *o = cfg_find(b->sec, key);
	if (!o)
		return ERR_OK;
	char *end;
	long v = strtol(o->value, &end, 10);
	if (!number_ends(o->value, end))
		return cfg_error(b->cfg, o->line, ERR_FORMAT, b->e,
				 "%s=%.60s is not a whole number", key, o->value);
	if (v < min || v > max)
		return cfg_error(b->cfg, o->line, ERR_VALUE, b->e,
				 "%s=%ld is out of range (%d to %d)", key, v, min, max);
	*value = (int)v;
	return ERR_OK;
}

static enum err check_float(struct build *b, const struct float_rule *f)
{
	const struct cfg_option *o = cfg_find(b->sec, f->key);
	if (!o)
		return ERR_OK;
	char *end;
	double v = strtod(o->value, &end);
	if (!number_ends(o->value, end) || !isfinite(v))
		return cfg_error(b->cfg, o->line, ERR_FORMAT, b->e, "%s=%.60s is not a number",
				 f->key, o->value);
	if (v < f->min || v > f->max)
		return cfg_error(b->cfg, o->line, ERR_VALUE, b->e,
				 "%s=%g is out of range (%g to %g)", f->key, v, f->min, f->max);
	return ERR_OK;
}

static bool is_in(const char *word, const char *const *names)
{
	while (*names && strcmp(*names, word) != 0)
		names++;
	return *names;
}

static enum err check_activation(struct build *b)
{
	const struct cfg_option *o = cfg_find(b->sec, "activation");
	if (!o || is_in(o->value, activations))
		return ERR_OK;
	bool other = is_in(o->value, other_activations);
	return cfg_error(b->cfg, o->line, ERR_VALUE, b->e,
			 "activation=%.60s is %s (Debian's would quietly take relu)%s", o->value,
			 other ? "of AlexeyAB's Darknet alone, and not supported"
			       : "not one that Darknet knows",
			 other ? "" : keys_hint(o->value, activations));
}

static enum err read_options(struct build *b, struct shape_layer *l)
{
	const struct kind_row *k = &kind_rows[l->kind];
	enum err r = ERR_OK;
	for (const struct opt_rule *o = k->opts; !r && o->opt >= 0; o++) {
		l->opt[o->opt] = o->otherwise;
		r = read_int(b, opt_names[o->opt], o->min, o->max, &l->opt[o->opt]);
	}
	for (int i = 0; !r && i < MAX_RULES && k->floats[i].key; i++)
		r = check_float(b, &k->floats[i]);
	for (size_t i = 0; !r && i < sizeof(every_layer) / sizeof(every_layer[0]); i++)
		r = check_float(b, &every_layer[i]);
	if (!r && k->activation)
		r = check_activation(b);
	return r ? r : keys_check(b, l);
}

static enum err find_kind(struct build *b, enum kind *kind)
{
	const char *names[KIND_N + 1] = {NULL}, *type = b->sec->type;
	int found = kind_find(type);
	if (found >= 0) {
		*kind = (enum kind)found;
		return ERR_OK;
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(refused[i].name, type) == 0)
			return build_bad(b, "%s", refused[i].why);
	for (int k = 0; k < KIND_N; k++)
		names[k] = kind_rows[k].name;
	return cfg_error(b->cfg, b->sec->line, ERR_FORMAT, b->e,
			 "[%.60s] is not a section that Darknet knows%s", type,
			 keys_hint(type, names));
}

static enum err add_layer(struct build *b)
{
	struct shape *s = b->s;
	struct shape_layer *l =
	    &s->layers[s->n++]; /* counted at once, so that shape_release() frees it */
	l->line = b->sec->line;
	enum err r = find_kind(b, &l->kind);
	if (!r)
		r = read_options(b, l);
	if (r)
		return r;
	l->in_w = b->i ? l[-1].out_w : s->w;
	l->in_h = b->i ? l[-1].out_h : s->h;
	l->in_c = b->i ? l[-1].out_c : s->c;
	l->inputs = b->i ? l[-1].outputs : s->w * s->h * s->c;
	if (kind_rows[l->kind].needs_image && l->in_w == 0)
		return build_bad(b, "needs an image below it, not a plain vector");
	r = kind_rows[l->kind].shape(b, l);
	if (r)
		return r;
	b->total += l->n_weights + l->n_biases + l->n_statistics + l->outputs;
	if (l->n_weights > WEIGHTS_MAX || b->total > TOTAL_MAX)
		return build_bad(
		    b, "far too large: the network would need gigabytes for its numbers alone");
	if (l->n_weights + l->n_biases + l->n_statistics)
		s->head = b->i;
	if (l->kind == KIND_SOFTMAX)
		s->softmax = b->i;
	if (l->kind != KIND_COST)
		s->outputs = l->outputs;
	return ERR_OK;
}

static bool is_net(const struct cfg_section *s)
{
	return strcmp(s->type, "net") == 0 || strcmp(s->type, "network") == 0;
}

static enum err read_net(struct build *b)
{
	struct shape *s = b->s;
	int inputs = UNSET;
	if (!is_net(b->sec))
		return cfg_error(b->cfg, b->sec->line, ERR_FORMAT, b->e,
				 "the first section must be [net], not [%.60s]", b->sec->type);
	enum err r = read_int(b, "width", 1, 16384, &s->w);
	if (!r)
		r = read_int(b, "height", 1, 16384, &s->h);
	if (!r)
		r = read_int(b, "channels", 1, 1024, &s->c);
	if (!r)
		r = read_int(b, "inputs", 0, INT_MAX, &inputs);
	if (r)
		return r;
	if (!s->w || !s->h || !s->c)
		return cfg_error(
		    b->cfg, b->sec->line, ERR_VALUE, b->e,
		    "[net] has no height, width and channels: its input is not an image");
	int64_t all = (int64_t)s->w * s->h * s->c;
	if (all > OUTPUTS_MAX)
		return cfg_error(b->cfg, b->sec->line, ERR_VALUE, b->e,
				 "[net]: an input of %dx%dx%d is too large", s->w, s->h, s->c);
	if (inputs > 0 && inputs != all)
		return cfg_error(b->cfg, cfg_find(b->sec, "inputs")->line, ERR_VALUE, b->e,
				 "inputs=%d is not width x height x channels (%lld)", inputs,
				 (long long)all);
	return ERR_OK;
}

enum err shape_build(struct shape *out, const struct cfg *c, struct errinfo *e)
{
	size_t n = c->n_sections - 1;
	memset(out, 0, sizeof(*out));
	out->head = out->softmax = -1;
	struct build b = {.cfg = c, .s = out, .e = e, .sec = &c->sections[0]};
	enum err r = read_net(&b);
	if (!r && (n == 0 || n > LAYERSET_MAX))
		r = cfg_error(c, 0, ERR_VALUE, e,
			      n ? "%zu layers are more than the %d that fit" : "no layers", n,
			      LAYERSET_MAX);
	if (!r)
		out->layers = xcalloc(n, sizeof(*out->layers));
	for (size_t i = 0; !r && i < n; i++) {
		b.i = (int)i;
		b.sec = &c->sections[i + 1];
		r = add_layer(&b);
	}
	if (!r && out->outputs == 0)
		r = cfg_error(c, 0, ERR_VALUE, e,
			      "no layers but [cost]: there is nothing to compute");
	if (r)
		shape_release(out);
	return r;
}

void shape_release(struct shape *s)
{
	for (int i = 0; i < s->n; i++)
		free(s->layers[i].from);
	free(s->layers);
	memset(s, 0, sizeof(*s));
}

static void write_float(const struct cfg_section *sec, const char *key, struct strbuf *out)
{
	const struct cfg_option *o = cfg_find(sec, key);
	if (o)
		strbuf_addf(out, "%s=%.9g\n", key, strtod(o->value, NULL));
}

static void write_layer(const struct shape_layer *l, const struct cfg_section *sec,
			struct strbuf *out)
{
	const struct kind_row *k = &kind_rows[l->kind];
	strbuf_addf(out, "[%s]\n", k->name);
	for (const struct opt_rule *o = k->opts; o->opt >= 0; o++)
		if (o->opt != OPT_PAD ||
		    l->kind == KIND_LOCAL) /* in a convolution it is part of padding by now */
			strbuf_addf(out, "%s=%d\n", opt_names[o->opt], l->opt[o->opt]);
	for (int i = 0; i < MAX_RULES && k->floats[i].key; i++)
		write_float(sec, k->floats[i].key, out);
	for (size_t i = 0; i < sizeof(every_layer) / sizeof(every_layer[0]); i++)
		write_float(sec, every_layer[i].key, out);
	const struct cfg_option *a = k->activation ? cfg_find(sec, "activation") : NULL;
	if (a)
		strbuf_addf(out, "activation=%s\n", a->value);
	if (l->n_from)
		strbuf_addf(out, "%s=", l->kind == KIND_ROUTE ? "layers" : "from");
	for (int i = 0; i < l->n_from; i++)
		strbuf_addf(out, "%d%s", l->from[i], i + 1 < l->n_from ? "," : "\n");
}

void shape_write(const struct shape *s, const struct cfg *c, struct strbuf *out)
{
	/* The rest are Darknet's defaults, said so that it does not remark on them. */
	strbuf_addf(out,
		    "[net]\nbatch=1\nsubdivisions=1\nwidth=%d\nheight=%d\nchannels=%d\n"
		    "learning_rate=0.001\nmomentum=0.9\ndecay=0.0001\npolicy=constant\n"
		    "max_batches=0\n",
		    s->w, s->h, s->c);
	for (int i = 0; i < s->n; i++)
		write_layer(&s->layers[i], &c->sections[i + 1], out);
}

uint64_t shape_weight_bytes(const struct shape_layer *l)
{
	return (uint64_t)(l->n_weights + l->n_biases + l->n_statistics) * sizeof(float);
}
