/* The Layers page: every layer in one row, as many columns as fit. */
#include "layers.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What all rows share. */
struct table {
	const struct history *h;
	bool stats;
	struct range updates; /* log10 of all update ratios */
	double most_ms;
};

/* One cell to fill. */
struct spot {
	const struct table *t;
	const struct history_layer *l;
	const struct history_stat *stat; /* NULL = none */
	size_t index;
	bool selected;
};

typedef void text_fn(const struct spot *s, char *out, size_t size);
typedef void draw_fn(const struct spot *s, struct canvas *c, struct rect r);

static void fill_index(const struct spot *s, char *out, size_t size)
{
	snprintf(out, size, "%zu", s->index);
}

static void fill_stride(const struct spot *s, char *out, size_t size)
{
	if (s->l->info.stride > 0)
		snprintf(out, size, "/%lld", (long long)s->l->info.stride);
}

static void fill_activation(const struct spot *s, char *out, size_t size)
{
	snprintf(out, size, "%s", s->l->info.activation ? s->l->info.activation : "");
}

static void fill_in(const struct spot *s, char *out, size_t size)
{
	layer_shape(s->l->info.in_w, s->l->info.in_h, s->l->info.in_c, out, size);
}

static void fill_out(const struct spot *s, char *out, size_t size)
{
	layer_shape(s->l->info.out_w, s->l->info.out_h, s->l->info.out_c, out, size);
}

static void fill_params(const struct spot *s, char *out, size_t size)
{
	if (s->l->info.params > 0)
		snprintf(out, size, "%s", words_short((double)s->l->info.params));
}

static void fill_flops(const struct spot *s, char *out, size_t size)
{
	if (s->l->info.flops > 0)
		snprintf(out, size, "%s", words_short((double)s->l->info.flops));
}

static void fill_batchnorm(const struct spot *s, char *out, size_t size)
{
	snprintf(out, size, "%s", s->l->info.batchnorm ? "yes" : "");
}

static void fill_origin(const struct spot *s, char *out, size_t size)
{
	static const char *const words[ORIGIN_N] = {
	    [ORIGIN_LOADED] = "loaded", [ORIGIN_INITIALISED] = "fresh"};
	int64_t origin = s->l->info.origin;
	if (origin >= 0 && origin < ORIGIN_N && words[origin])
		snprintf(out, size, "%s", words[origin]);
}

static void fill_digest(const struct spot *s, char *out, size_t size)
{
	if (s->l->frozen && s->l->digest_known && history_layer_learns(s->l))
		snprintf(out, size, "%016llx", (unsigned long long)s->l->digest);
}

static void fill_state(const struct spot *s, char *out, size_t size)
{
	if (history_layer_learns(s->l))
		snprintf(out, size, "%s",
			 s->l->digest_changed ? "changed!"
			 : s->l->frozen       ? "frozen"
					      : "learns");
	int64_t thaws = s->l->frozen ? history_thaws_at(s->t->h, (int)s->index) : 0;
	if (thaws && !s->l->digest_changed && history_layer_learns(s->l))
		snprintf(out, size, "until %lld", (long long)thaws);
}

static void fill_scale(const struct spot *s, char *out, size_t size)
{
	if (history_layer_learns(s->l) && s->l->lr_scale != 1)
		snprintf(out, size, "×%.2g", s->l->lr_scale);
}

static void fill_weights(const struct spot *s, char *out, size_t size)
{
	double v = s->stat ? s->stat->weight_norm : NAN;
	if (isfinite(v))
		snprintf(out, size, v >= 999.5 ? "%.1e" : v >= 99.5 ? "%.0f" : "%.2f", v);
}

static void fill_update(const struct spot *s, char *out, size_t size)
{
	if (s->stat && isfinite(s->stat->update_ratio))
		ratio_text(s->stat->update_ratio, out, size);
}

static void fill_ms(const struct spot *s, char *out, size_t size)
{
	double ms = stat_ms(s->stat);
	if (ms > 0)
		snprintf(out, size, ms < 0.01 ? "%.3f" : ms < 10 ? "%.2f" : "%.0f", ms);
	else if (s->stat && layer_cached(s->t->h, s->index))
		snprintf(out, size, "cached");
}

static void draw_kind(const struct spot *s, struct canvas *c, struct rect r)
{
	char text[48];
	layer_kind(&s->l->info, text, sizeof(text));
	canvas_name(c, r.x, r.y, r.w, layers_kind_style(s->t->h, s->index, s->selected), text);
}

static void draw_state(const struct spot *s, struct canvas *c, struct rect r)
{
	layer_state(s->l, c, r.x, r.y, s->selected);
}

/* Update ratios by epoch, one block each, on one logarithmic scale for all layers. */
static void draw_updates(const struct spot *s, struct canvas *c, struct rect r)
{
	const struct range *all = &s->t->updates;
	size_t n = s->l->n_stats, w = (size_t)r.w, first = n > w ? n - w : 0;
	double span = all->hi - all->lo;
	for (size_t i = first; i < n && all->any; i++) {
		double v = history_stat(s->l, i)->update_ratio;
		if (!isfinite(v) || !(v > 0))
			continue;
		double share = span > 0 ? (log10(v) - all->lo) / span : 0.5;
		canvas_put(c, r.x + (int)(i - first), r.y, 0x2581u + (uint32_t)lround(share * 7),
			   row_style(STYLE(INK_VALID), s->selected));
	}
}

static void draw_ms(const struct spot *s, struct canvas *c, struct rect r)
{
	double ms = stat_ms(s->stat);
	if (ms > 0 && s->t->most_ms > 0)
		canvas_bar(c, r.x, r.y, r.w, ms / s->t->most_ms,
			   row_style(STYLE(INK_TRAIN), s->selected));
}

/* In the order they stand; `rank` is the order in which they get room. `grows` columns share what
 * is left, up to `most`. */
static const struct column {
	const char *title;
	int w, most, rank;
	bool right, stats; /* stats: only where the log has statistics */
	text_fn *fill;     /* one of these two */
	draw_fn *draw;
} columns[] = {
    {"#", 3, 3, 0, true, false, fill_index, NULL},
    {"layer", 9, 12, 1, false, false, NULL, draw_kind},
    {"step", 4, 4, 13, false, false, fill_stride, NULL},
    {"activation", 10, 10, 15, false, false, fill_activation, NULL},
    {"in", 11, 11, 11, true, false, fill_in, NULL},
    {"out", 11, 11, 4, true, false, fill_out, NULL},
    {"params", 6, 7, 3, true, false, fill_params, NULL},
    {"flops", 6, 6, 12, true, false, fill_flops, NULL},
    {"norm", 4, 4, 16, false, false, fill_batchnorm, NULL},
    {"from", 6, 6, 14, false, false, fill_origin, NULL},
    {"", 2, 2, 2, false, false, NULL, draw_state},
    {"state", 8, 8, 10, false, false, fill_state, NULL},
    {"lr", 6, 6, 5, true, true, fill_scale, NULL},
    {"weights", 7, 7, 6, true, true, fill_weights, NULL},
    {"update", 7, 7, 7, true, true, fill_update, NULL},
    {"by epoch", 8, 30, 8, false, true, NULL, draw_updates},
    {"ms/img", 6, 6, 9, true, true, fill_ms, NULL},
    {"time", 6, 20, 9, false, true, NULL, draw_ms},
    {"digest", 16, 16, 17, false, false, fill_digest, NULL},
};
#define N_COLUMNS (int)(sizeof(columns) / sizeof(*columns))
#define MOST_RANK 17

/* Widths of the columns in `room`; 0 = not shown. */
static void fit_columns(int room, bool stats, size_t n_epochs, int w[N_COLUMNS])
{
	memset(w, 0, sizeof(int) * N_COLUMNS);
	for (int rank = 0; rank <= MOST_RANK; rank++)
		for (int i = 0; i < N_COLUMNS; i++)
			if (columns[i].rank == rank && (stats || !columns[i].stats) &&
			    columns[i].w + 1 <= room) {
				w[i] = columns[i].w;
				room -= w[i] + 1;
			}
	for (bool more = true; more && room > 0;) {
		more = false;
		for (int i = 0; i < N_COLUMNS && room > 0; i++) {
			int most = columns[i].draw == draw_updates && n_epochs < 30
				       ? (int)n_epochs
				       : columns[i].most;
			if (w[i] && w[i] < most) {
				w[i]++;
				room--;
				more = true;
			}
		}
	}
}

static void table_head(struct canvas *c, struct rect r, const int *w)
{
	for (int i = 0, x = r.x + 1; i < N_COLUMNS; i++) {
		if (!w[i])
			continue;
		if (columns[i].right)
			canvas_right(c, x, r.y, w[i], STYLE(INK_MUTED), columns[i].title);
		else
			canvas_text(c, x, r.y, w[i], STYLE(INK_MUTED), columns[i].title);
		x += w[i] + 1;
	}
}

/* An update that changes more of the weights than this is quick. */
#define QUICK 0.03

static enum ink cell_ink(const struct spot *s, const struct column *k)
{
	if (k->fill == fill_scale)
		return INK_WARN;
	if (k->fill == fill_update)
		return s->stat && s->stat->update_ratio > QUICK ? INK_BAD : INK_NONE;
	return k->fill == fill_weights ? INK_NONE : INK_MUTED;
}

static void table_row(const struct spot *s, struct canvas *c, struct rect r, const int *w)
{
	for (int i = 0, x = r.x + 1; i < N_COLUMNS; i++) {
		const struct column *k = &columns[i];
		char text[48] = "";
		struct style style = row_style(STYLE(cell_ink(s, k)), s->selected);
		if (!w[i])
			continue;
		if (k->draw)
			k->draw(s, c, (struct rect){x, r.y, w[i], 1});
		else
			k->fill(s, text, sizeof(text));
		if (k->right)
			canvas_right(c, x, r.y, w[i], style, text);
		else if (k->fill)
			canvas_text(c, x, r.y, w[i], style, text);
		x += w[i] + 1;
	}
}

static struct table table_of(const struct history *h)
{
	struct table t = {.h = h, .stats = layers_have_stats(h)};
	for (size_t i = 0; i < h->n_layers; i++) {
		const struct history_layer *l = &h->layers[i];
		t.most_ms = fmax(t.most_ms, stat_ms(layer_stat(h, i)));
		for (size_t k = 0; k < l->n_stats; k++)
			if (history_stat(l, k)->update_ratio > 0)
				range_add(&t.updates, log10(history_stat(l, k)->update_ratio));
	}
	return t;
}

static size_t most_stats(const struct history *h)
{
	size_t most = 0;
	for (size_t i = 0; i < h->n_layers; i++)
		most = h->layers[i].n_stats > most ? h->layers[i].n_stats : most;
	return most;
}

/* What all layers come to, where the table leaves room. */
static void draw_totals(const struct history *h, struct canvas *c, struct rect r)
{
	int64_t params = 0, learn = 0, flops = 0;
	for (size_t i = 0; i < h->n_layers; i++) {
		const struct history_layer *l = &h->layers[i];
		params += l->info.params > 0 ? l->info.params : 0;
		learn += history_layer_learns(l) && !l->frozen ? l->info.params : 0;
		flops += l->info.flops > 0 ? l->info.flops : 0;
	}
	double share = params > 0 ? (double)learn / (double)params : 0;
	int bar = r.w >= 76 ? 24 : 0;
	canvas_textf(c, r.x + 1, r.y, r.w - 2, STYLE(INK_MUTED),
		     "%s, %s parameters, %s operations an image",
		     words_n((int64_t)h->n_layers, "layer"), words_short((double)params), words_short((double)flops));
	int used = canvas_textf(c, r.x + 1, r.y + 1, r.w - 2 - bar, STYLE(INK_HOT),
				"☀ %s parameters learn, %.1f%% ", words_short((double)learn),
				share * 100);
	if (bar)
		canvas_bar(c, r.x + 1 + used, r.y + 1, bar, share, STYLE(INK_HOT));
	canvas_textf(c, r.x + 1, r.y + 2, r.w - 2, STYLE(INK_FROZEN),
		     r.w >= 90 ? "❄ frozen: not one byte changes, batch-norm statistics included; "
				 "✓ the digest is still the same"
			       : "❄ frozen: not one byte changes; ✓ digest still the same");
}

void panel_layer_table(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (h->n_layers == 0) {
		panel_empty(c, r, "no network yet");
		return;
	}
	int cursor = view_layer(s->view, h), rows = r.h - 1, w[N_COLUMNS], lo, hi;
	struct list list;
	list_make(&list, LIST_LAYERS, h, s->view);
	int top = list_top(list.n, rows, list_row(&list, cursor));
	bool marked = view_marked(s->view, h, &lo, &hi);
	struct table t = table_of(h);
	fit_columns(r.w - 1, t.stats, most_stats(h), w);
	table_head(c, r, w);
	for (int i = 0; i < rows && top + i < list.n; i++) {
		int at = list.at[top + i];
		struct rect row = {r.x, r.y + 1 + i, r.w, 1};
		struct spot spot = {&t, &h->layers[at], layer_stat(h, (size_t)at), (size_t)at,
				    at == cursor || (marked && at >= lo && at <= hi)};
		canvas_zone(c, row, ZONE_LAYER, at);
		row_select(c, row, row.y, spot.selected);
		if (at == cursor)
			layers_cursor(c, row, row.y, true);
		else if (spot.selected)
			canvas_put(c, row.x, row.y, 0x2502, row_style(STYLE(INK_ACCENT), true));
		table_row(&spot, c, row, w);
	}
	int used = list.filter[0] ? 0 : layers_note_counts(h, c, r);
	if (list.filter[0] || list.order)
		used = panel_list(c, r, used, &list, top, rows);
	layers_note_rest(h, c, r, used);
	if (rows >= list.n + 4)
		draw_totals(h, c, (struct rect){r.x, r.y + list.n + 2, r.w, 3});
	list_release(&list);
}
