/* The layers in a narrow list for the Train page, and what it shares with the Layers page. */
#include "layers.h"
#include "panel.h"
#include "thaw/base/words.h"

#include <stdio.h>
#include <string.h>

void layer_state(const struct history_layer *l, struct canvas *c, int x, int y, bool selected)
{
	if (!history_layer_learns(l)) {
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

void layer_shape(int64_t w, int64_t h, int64_t ch, char *out, size_t size)
{
	if (w <= 1 && h <= 1)
		snprintf(out, size, "%lld", (long long)ch);
	else
		snprintf(out, size, "%lld×%lld×%lld", (long long)w, (long long)h, (long long)ch);
}

int layers_note_counts(const struct history *h, struct canvas *c, struct rect r)
{
	int frozen = 0, learn = 0;
	for (size_t i = 0; i < h->n_layers; i++) {
		frozen += history_layer_learns(&h->layers[i]) && h->layers[i].frozen;
		learn += history_layer_learns(&h->layers[i]) && !h->layers[i].frozen;
	}
	char text[64];
	size_t changed = history_digests_changed(h);
	int used = 0;
	if (changed) {
		snprintf(text, sizeof(text), "✗ %zu changed while frozen", changed);
		used = panel_note(c, r, used, STYLE_BOLD(INK_BAD), text);
	}
	if (h->run.format) /* what learns is not told */
		return used;
	snprintf(text, sizeof(text), r.w >= 40 ? "☀ %d learn" : "☀ %d", learn);
	used = panel_note(c, r, used, STYLE(INK_HOT), text);
	snprintf(text, sizeof(text), r.w >= 40 ? "❄ %d frozen" : "❄ %d", frozen);
	return panel_note(c, r, used, STYLE(INK_FROZEN), text);
}

/* The longest words that fit, and `end`; returns what is used then. */
static int note_words(const struct history *h, struct canvas *c, struct rect r, int used,
		      bool (*words)(const struct history *h, int brevity, struct strbuf *out),
		      const char *end)
{
	for (int brevity = 0; brevity < 3; brevity++) {
		struct strbuf text = STRBUF_INIT;
		bool any = words(h, brevity, &text);
		strbuf_addstr(&text, end);
		bool fits = any && panel_note_fits(c, r, used, text.buf);
		int now = fits ? panel_note(c, r, used, STYLE(INK_MUTED), text.buf) : used;
		strbuf_release(&text);
		if (fits)
			return now;
	}
	return used;
}

void layers_note_rest(const struct history *h, struct canvas *c, struct rect r, int used)
{
	int with_cache = note_words(h, c, r, used, history_cache_words, "");
	note_words(h, c, r, with_cache, history_learning_words, with_cache > used ? " ·" : "");
}

struct style layers_kind_style(const struct history *h, size_t i, bool selected)
{
	const struct history_layer *l = &h->layers[i];
	enum ink ink = (int64_t)i == h->head     ? INK_ACCENT
		       : history_layer_learns(l) ? INK_NONE
						 : INK_MUTED;
	return row_style(
	    (struct style){(uint16_t)ink, INK_NONE, (int64_t)i == h->head ? ATTR_BOLD : 0},
	    selected);
}

void layers_cursor(struct canvas *c, struct rect r, int y, bool selected)
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
	layer_shape(l->info.out_w, l->info.out_h, l->info.out_c, shape, sizeof(shape));
	layers_cursor(c, r, y, selected);
	struct style muted = row_style(STYLE(INK_MUTED), selected);
	int x = r.x + 1, kind_w = r.w >= 40 ? 12 : 8;
	canvas_textf(c, x, y, 3, muted, "%3zu", i);
	canvas_name(c, x + 4, y, kind_w, layers_kind_style(h, i, selected), kind);
	x += 4 + kind_w;
	canvas_right(c, x, y, 11, muted, shape);
	x += 12;
	if (r.x + r.w - x >= 10) {
		if (history_layer_learns(l))
			canvas_right(c, x, y, 6, muted, words_short((double)l->info.params));
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
	for (int i = 0; i < r.h && top + i < (int)h->n_layers; i++) {
		canvas_zone(c, (struct rect){r.x, r.y + i, r.w, 1}, ZONE_LAYER, top + i);
		draw_row(h, c, r, r.y + i, (size_t)(top + i), top + i == cursor);
	}
	layers_note_counts(h, c, r);
}
