#include "optimizing.h"
#include "class_names.h"
#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/config/class_weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTING "train.class_weights"
/* Adam moves every weight by about the rate in each step: what suits plain descent is far for it. */
#define ADAM_RATE_MAX 0.005

static bool is_adam(const struct experiment *x)
{
	return x->train.optimizer != OPTIMIZER_SGD;
}

struct step optimizing_step(const struct preflight *p)
{
	const struct experiment *x = p->x;
	return (struct step){
	    .optimizer = x->train.optimizer,
	    .momentum = x->train.momentum,
	    .b1 = x->train.b1,
	    .b2 = x->train.b2,
	    .eps = x->train.eps,
	    .decay = x->train.decay,
	    .label_smoothing = x->train.label_smoothing,
	    .class_weights = p->class_weights,
	    .clip = x->train.clip,
	};
}

int optimizing_moments(const struct experiment *x)
{
	return is_adam(x) ? 2 : 1;
}

/* ---- class weights ---- */

/* Of a class without pictures no weight is ever used. */
static void balance(const struct dataset *d, float *out)
{
	size_t *counts = xcalloc(d->n_classes, sizeof(*counts));
	for (size_t i = 0; i < d->train.n; i++)
		counts[d->train.samples[i].label]++;
	for (size_t c = 0; c < d->n_classes; c++)
		if (counts[c])
			out[c] = (float)((double)d->train.n /
					 ((double)d->n_classes * (double)counts[c]));
	free(counts);
}

static enum err weigh_by_name(const struct preflight *p, float *out, struct errinfo *e)
{
	struct strbuf name = STRBUF_INIT, key = STRBUF_INIT;
	const char *at = p->x->train.class_weights;
	double weight;
	enum err r = ERR_OK;
	while (!r && class_weight_next(&at, &name, &weight)) {
		size_t c;
		strbuf_reset(&key);
		strbuf_addf(&key, SETTING ".%s", name.buf);
		r = class_names_find(p, name.buf, SETTING, key.buf, &c, e);
		if (!r)
			out[c] = (float)weight;
	}
	strbuf_release(&name);
	strbuf_release(&key);
	return r;
}

enum err optimizing_weigh(struct preflight *p, struct errinfo *e)
{
	const struct dataset *d = p->data;
	const char *text = p->x->train.class_weights;
	free(p->class_weights);
	p->class_weights = NULL;
	if (!*text)
		return ERR_OK;
	p->class_weights = xcalloc(d->n_classes, sizeof(*p->class_weights));
	for (size_t c = 0; c < d->n_classes; c++)
		p->class_weights[c] = 1;
	if (*text == '{')
		return weigh_by_name(p, p->class_weights, e);
	balance(d, p->class_weights);
	return ERR_OK;
}

const char *optimizing_weighting(const struct experiment *x)
{
	const char *text = x->train.class_weights;
	return *text == '{' ? "by name" : *text ? text : "none";
}

/* ---- in words ---- */

void optimizing_words(const struct experiment *x, struct strbuf *out)
{
	strbuf_addstr(out, optimizer_name(x->train.optimizer));
	if (is_adam(x))
		strbuf_addf(out, ", b1 %g, b2 %g", x->train.b1, x->train.b2);
	else
		strbuf_addf(out, ", momentum %g", x->train.momentum);
}

static void warn_cfg(struct preflight *p)
{
	struct model_adam adam;
	const struct experiment *x = p->x;
	if (is_adam(x) || !model_asks_adam(x->network.cfg, &adam))
		return;
	warnings_add(&p->warnings,
		     "%s:%d: adam=1 is not obeyed, as nothing is that says how to train; for "
		     "Darknet's Adam set train: {optimizer: adam, b1: %g, b2: %g, eps: %g}",
		     x->network.cfg, adam.line, adam.b1, adam.b2, adam.eps);
}

static void warn_rates(struct preflight *p)
{
	const struct experiment *x = p->x;
	for (size_t i = 0; is_adam(x) && i < x->n_phases; i++) {
		const struct phase_config *ph = &x->phases[i];
		char key[32];
		snprintf(key, sizeof(key), "phases.%zu.lr", i);
		if (ph->lr > ADAM_RATE_MAX)
			warnings_add(&p->warnings,
				     "%s: phase %s: lr %g is high for %s, which moves every weight "
				     "by about that in each step; 0.001 or less is usual",
				     experiment_where(x, key), ph->name, ph->lr,
				     optimizer_name(x->train.optimizer));
	}
}

void optimizing_warn(struct preflight *p)
{
	warn_cfg(p);
	warn_rates(p);
}

static void report_weights(const struct preflight *p, FILE *out)
{
	size_t low = 0, high = 0;
	for (size_t c = 0; c < p->data->n_classes; c++) {
		low = p->class_weights[c] < p->class_weights[low] ? c : low;
		high = p->class_weights[c] > p->class_weights[high] ? c : high;
	}
	say(out, "weighted    classes %s, from %.3g (%s) to %.3g (%s)", optimizing_weighting(p->x),
	    (double)p->class_weights[low], p->data->classes[low], (double)p->class_weights[high],
	    p->data->classes[high]);
}

void optimizing_report(const struct preflight *p, FILE *out)
{
	struct strbuf words = STRBUF_INIT;
	optimizing_words(p->x, &words);
	say(out, "optimizer   %s", words.buf);
	strbuf_release(&words);
	if (p->class_weights)
		report_weights(p, out);
}
