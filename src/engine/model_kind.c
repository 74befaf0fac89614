#include "model_kind.h"
#include "thaw/base/alloc.h"
#include "thaw/base/layerset.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANY -1e30, 1e30

enum err build_bad(struct build *b, const char *fmt, ...)
{
	char what[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return cfg_error(b->cfg, b->sec->line, ERR_VALUE, b->e, "layer %d [%.60s]: %s", b->i,
			 b->sec->type, what);
}

static enum err set_out(struct build *b, struct shape_layer *l, int64_t w, int64_t h, int64_t c)
{
	if (w < 1 || h < 1 || c < 1 || w > DIM_MAX || h > DIM_MAX || w * h > OUTPUTS_MAX ||
	    w * h * c > OUTPUTS_MAX)
		return build_bad(b, "an output of %lldx%lldx%lld is not possible", (long long)w,
				 (long long)h, (long long)c);
	l->out_w = (int)w;
	l->out_h = (int)h;
	l->out_c = (int)c;
	l->outputs = (int)(w * h * c);
	return ERR_OK;
}

static enum err shape_same(struct build *b, struct shape_layer *l)
{
	(void)b;
	l->out_w = l->in_w;
	l->out_h = l->in_h;
	l->out_c = l->in_c;
	l->outputs = l->inputs;
	return ERR_OK;
}

/* A vector without a shape, as Darknet leaves it after softmax and cost. */
static enum err shape_vector(struct build *b, struct shape_layer *l)
{
	(void)b;
	l->outputs = l->inputs;
	return ERR_OK;
}

static enum err shape_dropout(struct build *b, struct shape_layer *l)
{
	return b->i == 0 ? build_bad(b, "cannot be the first layer") : shape_same(b, l);
}

static enum err shape_softmax(struct build *b, struct shape_layer *l)
{
	if (l->inputs % l->opt[OPT_GROUPS])
		return build_bad(b, "groups does not divide its inputs");
	if (l->opt[OPT_SPATIAL] && l->in_w == 0)
		return build_bad(b, "spatial=1 needs an image");
	return shape_vector(b, l);
}

static enum err shape_convolutional(struct build *b, struct shape_layer *l)
{
	int64_t size = l->opt[OPT_SIZE], stride = l->opt[OPT_STRIDE], n = l->opt[OPT_FILTERS];
	int64_t groups = l->opt[OPT_GROUPS];
	if (l->opt[OPT_PAD])
		l->opt[OPT_PADDING] = (int)size / 2;
	int64_t pad = l->opt[OPT_PADDING];
	if (l->in_w + 2 * pad < size || l->in_h + 2 * pad < size)
		return build_bad(b, "a %lldx%lld window does not fit into %dx%d", (long long)size,
				 (long long)size, l->in_w, l->in_h);
	if (l->in_c % groups || n % groups)
		return build_bad(b, "groups=%lld must divide its %d channels and its %lld filters",
				 (long long)groups, l->in_c, (long long)n);
	l->n_weights = l->in_c / groups * n * size * size;
	l->n_biases = n;
	l->n_statistics = l->opt[OPT_BATCH_NORMALIZE] ? 3 * n : 0;
	enum err r = set_out(b, l, (l->in_w + 2 * pad - size) / stride + 1,
			     (l->in_h + 2 * pad - size) / stride + 1, n);
	if (!r && (int64_t)l->out_w * l->out_h * size * size * (l->in_c / groups) > TOTAL_MAX)
		return build_bad(b, "far too large to compute");
	return r;
}

static enum err shape_connected(struct build *b, struct shape_layer *l)
{
	l->n_weights = (int64_t)l->inputs * l->opt[OPT_OUTPUT];
	l->n_biases = l->opt[OPT_OUTPUT];
	l->n_statistics = l->opt[OPT_BATCH_NORMALIZE] ? 3 * l->n_biases : 0;
	return set_out(b, l, 1, 1, l->opt[OPT_OUTPUT]);
}

static enum err shape_local(struct build *b, struct shape_layer *l)
{
	int size = l->opt[OPT_SIZE], stride = l->opt[OPT_STRIDE], pad = l->opt[OPT_PAD];
	if (size > l->in_w + 2 * pad || size > l->in_h + 2 * pad)
		return build_bad(b, "its window does not fit into its input");
	/* Darknet sizes the output one way and fills it another; they agree only here. */
	if (pad && size != 3)
		return build_bad(b, "with pad=1 Darknet is right for size=3 only");
	int w = (l->in_w - (pad ? 1 : size)) / stride + 1,
	    h = (l->in_h - (pad ? 1 : size)) / stride + 1;
	enum err r = set_out(b, l, w, h, l->opt[OPT_FILTERS]);
	l->n_biases = l->outputs;
	l->n_weights = (int64_t)l->outputs * size * size * l->in_c;
	return r;
}

static enum err shape_batchnorm(struct build *b, struct shape_layer *l)
{
	l->n_statistics = 3 * (int64_t)l->in_c;
	return shape_same(b, l);
}

static enum err shape_maxpool(struct build *b, struct shape_layer *l)
{
	if (l->opt[OPT_SIZE] == UNSET)
		l->opt[OPT_SIZE] = l->opt[OPT_STRIDE];
	int size = l->opt[OPT_SIZE], stride = l->opt[OPT_STRIDE];
	if (l->opt[OPT_PADDING] == UNSET)
		l->opt[OPT_PADDING] = size - 1;
	int pad = l->opt[OPT_PADDING];
	if (pad > 2 * (size - 1))
		return build_bad(b, "with such padding some windows would hold padding alone");
	if (l->in_w + pad < size || l->in_h + pad < size)
		return build_bad(b, "a %dx%d window does not fit into %dx%d", size, size, l->in_w,
				 l->in_h);
	return set_out(b, l, (l->in_w + pad - size) / stride + 1,
		       (l->in_h + pad - size) / stride + 1, l->in_c);
}

static enum err shape_avgpool(struct build *b, struct shape_layer *l)
{
	return set_out(b, l, 1, 1, l->in_c);
}

static enum err shape_crop(struct build *b, struct shape_layer *l)
{
	int w = l->opt[OPT_CROP_WIDTH], h = l->opt[OPT_CROP_HEIGHT];
	if (w > l->in_w || h > l->in_h)
		return build_bad(
		    b, "cannot cut %dx%d out of %dx%d; the input must be at least that large", w, h,
		    l->in_w, l->in_h);
	return set_out(b, l, w, h, l->in_c);
}

static enum err shape_normalization(struct build *b, struct shape_layer *l)
{
	if (l->opt[OPT_SIZE] / 2 > l->in_c)
		return build_bad(b, "size is more than twice its channels");
	return shape_same(b, l);
}

static enum err shape_reorg(struct build *b, struct shape_layer *l)
{
	int s = l->opt[OPT_STRIDE];
	if (l->opt[OPT_EXTRA]) {
		if ((int64_t)l->inputs + l->opt[OPT_EXTRA] > OUTPUTS_MAX)
			return build_bad(b, "extra is too large");
		l->outputs = l->inputs + l->opt[OPT_EXTRA];
		return ERR_OK;
	}
	if (l->in_c % (s * s) || (!l->opt[OPT_REVERSE] && (l->in_w % s || l->in_h % s)))
		return build_bad(b, "stride does not fit its input");
	if (l->opt[OPT_REVERSE])
		return set_out(b, l, (int64_t)l->in_w * s, (int64_t)l->in_h * s, l->in_c / (s * s));
	return set_out(b, l, l->in_w / s, l->in_h / s, (int64_t)l->in_c * s * s);
}

static enum err shape_upsample(struct build *b, struct shape_layer *l)
{
	int s = l->opt[OPT_STRIDE];
	if (s == 0 || (s < 0 && (l->in_w % -s || l->in_h % -s)))
		return build_bad(b, "stride does not fit its input");
	if (s > 0)
		return set_out(b, l, (int64_t)l->in_w * s, (int64_t)l->in_h * s, l->in_c);
	return set_out(b, l, l->in_w / -s, l->in_h / -s, l->in_c);
}

/* One comma-separated list of layers, each absolute or relative to this one. */
static enum err read_from(struct build *b, struct shape_layer *l, const char *key, int max)
{
	const struct cfg_option *o = cfg_find(b->sec, key);
	if (!o)
		return build_bad(b, "%s= is missing", key);
	size_t cap = 0;
	for (const char *p = o->value;; p++) {
		char *end;
		long v = strtol(p, &end, 10);
		long at = v < 0 ? b->i + v : v;
		if (end == p || (*end && *end != ','))
			return cfg_error(b->cfg, o->line, ERR_FORMAT, b->e,
					 "%s=%.60s is not a list of layers", key, o->value);
		if (at < 0 || at >= b->i || l->n_from == max)
			return cfg_error(
			    b->cfg, o->line, ERR_VALUE, b->e, "layer %d [%s]: %s=%.60s: %s", b->i,
			    b->sec->type, key, o->value,
			    l->n_from == max ? max > 1 ? "too many layers"
						       : "too many layers: only AlexeyAB's "
							 "Darknet adds more than two"
					     : "there is no such layer below this one");
		ALLOC_GROW(l->from, (size_t)l->n_from + 1, cap);
		l->from[l->n_from++] = (int)at;
		p = end;
		if (*p != ',')
			return ERR_OK;
	}
}

static enum err shape_route(struct build *b, struct shape_layer *l)
{
	enum err r = read_from(b, l, "layers", LAYERSET_MAX);
	if (r)
		return r;
	const struct shape_layer *first = &b->s->layers[l->from[0]];
	int64_t c = 0, outputs = 0;
	bool fits = true;
	for (int i = 0; i < l->n_from; i++) {
		const struct shape_layer *f = &b->s->layers[l->from[i]];
		fits = fits && f->out_w == first->out_w && f->out_h == first->out_h;
		c += f->out_c;
		outputs += f->outputs;
	}
	l->inputs = (int)(outputs > OUTPUTS_MAX ? 0 : outputs);
	if (outputs > OUTPUTS_MAX)
		return build_bad(b, "far too many outputs");
	if (fits && first->out_w)
		return set_out(b, l, first->out_w, first->out_h, c);
	return shape_vector(b, l);
}

static enum err shape_shortcut(struct build *b, struct shape_layer *l)
{
	enum err r = read_from(b, l, "from", 1);
	if (r)
		return r;
	const struct shape_layer *f = &b->s->layers[l->from[0]];
	if (f->out_w < 1 || f->out_w / l->in_w != f->out_h / l->in_h ||
	    l->in_w / f->out_w != l->in_h / f->out_h)
		return build_bad(b, "%dx%d of layer %d does not fit onto %dx%d", f->out_w, f->out_h,
				 l->from[0], l->in_w, l->in_h);
	return shape_same(b, l);
}

const char *const opt_names[OPT_N] = {
    [OPT_FILTERS] = "filters",
    [OPT_OUTPUT] = "output",
    [OPT_SIZE] = "size",
    [OPT_STRIDE] = "stride",
    [OPT_PAD] = "pad",
    [OPT_PADDING] = "padding",
    [OPT_GROUPS] = "groups",
    [OPT_BATCH_NORMALIZE] = "batch_normalize",
    [OPT_CROP_HEIGHT] = "crop_height",
    [OPT_CROP_WIDTH] = "crop_width",
    [OPT_REVERSE] = "reverse",
    [OPT_FLATTEN] = "flatten",
    [OPT_EXTRA] = "extra",
    [OPT_SPATIAL] = "spatial",
};

/* clang-format off */
#define END {-1, 0, 0, 0}
const struct kind_row kind_rows[KIND_N] = {
    /* name, alias, shape, needs an image, has an activation, whole numbers, other numbers */
    [KIND_CONVOLUTIONAL] = {"convolutional", "conv", shape_convolutional, true, true,
	{{OPT_FILTERS, 1, DIM_MAX, 1}, {OPT_SIZE, 1, 1024, 1}, {OPT_STRIDE, 1, 1024, 1},
	 {OPT_PAD, 0, 1024, 0}, {OPT_PADDING, 0, 1024, 0}, {OPT_GROUPS, 1, DIM_MAX, 1},
	 {OPT_BATCH_NORMALIZE, 0, 1, 0}, END}, {{0}}},
    [KIND_CONNECTED] = {"connected", "conn", shape_connected, false, true,
	{{OPT_OUTPUT, 1, 1 << 24, 1}, {OPT_BATCH_NORMALIZE, 0, 1, 0}, END}, {{0}}},
    [KIND_LOCAL] = {"local", NULL, shape_local, true, true,
	{{OPT_FILTERS, 1, DIM_MAX, 1}, {OPT_SIZE, 1, 1024, 1}, {OPT_STRIDE, 1, 1024, 1},
	 {OPT_PAD, 0, 1, 0}, END}, {{0}}},
    [KIND_BATCHNORM] = {"batchnorm", NULL, shape_batchnorm, true, false, {END}, {{0}}},
    [KIND_MAXPOOL] = {"maxpool", "max", shape_maxpool, true, false,
	{{OPT_STRIDE, 1, 1024, 1}, {OPT_SIZE, 1, 1024, UNSET}, {OPT_PADDING, 0, 2048, UNSET}, END},
	{{0}}},
    [KIND_AVGPOOL] = {"avgpool", "avg", shape_avgpool, true, false, {END}, {{0}}},
    [KIND_SOFTMAX] = {"softmax", "soft", shape_softmax, false, false,
	{{OPT_GROUPS, 1, 1 << 24, 1}, {OPT_SPATIAL, 0, 1, 0}, END}, {{"temperature", 1e-6, 1e6}}},
    [KIND_DROPOUT] = {"dropout", NULL, shape_dropout, false, false, {END},
	{{"probability", 0, .999}}},
    [KIND_CROP] = {"crop", NULL, shape_crop, true, false,
	{{OPT_CROP_HEIGHT, 1, DIM_MAX, 1}, {OPT_CROP_WIDTH, 1, DIM_MAX, 1}, END},
	{{"flip", 0, 1}, {"noadjust", 0, 1}, {"angle", ANY}, {"saturation", ANY}, {"exposure", ANY},
	 {"shift", ANY}}},
    [KIND_COST] = {"cost", NULL, shape_vector, false, false, {END}, {{0}}},
    [KIND_ROUTE] = {"route", NULL, shape_route, false, false, {END}, {{0}}},
    [KIND_SHORTCUT] = {"shortcut", NULL, shape_shortcut, true, true, {END},
	{{"alpha", ANY}, {"beta", ANY}}},
    [KIND_NORMALIZATION] = {"normalization", "lrn", shape_normalization, true, false,
	{{OPT_SIZE, 1, 1024, 5}, END}, {{"alpha", ANY}, {"beta", ANY}, {"kappa", ANY}}},
    [KIND_ACTIVATION] = {"activation", NULL, shape_same, false, true, {END}, {{0}}},
    [KIND_REORG] = {"reorg", NULL, shape_reorg, true, false,
	{{OPT_STRIDE, 1, 64, 1}, {OPT_REVERSE, 0, 1, 0}, {OPT_FLATTEN, 0, 1, 0},
	 {OPT_EXTRA, 0, OUTPUTS_MAX, 0}, END}, {{0}}},
    [KIND_UPSAMPLE] = {"upsample", NULL, shape_upsample, true, false,
	{{OPT_STRIDE, -64, 64, 2}, END}, {{"scale", ANY}}},
    [KIND_LOGISTIC] = {"logistic", NULL, shape_same, false, false, {END}, {{0}}},
    [KIND_L2NORM] = {"l2norm", NULL, shape_same, false, false, {END}, {{0}}},
};
/* clang-format on */

int kind_find(const char *section)
{
	for (int k = 0; k < KIND_N; k++)
		if (strcmp(kind_rows[k].name, section) == 0 ||
		    (kind_rows[k].alias && strcmp(kind_rows[k].alias, section) == 0))
			return k;
	return -1;
}

bool kind_trains(enum kind k)
{
	return k != KIND_LOGISTIC && k != KIND_L2NORM;
}
