/* The fold of what is told of single layers: their learning-rate multipliers, and their figures
 * epoch by epoch. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double *scales_now(const struct history *h)
{
	double *scales = xcalloc(h->n_layers, sizeof(*scales));
	for (size_t i = 0; i < h->n_layers; i++)
		scales[i] = h->layers[i].lr_scale;
	return scales;
}

void set_scales(struct history *h, const double *scales)
{
	for (size_t i = 0; i < h->n_layers; i++)
		h->layers[i].lr_scale = scales[i];
}

/* Every layer that differs, and from which multiplier to which they go. */
static void add_range(const struct layerset *layers, const double *now, struct strbuf *out)
{
	double low = INFINITY, high = 0;
	for (int i = 0; i < layers->n; i++) {
		low = layerset_has(layers, i) ? fmin(low, now[i]) : low;
		high = layerset_has(layers, i) ? fmax(high, now[i]) : high;
	}
	layerset_format(layers, out);
	strbuf_addf(out, " at x%.3g to x%.3g", low, high);
}

/* "12-15 at x0.1, 16 at x0.5": the layers of `layers`, those of one multiplier together; nothing
 * for none. */
static void scale_words(const struct layerset *layers, const double *now, struct strbuf *out)
{
	enum { GROUPS = 4 };
	struct layerset left = *layers;
	size_t start = out->len;
	for (int n = 0, i = 0; layerset_count(&left); i++) {
		struct layerset group;
		if (!layerset_has(&left, i))
			continue;
		if (n++ == GROUPS) {
			strbuf_remove(out, start, out->len - start);
			add_range(layers, now, out);
			return;
		}
		layerset_clear(&group, left.n);
		for (int k = i; k < left.n; k++)
			if (layerset_has(&left, k) && now[k] == now[i])
				layerset_set(&group, k, true);
		layerset_remove(&left, &group);
		strbuf_addstr(out, out->len > start ? ", " : "");
		layerset_format(&group, out);
		strbuf_addf(out, " at x%.3g", now[i]);
	}
}

bool history_scale_words(const struct history *h, struct strbuf *out)
{
	struct layerset scaled;
	double *now = scales_now(h);
	size_t start = out->len;
	layerset_clear(&scaled, (int)h->n_layers);
	for (size_t i = 0; i < h->n_layers; i++)
		if (now[i] != 1)
			layerset_set(&scaled, (int)i, true);
	scale_words(&scaled, now, out);
	free(now);
	return out->len > start;
}

/* A multiplier that is none leaves the layer as it was. */
static double *sane_scales(const struct history *h, const struct event_scale *from)
{
	double *now = scales_now(h);
	for (size_t i = 0; i < h->n_layers && i < from->n_values; i++)
		if (isfinite(from->values[i]) && from->values[i] >= 0)
			now[i] = from->values[i];
	return now;
}

void fold_scale(struct history *h, const struct event *ev)
{
	const struct event_scale *from = &ev->scale;
	double *now = sane_scales(h, from);
	struct strbuf words = STRBUF_INIT;
	struct layerset changed;
	layerset_clear(&changed, (int)h->n_layers);
	for (size_t i = 0; i < h->n_layers; i++)
		if (now[i] != h->layers[i].lr_scale)
			layerset_set(&changed, (int)i, true);
	scale_words(&changed, now, &words);
	if (words.len)
		add_marker(
		    h, MARK_SCALE, from->iter, from->cause,
		    xasprintf("%s of the learning rate (%s)", words.buf, cause_name(from->cause)));
	set_scales(h, now);
	strbuf_release(&words);
	free(now);
}

void stats_cut(struct history *h, int64_t epoch)
{
	for (size_t i = 0; i < h->n_layers; i++) {
		struct history_layer *l = &h->layers[i];
		while (l->n_stats && history_stat(l, l->n_stats - 1)->epoch > epoch)
			l->n_stats--;
	}
}

static double measured(struct opt_double v)
{
	return v.valid && isfinite(v.value) && v.value >= 0 ? v.value : NAN;
}

void fold_stats(struct history *h, const struct event *ev)
{
	const struct event_stats *from = &ev->stats;
	if (from->epoch < 0)
		return;
	stats_cut(h, from->epoch - 1);
	for (size_t i = 0; i < from->n_layers; i++) {
		const struct event_layer_stat *s = &from->layers[i];
		if (s->layer < 0 || s->layer >= (int64_t)h->n_layers)
			continue;
		struct history_layer *l = &h->layers[s->layer];
		if (l->n_stats && history_stat(l, l->n_stats - 1)->epoch == from->epoch)
			continue; /* twice in one event: the first counts */
		*PAGES_PUSH(&l->stats, l->n_stats++, struct history_stat) = (struct history_stat){
		    .epoch = from->epoch,
		    .weight_norm = measured(s->weight_norm),
		    .update_ratio = measured(s->update_ratio),
		    .forward_ms = measured(s->forward_ms),
		    .backward_ms = measured(s->backward_ms),
		};
	}
}
