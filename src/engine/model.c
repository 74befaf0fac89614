#include "thaw/engine/model.h"
#include "model_shape.h"
#include "thaw/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct surgery {
	const struct head_spec *spec;
	struct cfg cfg;
	struct shape before;
	int base; /* layers 0..base-1 keep their weights */
	struct errinfo *e;
};

static const struct cfg_section *section(const struct surgery *s, int layer)
{
	return &s->cfg.sections[layer + 1];
}

static enum err check_spec(const struct head_spec *spec, struct errinfo *e)
{
	if (spec->n_classes < 2 || spec->n_classes > MODEL_MAX_CLASSES)
		return err_set(e, ERR_VALUE, "a classifier needs 2 to %d classes, not %d",
			       MODEL_MAX_CLASSES, spec->n_classes);
	if (spec->dropout < 0 || spec->dropout > 0.999)
		return err_set(e, ERR_VALUE, "a dropout of %g is not a probability below 1",
			       spec->dropout);
	if (spec->input_w < 0 || spec->input_h < 0 || spec->batch < 1)
		return err_set(e, ERR_VALUE, "an input of %dx%d in batches of %d is not possible",
			       spec->input_w, spec->input_h, spec->batch);
	return ERR_OK;
}

/* Layers that may stand between the head and the end of the network. */
static bool passes_scores(enum kind k)
{
	return k == KIND_AVGPOOL || k == KIND_DROPOUT || k == KIND_SOFTMAX || k == KIND_COST;
}

static enum err check_classifier(const struct surgery *s)
{
	const struct shape *b = &s->before;
	int softmaxes = 0;
	if (b->softmax < 0 || b->head < 0 || b->head > b->softmax)
		return cfg_error(&s->cfg, 0, ERR_VALUE, s->e,
				 b->head < 0
				     ? "no layer has weights: there is nothing to train"
				     : "not a classifier: no [softmax] above the last layer with "
				       "weights; name a "
				       "layer to attach a new last layer to with network.cut");
	for (int i = b->head + 1; i < b->n; i++) {
		const struct shape_layer *l = &b->layers[i];
		if (!passes_scores(l->kind))
			return cfg_error(&s->cfg, l->line, ERR_VALUE, s->e,
					 "layer %d [%s] stands above the last layer with weights, "
					 "so its outputs are not "
					 "the class scores; name a layer to attach a new last "
					 "layer to with network.cut",
					 i, kind_name(l->kind));
		softmaxes += l->kind == KIND_SOFTMAX;
	}
	const struct shape_layer *l = &b->layers[b->softmax];
	if (softmaxes != 1 || l->opt[OPT_GROUPS] != 1 || l->opt[OPT_SPATIAL])
		return cfg_error(
		    &s->cfg, l->line, ERR_VALUE, s->e,
		    "a classifier ends in one [softmax] with groups=1 over all classes");
	enum kind k = b->layers[b->head].kind;
	if (k != KIND_CONVOLUTIONAL && k != KIND_CONNECTED)
		return cfg_error(&s->cfg, b->layers[b->head].line, ERR_VALUE, s->e,
				 "the last layer with weights is [%s]; only convolutional and "
				 "connected ones can be "
				 "replaced; use network.cut",
				 kind_name(k));
	return ERR_OK;
}

/* Those that are understood, but that no kernel computes. */
static enum err check_kept(const struct surgery *s)
{
	int kept = s->spec->cut >= 0 ? s->spec->cut + 1 : s->before.n;
	for (int i = 0; i < kept && i < s->before.n; i++) {
		const struct shape_layer *l = &s->before.layers[i];
		if (!kind_trains(l->kind))
			return cfg_error(&s->cfg, l->line, ERR_VALUE, s->e,
					 "layer %d [%s] is of a kind that thaw cannot train; use "
					 "network.cut to leave it out",
					 i, kind_name(l->kind));
	}
	return ERR_OK;
}

static enum err check_cut(const struct surgery *s)
{
	const struct shape *b = &s->before;
	int cut = s->spec->cut;
	if (cut < 0 || cut >= b->n)
		return err_set(s->e, ERR_VALUE,
			       "network.cut: there is no layer %d in %s; it has layers 0-%d", cut,
			       s->cfg.name, b->n - 1);
	for (int i = 0; i <= cut; i++) {
		enum kind k = b->layers[i].kind;
		if (k == KIND_SOFTMAX || k == KIND_COST || k == KIND_LOGISTIC)
			return err_set(
			    s->e, ERR_VALUE,
			    "network.cut: layer %d [%s] of %s cannot be kept; cut at %d or lower",
			    i, kind_name(k), s->cfg.name, i - 1);
	}
	if (b->layers[cut].out_w == 0)
		return err_set(s->e, ERR_VALUE,
			       "network.cut: layer %d of %s gives no image to attach a layer to",
			       cut, s->cfg.name);
	return ERR_OK;
}

static void set_number(struct cfg *c, const struct cfg_section *sec, const char *key, double value)
{
	char text[32];
	snprintf(text, sizeof(text), "%.9g", value);
	cfg_set(c, sec, key, text);
}

static void edit_net(struct surgery *s)
{
	const struct cfg_section *net = &s->cfg.sections[0];
	set_number(&s->cfg, net, "batch", s->spec->batch);
	set_number(&s->cfg, net, "subdivisions", 1);
	if (s->spec->input_w)
		set_number(&s->cfg, net, "width", s->spec->input_w);
	if (s->spec->input_h)
		set_number(&s->cfg, net, "height", s->spec->input_h);
	cfg_drop(&s->cfg, net, "inputs");
	cfg_drop(&s->cfg, net, "time_steps");
}

/* A dropout above layer `below`: `insert` gets its text when it is a new one. */
static void edit_dropout(struct surgery *s, int below, struct strbuf *insert)
{
	if (s->spec->dropout <= 0)
		return;
	if (below >= 0 && s->before.layers[below].kind == KIND_DROPOUT)
		set_number(&s->cfg, section(s, below), "probability", s->spec->dropout);
	else if (below >= 0)
		strbuf_addf(insert, "[dropout]\nprobability=%.9g\n\n", s->spec->dropout);
}

static void edit_head(struct surgery *s)
{
	static const char *const stale_head[] = {"batch_normalize", "stopbackward", "onlyforward"};
	static const char *const stale_softmax[] = {"tree", "temperature", "noloss"};
	const struct cfg_section *head = section(s, s->before.head);
	struct strbuf dropout = STRBUF_INIT;
	bool conv = s->before.layers[s->before.head].kind == KIND_CONVOLUTIONAL;
	set_number(&s->cfg, head, conv ? "filters" : "output", s->spec->n_classes);
	cfg_set(&s->cfg, head, "activation", "linear");
	for (size_t i = 0; i < sizeof(stale_head) / sizeof(stale_head[0]); i++)
		cfg_drop(&s->cfg, head, stale_head[i]);
	for (size_t i = 0; i < sizeof(stale_softmax) / sizeof(stale_softmax[0]); i++)
		cfg_drop(&s->cfg, section(s, s->before.softmax), stale_softmax[i]);
	edit_dropout(s, s->before.head - 1, &dropout);
	if (dropout.len)
		cfg_insert_before(&s->cfg, head, dropout.buf);
	strbuf_release(&dropout);
}

static void edit_cut(struct surgery *s)
{
	struct strbuf text = STRBUF_INIT;
	strbuf_addch(&text, '\n');
	cfg_truncate_after(&s->cfg, section(s, s->spec->cut));
	edit_dropout(s, s->spec->cut, &text);
	strbuf_addf(&text,
		    "[convolutional]\nfilters=%d\nsize=1\nstride=1\npad=1\nactivation=linear\n\n"
		    "[avgpool]\n\n[softmax]\ngroups=1\n",
		    s->spec->n_classes);
	cfg_append(&s->cfg, text.buf);
	strbuf_release(&text);
}

static enum err check_result(const struct surgery *s, const struct cfg *c,
			     const struct shape *after)
{
	for (int i = 0; i < s->base; i++) {
		const struct shape_layer *was = &s->before.layers[i], *is = &after->layers[i];
		if (was->kind != is->kind || shape_weight_bytes(was) != shape_weight_bytes(is))
			return cfg_error(
			    c, is->line, ERR_VALUE, s->e,
			    "layer %d [%s] takes %d inputs with an input of %dx%d, but its weights "
			    "are for %d "
			    "(%dx%d); keep that input size, or cut below it with network.cut",
			    i, kind_name(is->kind), is->inputs, after->w, after->h, was->inputs,
			    s->before.w, s->before.h);
	}
	if (after->outputs != s->spec->n_classes) {
		const struct shape_layer *h = &after->layers[after->head];
		return cfg_error(c, h->line, ERR_VALUE, s->e,
				 "the last layer's map is %dx%d and no [avgpool] averages it: "
				 "softmax would see %d numbers "
				 "for %d classes; choose another input size or network.cut",
				 h->out_w, h->out_h, after->outputs, s->spec->n_classes);
	}
	return ERR_OK;
}

static void fill_report(const struct surgery *s, const struct shape *after, struct head_report *r)
{
	*r = (struct head_report){
	    .n_layers_before = s->before.n,
	    .n_layers_after = after->n,
	    .head_before = s->before.head,
	    .head_after = after->head,
	    .classes_before = s->before.outputs,
	};
	snprintf(r->head_kind, sizeof(r->head_kind), "%s",
		 kind_name(after->layers[after->head].kind));
}

/* Read the new text as anyone will, and see that it is what was meant. */
static enum err finish(struct surgery *s, struct strbuf *out, struct head_report *report)
{
	struct cfg c = {0};
	struct shape after = {0};
	enum err r = cfg_parse_changed(&c, &s->cfg, s->e);
	if (!r)
		r = shape_build(&after, &c, s->e);
	if (!r)
		r = check_result(s, &c, &after);
	if (!r) {
		cfg_write(&s->cfg, out);
		if (report)
			fill_report(s, &after, report);
	}
	shape_release(&after);
	cfg_release(&c);
	return r;
}

enum err model_replace_head(struct strbuf *out, struct head_report *report, const char *cfg,
			    const struct head_spec *spec, struct errinfo *e)
{
	struct surgery s = {.spec = spec, .e = e};
	bool cut = spec->cut >= 0;
	enum err r = check_spec(spec, e);
	if (!r)
		r = cfg_read(&s.cfg, cfg, e);
	if (!r)
		r = shape_build(&s.before, &s.cfg, e);
	if (!r)
		r = cut ? check_cut(&s) : check_classifier(&s);
	if (!r)
		r = check_kept(&s);
	if (!r) {
		s.base = cut ? spec->cut + 1 : s.before.head;
		edit_net(&s);
		if (cut)
			edit_cut(&s);
		else
			edit_head(&s);
		r = finish(&s, out, report);
	}
	shape_release(&s.before);
	cfg_release(&s.cfg);
	return r;
}

void model_warn(const char *cfg, struct warnings *w)
{
	struct cfg c;
	if (cfg_read(&c, cfg, NULL))
		return;
	shape_warn(&c, w);
	cfg_release(&c);
}

static double number_of(const struct cfg_section *net, const char *key, double missing)
{
	const struct cfg_option *o = cfg_find(net, key);
	return o ? strtod(o->value, NULL) : missing;
}

/* Source: parser.c parse_net_options(). */
bool model_asks_adam(const char *cfg, struct model_adam *out)
{
	struct cfg c;
	if (cfg_read(&c, cfg, NULL))
		return false;
	const struct cfg_section *net = &c.sections[0];
	const struct cfg_option *adam = c.n_sections ? cfg_find(net, "adam") : NULL;
	bool asks = adam && strtol(adam->value, NULL, 10) != 0;
	if (asks)
		*out = (struct model_adam){adam->line, number_of(net, "B1", .9),
					   number_of(net, "B2", .999), number_of(net, "eps", 1e-7)};
	cfg_release(&c);
	return asks;
}
