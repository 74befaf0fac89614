#include "model_keys.h"
#include "thaw/base/alloc.h"
#include "thaw/base/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a key's value would do, had it to be obeyed. */
struct given {
	const struct build *b;
	const struct shape_layer *l;
	const char *value;
};

static bool is(const struct given *g, double wanted)
{
	char *end;
	double v = strtod(g->value, &end);
	return end != g->value && !*end && v >= wanted && v <= wanted;
}

static bool zero(const struct given *g)
{
	return is(g, 0);
}

static bool one(const struct given *g)
{
	return is(g, 1);
}

static bool none(const struct given *g)
{
	return strcmp(g->value, "none") == 0;
}

static bool as_stride(const struct given *g)
{
	return is(g, g->l->opt[OPT_STRIDE]);
}

static bool spreads_nothing(const struct given *g)
{
	return is(g, 1) || g->l->opt[OPT_SIZE] == 1;
}

/* The last softmax is replaced, its tree goes with the old classes. */
static bool last_softmax(const struct given *g)
{
	const struct cfg *c = g->b->cfg;
	for (size_t i = (size_t)g->b->i + 2; i < c->n_sections; i++)
		if (kind_find(c->sections[i].type) == KIND_SOFTMAX)
			return false;
	return true;
}

static bool never(const struct given *g)
{
	(void)g;
	return false;
}

#define OTHER_WEIGHTS "weights files would not match the cfg; remove the line"
#define ALEXEY(does) "AlexeyAB's Darknet " does ", and thaw has no such layer"

/* Source: parser.c and the make_*_layer() and forward functions of pjreddie's and of AlexeyAB's
 * Darknet. */
static const struct {
	int kind; /* KIND_N = every one */
	const char *key;
	bool (*harmless)(const struct given *g);
	const char *why;
} refusals[] = {
    {KIND_N, "dontload", zero, OTHER_WEIGHTS},
    {KIND_N, "dontsave", zero, OTHER_WEIGHTS},
    {KIND_N, "numload", zero, OTHER_WEIGHTS},
    {KIND_N, "dontloadscales", zero, OTHER_WEIGHTS},
    {KIND_N, "flipped", zero, OTHER_WEIGHTS},
    {KIND_N, "binary", zero, OTHER_WEIGHTS},
    {KIND_N, "xnor", zero, OTHER_WEIGHTS},
    {KIND_CONVOLUTIONAL, "cbn", zero,
     ALEXEY("normalizes over several batches and keeps scales and means for it")},
    {KIND_CONVOLUTIONAL, "dilation", spreads_nothing, ALEXEY("spaces the kernel's points out")},
    {KIND_CONVOLUTIONAL, "antialiasing", zero, ALEXEY("blurs the output before it strides")},
    {KIND_CONVOLUTIONAL, "stride_x", as_stride, ALEXEY("takes another stride in each direction")},
    {KIND_CONVOLUTIONAL, "stride_y", as_stride, ALEXEY("takes another stride in each direction")},
    {KIND_CONVOLUTIONAL, "share_index", never, ALEXEY("computes with another layer's weights")},
    {KIND_CONVOLUTIONAL, "coordconv", zero, ALEXEY("adds coordinates to the output")},
    {KIND_CONVOLUTIONAL, "assisted_excitation", zero, ALEXEY("adds the truth while it trains")},
    {KIND_CONVOLUTIONAL, "sway", zero, ALEXEY("deforms the kernel")},
    {KIND_CONVOLUTIONAL, "rotate", zero, ALEXEY("deforms the kernel")},
    {KIND_CONVOLUTIONAL, "stretch", zero, ALEXEY("deforms the kernel")},
    {KIND_CONVOLUTIONAL, "stretch_sway", zero, ALEXEY("deforms the kernel")},
    {KIND_MAXPOOL, "maxpool_depth", zero, ALEXEY("takes the maximum over channels")},
    {KIND_MAXPOOL, "antialiasing", zero, ALEXEY("blurs the output before it strides")},
    {KIND_MAXPOOL, "stride_x", as_stride, ALEXEY("takes another stride in each direction")},
    {KIND_MAXPOOL, "stride_y", as_stride, ALEXEY("takes another stride in each direction")},
    {KIND_MAXPOOL, "maxpool_zero_nonmax", zero, ALEXEY("sets what is not the maximum to 0")},
    {KIND_ROUTE, "groups", one, ALEXEY("takes one group of the channels")},
    {KIND_ROUTE, "group_id", zero, ALEXEY("takes one group of the channels")},
    {KIND_SHORTCUT, "weights_type", none, ALEXEY("weighs what it adds")},
    {KIND_DROPOUT, "dropblock", zero, ALEXEY("drops whole squares of the map")},
    {KIND_SOFTMAX, "tree", last_softmax, "a softmax over a tree of classes can only be the last"},
};
#define N_REFUSALS (sizeof(refusals) / sizeof(*refusals))

enum err keys_check(const struct build *b, const struct shape_layer *l)
{
	for (size_t i = 0; i < N_REFUSALS; i++) {
		if (refusals[i].kind != KIND_N && refusals[i].kind != (int)l->kind)
			continue;
		const struct cfg_option *o = cfg_find(b->sec, refusals[i].key);
		if (o && !refusals[i].harmless(&(struct given){b, l, o->value}))
			return cfg_error(b->cfg, o->line, ERR_VALUE, b->e,
					 "%s=%.60s is not supported: %s", o->key, o->value,
					 refusals[i].why);
	}
	return ERR_OK;
}

/* Known to one Darknet or the other, and without a say in what is computed: how it trains there,
 * what it prints, how it uses a card. */
/* clang-format off */
static const char *const net_keys[] = {
    "width", "height", "channels", "inputs", "batch", "subdivisions", "time_steps", "notruth",
    "random", "learning_rate", "learning_rate_min", "momentum", "decay", "max_batches",
    "policy", "burn_in", "power", "step", "scale", "steps", "scales", "seq_scales", "gamma",
    "sgdr_cycle", "sgdr_mult", "adam", "B1", "B2", "eps", "max_crop", "min_crop", "max_ratio",
    "min_ratio", "center", "clip", "angle", "aspect", "saturation", "exposure", "hue", "flip",
    "blur", "gaussian_noise", "mixup", "cutmix", "mosaic", "mosaic_bound", "letter_box",
    "contrastive", "contrastive_jit_flip", "contrastive_color", "unsupervised",
    "label_smooth_eps", "resize_step", "attention", "adversarial_lr", "max_chart_loss",
    "track", "augment_speed", "sequential_subdivisions", "try_fix_nan", "weights_reject_freq",
    "equidistant_point", "badlabels_rejection_percentage", "num_sigmas_reject_badlabels",
    "ema_alpha", "use_cuda_graph", "loss_scale", "dynamic_minibatch", "optimized_memory",
    "workspace_size_limit_MB", "show_receptive_field", NULL};
/* clang-format on */
static const char *const layer_keys[] = {
    "truth",       "smooth",        "clip",          "onlyforward",   "stopbackward",
    "dont_update", "burnin_update", "train_only_bn", "learning_rate", NULL};
static const char *const kind_keys[KIND_N][12] = {
    [KIND_CONVOLUTIONAL] = {"dot", "angle", "reverse", "grad_centr", "bin_output", "stream",
			    "wait_stream"},
    [KIND_MAXPOOL] = {"out_channels"},
    [KIND_ROUTE] = {"layers", "stream", "wait_stream"},
    [KIND_SHORTCUT] = {"from", "weights_normalization"},
    [KIND_DROPOUT] = {"dropblock_size_rel", "dropblock_size_abs"},
    [KIND_SOFTMAX] = {"noloss"},
    [KIND_COST] = {"type", "scale", "ratio", "noobj", "thresh"},
};

#define KNOWN_MAX 128

static size_t add_all(const char **known, size_t n, const char *const *names)
{
	while (*names && n + 1 < KNOWN_MAX)
		known[n++] = *names++;
	return n;
}

/* Every key that a section may have: known[KNOWN_MAX], NULL-terminated. */
static void known_keys(const struct cfg_section *s, bool net, const char **known)
{
	int kind = net ? -1 : kind_find(s->type);
	size_t n = add_all(known, 0, net ? net_keys : layer_keys);
	if (kind >= 0) {
		const struct kind_row *row = &kind_rows[kind];
		for (const struct opt_rule *o = row->opts; o->opt >= 0; o++)
			known[n++] = opt_names[o->opt];
		for (int i = 0; i < MAX_RULES && row->floats[i].key; i++)
			known[n++] = row->floats[i].key;
		if (row->activation)
			known[n++] = "activation";
		n = add_all(known, n, kind_keys[kind]);
		for (size_t i = 0; i < N_REFUSALS; i++)
			if (refusals[i].kind == KIND_N || refusals[i].kind == kind)
				known[n++] = refusals[i].key;
	}
	known[n] = NULL;
}

const char *keys_hint(const char *word, const char *const *known)
{
	static char text[80];
	const char *near = nearest_word(word, known);
	if (!near)
		return "";
	snprintf(text, sizeof(text), "; did you mean '%s'?", near);
	return text;
}

static bool is_known(const char *key, const char *const *known)
{
	while (*known && strcmp(*known, key) != 0)
		known++;
	return *known;
}

static void warn_section(const struct cfg *c, const struct cfg_section *s, struct warnings *w)
{
	const char *known[KNOWN_MAX];
	known_keys(s, s == c->sections, known);
	for (size_t i = 0; i < s->n_options; i++) {
		const struct cfg_option *o = &s->options[i], *first = cfg_find(s, o->key);
		if (first != o)
			warnings_add(w,
				     "%s:%d: %.60s is given twice in this [%.60s]; the first "
				     "counts, %.60s on line %d, as in Darknet",
				     c->name, o->line, o->key, s->type, first->value, first->line);
		else if (!is_known(o->key, known))
			warnings_add(w,
				     "%s:%d: %.60s is no key of [%.60s] in any Darknet, so it does "
				     "nothing%s",
				     c->name, o->line, o->key, s->type,
				     is_known(o->key, net_keys) ? "; it belongs into [net]"
								: keys_hint(o->key, known));
	}
}

void shape_warn(const struct cfg *c, struct warnings *w)
{
	for (size_t i = 0; i < c->n_sections; i++)
		warn_section(c, &c->sections[i], w);
}
