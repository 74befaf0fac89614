/* The Layers page: all that is known of the layer under the cursor. */
#include "layers.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A line of text that grows by parts; the next one goes below. */
struct lines {
	struct canvas *c;
	struct rect r; /* what is left of the panel */
};

static void put_line(struct lines *l, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void put_line(struct lines *l, enum ink ink, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (l->r.h < 1)
		return;
	canvas_text(l->c, l->r.x, l->r.y, l->r.w, STYLE(ink), text);
	l->r.y++;
	l->r.h--;
}

static double share_of(const struct history *h, const struct history_layer *l, bool flops)
{
	double all = 0, one = (double)(flops ? l->info.flops : l->info.params);
	for (size_t i = 0; i < h->n_layers; i++)
		all +=
		    fmax((double)(flops ? h->layers[i].info.flops : h->layers[i].info.params), 0);
	return all > 0 && one > 0 ? one / all : 0;
}

static void put_what(struct lines *out, const struct history *h, size_t at)
{
	const struct history_layer *l = &h->layers[at];
	char in[48], shape[48], kind[96];
	int n = snprintf(kind, sizeof(kind), "%.30s", l->info.kind ? l->info.kind : "?");
	if (l->info.size > 0)
		n += snprintf(kind + n, sizeof(kind) - (size_t)n, " %lld×%lld, step %lld",
			      (long long)l->info.size, (long long)l->info.size,
			      (long long)l->info.stride);
	if (l->info.activation && *l->info.activation)
		snprintf(kind + n, sizeof(kind) - (size_t)n, ", %.20s", l->info.activation);
	layer_shape(l->info.in_w, l->info.in_h, l->info.in_c, in, sizeof(in));
	layer_shape(l->info.out_w, l->info.out_h, l->info.out_c, shape, sizeof(shape));
	put_line(out, (int64_t)at == h->head ? INK_ACCENT : INK_TITLE, "layer %zu%s: %s%s", at,
		 (int64_t)at == h->head ? ", the head" : "", kind,
		 l->info.batchnorm ? ", batch-norm" : "");
	put_line(out, INK_MUTED, "%s in, %s out", in, shape);
	put_line(out, INK_MUTED, "%s parameters (%.1f%% of all), %s flops (%.1f%%)",
		 words_short(fmax((double)l->info.params, 0)), share_of(h, l, false) * 100,
		 words_short(fmax((double)l->info.flops, 0)), share_of(h, l, true) * 100);
}

static void put_state(struct lines *out, const struct history *h, const struct history_layer *l)
{
	int64_t thaws = l->frozen ? history_thaws_at(h, (int)l->info.index) : 0;
	char until[40] = "";
	if (thaws)
		snprintf(until, sizeof(until), " until epoch %lld", (long long)thaws);
	if (!history_layer_learns(l))
		put_line(out, INK_MUTED, "nothing to learn or to freeze here");
	else if (l->frozen && l->digest_changed)
		put_line(out, INK_BAD, "✗ changed while frozen: its digest is %016llx now",
			 (unsigned long long)l->digest);
	else if (l->frozen && l->digest_known)
		put_line(out, INK_FROZEN, "❄ frozen%s ✓ not one byte has changed: digest %016llx",
			 until, (unsigned long long)l->digest);
	else if (l->frozen)
		put_line(out, INK_FROZEN, "❄ frozen%s", until);
	else if (l->lr_scale != 1)
		put_line(out, INK_HOT, "☀ learns at ×%.3g of the learning rate: %s", l->lr_scale,
			 words_opt(words_rate,
				   (struct opt_double){h->lr.value * l->lr_scale, h->lr.valid}));
	else
		put_line(out, INK_HOT, "☀ learns at the learning rate: %s",
			 words_opt(words_rate, h->lr));
}

static const char *pace_words(double ratio)
{
	static const struct {
		double least;
		const char *words;
	} paces[] = {{0.03, "very quick, it may forget"},
		     {0.003, "quick"},
		     {0.0003, "a usual pace"},
		     {0, "slow"}};
	size_t i = 0;
	while (ratio < paces[i].least)
		i++;
	return paces[i].words;
}

static void put_stats(struct lines *out, const struct history *h, size_t at)
{
	const struct history_layer *l = &h->layers[at];
	const struct history_stat *s = layer_stat(h, at);
	double all = 0, ms = stat_ms(s);
	for (size_t i = 0; i < h->n_layers; i++)
		all += stat_ms(layer_stat(h, i));
	if (!s) {
		if (history_layer_learns(l))
			put_line(out, INK_MUTED,
				 layers_have_stats(h) ? "no statistics of this layer"
						      : "this log tells no statistics of layers");
		return;
	}
	double first = history_stat(l, 0)->weight_norm, now = s->weight_norm;
	if (isfinite(now) && isfinite(first) && first > 0)
		put_line(out, INK_NONE, "weight norm %.4g, %+.2g%% since epoch %lld", now,
			 (now / first - 1) * 100, (long long)history_stat(l, 0)->epoch);
	char ratio[32];
	if (isfinite(s->update_ratio)) {
		ratio_text(s->update_ratio, ratio, sizeof(ratio));
		put_line(out, INK_NONE, "an update changes %s of it: %s", ratio,
			 pace_words(s->update_ratio));
	}
	if (ms > 0 && all > 0)
		put_line(out, INK_NONE, "ms an image: %.2g forward, %.2g backward (%.0f%% of all)",
			 isfinite(s->forward_ms) ? s->forward_ms : 0,
			 isfinite(s->backward_ms) ? s->backward_ms : 0, ms / all * 100);
	else if (layer_cached(h, at))
		put_line(out, INK_MUTED, "not computed: its output is kept in the cache");
}

/* One figure over the epochs. */
static void draw_curve(const struct history_layer *l, bool updates, struct canvas *c, struct rect r)
{
	size_t n = l->n_stats;
	double *xs = xcalloc(n, sizeof(*xs)), *ys = xcalloc(n, sizeof(*ys));
	struct range x = {0, 0, false}, y = {0, 0, false};
	for (size_t i = 0; i < n; i++) {
		xs[i] = (double)history_stat(l, i)->epoch;
		ys[i] = updates ? history_stat(l, i)->update_ratio : history_stat(l, i)->weight_norm;
		range_add(&x, xs[i]);
		if (!updates || ys[i] > 0)
			range_add(&y, ys[i]);
	}
	struct plot p;
	canvas_text(c, r.x + 1, r.y, r.w - 1, STYLE(INK_MUTED),
		    updates ? "update / weights by epoch" : "weight norm by epoch");
	r.y++;
	r.h--;
	if (y.any && plot_begin(&p, c, r, x, y, updates ? PLOT_LOG : PLOT_LINEAR)) {
		plot_line(&p, xs, ys, n, STYLE(updates ? INK_TRAIN : INK_VALID));
		plot_points(&p, xs, ys, n, 0x25CF, STYLE(updates ? INK_TRAIN : INK_VALID));
	} else if (!y.any) {
		panel_empty(c, r, updates ? "no update while frozen" : "no numbers");
	}
	free(xs);
	free(ys);
}

void panel_layer_detail(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	int at = view_layer(s->view, h);
	if (at < 0) {
		panel_empty(c, r, "no network yet");
		return;
	}
	const struct history_layer *l = &h->layers[at];
	struct lines out = {c, {r.x + 1, r.y, r.w - 2, r.h}};
	bool beside = r.w >= 100 && l->n_stats, below = !beside && r.h >= 12 && l->n_stats;
	int curve_w = r.w / 4 > 44 ? 44 : r.w / 4 - 2;
	if (beside)
		out.r.w = r.w - 2 * curve_w - 4;
	put_what(&out, h, (size_t)at);
	put_state(&out, h, l);
	put_stats(&out, h, (size_t)at);
	struct rect left = {r.x + r.w - 2 * curve_w, r.y, curve_w, r.h};
	if (below) {
		left = (struct rect){r.x, out.r.y + 1, r.w / 2, r.y + r.h - out.r.y - 1};
		curve_w = r.w - left.w;
	}
	if (!beside && !below)
		return;
	draw_curve(l, false, c, left);
	draw_curve(l, true, c, (struct rect){left.x + left.w, left.y, curve_w, left.h});
}
