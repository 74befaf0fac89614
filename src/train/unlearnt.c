#include "unlearnt.h"

#include <stdio.h>

void unlearnt_layers(const struct preflight *p, struct layerset *out)
{
	const struct weights_audit *a = &p->audit;
	layerset_clear(out, net_n_layers(p->net));
	for (int i = 0; i < a->n_layers; i++)
		if (!a->layers[i].loaded && a->layers[i].index < net_head(p->net))
			layerset_set(out, a->layers[i].index, true);
}

static void warn_phase(struct preflight *p, size_t phase, const struct layerset *layers)
{
	const char *weights = p->x->network.weights;
	char key[48];
	struct strbuf set = STRBUF_INIT;
	snprintf(key, sizeof(key), "phases.%zu.freeze", phase);
	layerset_format(layers, &set);
	warnings_add(&p->warnings,
		     "%s: phase %s freezes layers %s, which start at random%s%s: they know nothing and "
		     "cannot learn; %s, or let them learn in a phase before",
		     experiment_where(p->x, key), p->x->phases[phase].name, set.buf,
		     *weights ? " as they are not in " : "", weights,
		     *weights ? "freeze fewer" : "name pretrained network.weights");
	strbuf_release(&set);
}

/* After a phase all that was unlearnt has learnt or has been told of. */
static void warn_phases(struct preflight *p)
{
	struct layerset left;
	unlearnt_layers(p, &left);
	for (size_t i = 0; i < p->x->n_phases && layerset_count(&left); i++) {
		struct layerset learns = left, stuck = left;
		layerset_remove(&learns, &p->frozen[i]);
		layerset_remove(&stuck, &learns);
		if (layerset_count(&stuck))
			warn_phase(p, i, &stuck);
		layerset_clear(&left, left.n);
	}
}

static void warn_constant(struct preflight *p, bool zero)
{
	const struct weights_audit *a = &p->audit;
	struct layerset layers;
	struct strbuf set = STRBUF_INIT;
	layerset_clear(&layers, net_n_layers(p->net));
	for (int i = 0; i < a->n_layers; i++)
		if (a->layers[i].constant && zero == (a->layers[i].value == 0.0f))
			layerset_set(&layers, a->layers[i].index, true);
	layerset_format(&layers, &set);
	if (layerset_count(&layers))
		warnings_add(&p->warnings, "%s: all weights of layers %s are %s, so they know nothing%s",
			     p->x->network.weights, set.buf, zero ? "0" : "one and the same number",
			     zero ? ": was the file fetched and written to its end?" : "");
	strbuf_release(&set);
}

void unlearnt_warn(struct preflight *p)
{
	warn_constant(p, true);
	warn_constant(p, false);
	warn_phases(p);
}
