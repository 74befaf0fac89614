/* The layers, in a narrow list for the Train page and in a full table for the Layers page. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

void layer_kind(const struct event_layer *l, char *out, size_t size)
{
	static const struct {
		const char *kind, *name;
	} names[] = {
	    {"convolutional", "conv"}, {"maxpool", "max"},  {"avgpool", "avg"},
	    {"connected", "fc"},       {"dropout", "drop"}, {"local_avgpool", "lavg"},
	    {"shortcut", "add"},       {"batchnorm", "bn"},
	};
	const char *name = l->kind ? l->kind : "?";
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i].kind) == 0)
			name = names[i].name;
	if (l->size > 1 || strcmp(name, "conv") == 0)
		snprintf(out, size, "%s %lld×%lld", name, (long long)l->size, (long long)l->size);
	else
		snprintf(out, size, "%s", name);
}

bool layer_learns(const struct history_layer *l)
{
	return l->info.params > 0;
}

void layer_state(const struct history_layer *l, struct canvas *c, int x, int y, bool selected)
{
	if (!layer_learns(l)) {
		canvas_put(c, x, y, 0xB7, row_style(STYLE(INK_FRAME), selected));
		return;
	}
	canvas_put(c, x, y, l->frozen ? 0x2744 : 0x2600,
		   row_style(STYLE(l->frozen ? INK_FROZEN : INK_HOT), selected));
	if (l->digest_changed)
		canvas_put(c, x + 1, y, 0x2717, row_style(STYLE_BOLD(INK_BAD), selected));
	else if (l->frozen && l->digest_known)
		canvas_put(c, x + 1, y, 0x2713, row_style(STYLE(INK_GOOD), selected));
}

static void shape_text(int64_t w, int64_t h, int64_t ch, char *out, size_t size)
{
	if (w <= 1 && h <= 1)
		snprintf(out, size, "%lld", (long long)ch);
	else
		snprintf(out, size, "%lld×%lld×%lld", (long long)w, (long long)h, (long long)ch);
}

/* Returns the columns used. */
static int note_counts(const struct history *h, struct canvas *c, struct rect r)
{
	int frozen = 0, learn = 0;
	for (size_t i = 0; i < h->n_layers; i++) {
		frozen += layer_learns(&h->layers[i]) && h->layers[i].frozen;
		learn += layer_learns(&h->layers[i]) && !h->layers[i].frozen;
	}
	char text[64];
	size_t changed = history_digests_changed(h);
	int used = 0;
	if (changed) {
		snprintf(text, sizeof(text), "✗ %zu changed while frozen", changed);
		used = panel_note(c, r, used, STYLE_BOLD(INK_BAD), text);
	}
	snprintf(text, sizeof(text), r.w >= 40 ? "☀ %d learn" : "☀ %d", learn);
	used = panel_note(c, r, used, STYLE(INK_HOT), text);
	snprintf(text, sizeof(text), r.w >= 40 ? "❄ %d frozen" : "❄ %d", frozen);
	return panel_note(c, r, used, STYLE(INK_FROZEN), text);
}

/* The cache on the head line, as long as fits. */
static void note_cache(const struct history *h, struct canvas *c, struct rect r, int used)
{
	for (int brevity = 0; brevity < 3; brevity++) {
		struct strbuf text = STRBUF_INIT;
		bool fits =
		    history_cache_words(h, brevity, &text) && panel_note_fits(c, r, used, text.buf);
		if (fits)
			panel_note(c, r, used, STYLE(INK_MUTED), text.buf);
		strbuf_release(&text);
		if (fits)
			return;
	}
}

static struct style kind_style(const struct history *h, size_t i, bool selected)
{
	const struct history_layer *l = &h->layers[i];
	enum ink ink = (int64_t)i == h->head ? INK_ACCENT : layer_learns(l) ? INK_NONE : INK_MUTED;
	return row_style(
	    (struct style){(uint16_t)ink, INK_NONE, (int64_t)i == h->head ? ATTR_BOLD : 0},
	    selected);
}

static void draw_cursor(struct canvas *c, struct rect r, int y, bool selected)
{
	row_select(c, r, y, selected);
	if (selected)
		canvas_put(c, r.x, y, 0x25B8, row_style(STYLE_BOLD(INK_ACCENT), true));
}

static void draw_row(const struct history *h, struct canvas *c, struct rect r, int y, size_t i,
		     bool selected)
{
	const struct history_layer *l = &h->layers[i];
	char kind[32], shape[48];
	layer_kind(&l->info, kind, sizeof(kind));
	shape_text(l->info.out_w, l->info.out_h, l->info.out_c, shape, sizeof(shape));
	draw_cursor(c, r, y, selected);
	struct style muted = row_style(STYLE(INK_MUTED), selected);
	int x = r.x + 1, kind_w = r.w >= 40 ? 12 : 8;
	canvas_textf(c, x, y, 3, muted, "%3zu", i);
	canvas_text(c, x + 4, y, kind_w, kind_style(h, i, selected), kind);
	x += 4 + kind_w;
	canvas_right(c, x, y, 11, muted, shape);
	x += 12;
	if (r.x + r.w - x >= 10) {
		if (layer_learns(l))
			canvas_right(c, x, y, 6, muted, format_count((double)l->info.params));
		x += 7;
	}
	layer_state(l, c, x, y, selected);
	if (r.x + r.w - x >= 8 && (int64_t)i == h->head)
		canvas_text(c, x + 3, y, 5, row_style(STYLE(INK_ACCENT), selected), "head");
}

void panel_layers(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (h->n_layers == 0) {
		panel_empty(c, r, "no network yet");
		return;
	}
	int cursor = view_layer(s->view, h), top = list_top((int)h->n_layers, r.h, cursor);
	for (int i = 0; i < r.h && top + i < (int)h->n_layers; i++)
		draw_row(h, c, r, r.y + i, (size_t)(top + i), top + i == cursor);
	note_counts(h, c, r);
}

/* The table's columns: title, width, least panel width, and how a layer fills it. */
static void fill_index(const struct history_layer *l, char *out, size_t size)
{
	snprintf(out, size, "%lld", (long long)l->info.index);
}

static void fill_kind(const struct history_layer *l, char *out, size_t size)
{
	layer_kind(&l->info, out, size);
}

static void fill_stride(const struct history_layer *l, char *out, size_t size)
{
	if (l->info.stride > 0)
		snprintf(out, size, "/%lld", (long long)l->info.stride);
}

static void fill_activation(const struct history_layer *l, char *out, size_t size)
{
	snprintf(out, size, "%s", l->info.activation ? l->info.activation : "");
}

static void fill_in(const struct history_layer *l, char *out, size_t size)
{
	shape_text(l->info.in_w, l->info.in_h, l->info.in_c, out, size);
}

static void fill_out(const struct history_layer *l, char *out, size_t size)
{
	shape_text(l->info.out_w, l->info.out_h, l->info.out_c, out, size);
}

static void fill_params(const struct history_layer *l, char *out, size_t size)
{
	if (l->info.params > 0)
		snprintf(out, size, "%s", format_count((double)l->info.params));
}

static void fill_flops(const struct history_layer *l, char *out, size_t size)
{
	if (l->info.flops > 0)
		snprintf(out, size, "%s", format_count((double)l->info.flops));
}

static void fill_norm(const struct history_layer *l, char *out, size_t size)
{
	snprintf(out, size, "%s", l->info.batchnorm ? "yes" : "");
}

static void fill_origin(const struct history_layer *l, char *out, size_t size)
{
	if (l->info.origin == ORIGIN_LOADED || l->info.origin == ORIGIN_INITIALISED)
		snprintf(out, size, "%s", l->info.origin == ORIGIN_LOADED ? "loaded" : "fresh");
}

static void fill_digest(const struct history_layer *l, char *out, size_t size)
{
	if (l->frozen && l->digest_known && layer_learns(l))
		snprintf(out, size, "%016llx", (unsigned long long)l->digest);
}

static const struct {
	const char *title;
	int w, min_w;
	bool right;
	void (*fill)(const struct history_layer *l, char *out, size_t size);
} table_columns[] = {
    {"#", 3, 0, true, fill_index},           {"layer", 10, 0, false, fill_kind},
    {"step", 4, 60, false, fill_stride},     {"activation", 10, 100, false, fill_activation},
    {"in", 11, 70, true, fill_in},           {"out", 11, 0, true, fill_out},
    {"params", 7, 50, true, fill_params},    {"flops", 7, 76, true, fill_flops},
    {"norm", 4, 86, false, fill_norm},       {"weights", 8, 74, false, fill_origin},
    {"digest", 16, 106, false, fill_digest},
};

#define N_TABLE_COLUMNS (sizeof(table_columns) / sizeof(*table_columns))

static void table_row(struct canvas *c, struct rect r, int y, const struct history_layer *l,
		      struct style kind, bool selected)
{
	int x = r.x + 1;
	for (size_t i = 0; i < N_TABLE_COLUMNS; i++) {
		char text[48] = "";
		struct style s = row_style(STYLE(INK_MUTED), selected || !l);
		if (table_columns[i].min_w > r.w)
			continue;
		if (l)
			table_columns[i].fill(l, text, sizeof(text));
		else
			snprintf(text, sizeof(text), "%s", table_columns[i].title);
		if (l && i == 1)
			s = kind;
		if (!l)
			s = STYLE(INK_MUTED);
		if (table_columns[i].right)
			canvas_right(c, x, y, table_columns[i].w, s, text);
		else
			canvas_text(c, x, y, table_columns[i].w, s, text);
		x += table_columns[i].w + 1;
	}
	if (!l && r.x + r.w - x >= 6)
		canvas_text(c, x, y, 5, STYLE(INK_MUTED), "state");
	if (l && x + 2 <= r.x + r.w)
		layer_state(l, c, x, y, selected);
	if (l && layer_learns(l) && r.x + r.w - x >= 9)
		canvas_text(c, x + 3, y, r.x + r.w - x - 3, row_style(STYLE(INK_MUTED), selected),
			    l->digest_changed ? "changed!"
			    : l->frozen       ? "frozen"
					      : "learns");
}

/* What all layers come to, where the table leaves room. */
static void draw_totals(const struct history *h, struct canvas *c, struct rect r)
{
	int64_t params = 0, learn = 0, flops = 0;
	for (size_t i = 0; i < h->n_layers; i++) {
		const struct history_layer *l = &h->layers[i];
		params += l->info.params > 0 ? l->info.params : 0;
		learn += layer_learns(l) && !l->frozen ? l->info.params : 0;
		flops += l->info.flops > 0 ? l->info.flops : 0;
	}
	double share = params > 0 ? (double)learn / (double)params : 0;
	int bar = r.w >= 76 ? 24 : 0;
	canvas_textf(c, r.x + 1, r.y, r.w - 2, STYLE(INK_MUTED),
		     "%zu layers, %s parameters, %s operations an image", h->n_layers,
		     format_count((double)params), format_count((double)flops));
	int used = canvas_textf(c, r.x + 1, r.y + 1, r.w - 2 - bar, STYLE(INK_HOT),
				"☀ %s parameters learn, %.1f%% ", format_count((double)learn),
				share * 100);
	if (bar)
		canvas_bar(c, r.x + 1 + used, r.y + 1, bar, share, STYLE(INK_HOT));
	canvas_textf(c, r.x + 1, r.y + 2, r.w - 2, STYLE(INK_FROZEN),
		     r.w >= 90 ? "❄ frozen: not one byte changes, batch-norm statistics included; "
				 "✓ the digest is still the same"
			       : "❄ frozen: not one byte changes; ✓ digest still the same");
	struct strbuf cache = STRBUF_INIT;
	if (history_cache_words(h, r.w < 80, &cache))
		canvas_text(c, r.x + 3, r.y + 3, r.w - 4, STYLE(INK_FROZEN), cache.buf);
	strbuf_release(&cache);
}

void panel_layer_table(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (h->n_layers == 0) {
		panel_empty(c, r, "no network yet");
		return;
	}
	int cursor = view_layer(s->view, h), rows = r.h - 1,
	    top = list_top((int)h->n_layers, rows, cursor);
	table_row(c, r, r.y, NULL, STYLE(INK_MUTED), false);
	for (int i = 0; i < rows && top + i < (int)h->n_layers; i++) {
		size_t at = (size_t)(top + i);
		bool selected = top + i == cursor;
		draw_cursor(c, r, r.y + 1 + i, selected);
		table_row(c, r, r.y + 1 + i, &h->layers[at], kind_style(h, at, selected), selected);
	}
	int used = note_counts(h, c, r);
	if (rows >= (int)h->n_layers + 5)
		draw_totals(h, c, (struct rect){r.x, r.y + (int)h->n_layers + 2, r.w, 4});
	else
		note_cache(h, c, r, used);
}
