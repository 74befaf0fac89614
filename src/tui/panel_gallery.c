/* The probe images as small pictures with a line below each: what the network says now. */
#include "panel.h"

#include <stdio.h>

#define LEAST_W 11 /* columns of a tile, the gap at its right included */

struct gallery {
	int rows, tile_w, tile_h;
};

/* The largest tiles of which `n` fit. */
static bool gallery_for(const struct history *h, struct rect r, int n, struct gallery *g)
{
	for (int cols = 1; r.w / cols >= LEAST_W; cols++) {
		int64_t w = r.w / cols - 1;
		if (w > h->thumb_w)
			w = h->thumb_w;
		g->tile_w = r.w / cols;
		g->tile_h = (int)((w * h->thumb_h + 2 * h->thumb_w - 1) / (2 * h->thumb_w)) + 1;
		g->rows = r.h / g->tile_h;
		if (g->rows * cols >= n)
			return true;
	}
	return false;
}

static void draw_caption(const struct history *h, struct canvas *c, struct rect r, size_t i,
			 bool selected)
{
	const double *probs = h->n_probe_epochs ? probe_probs(h, i, h->n_probe_epochs - 1) : NULL;
	int64_t label = h->probes[i].label, said = probs ? probe_top(h, probs) : label;
	struct style verdict = STYLE(!probs ? INK_MUTED : said == label ? INK_GOOD : INK_BAD);
	verdict = row_style(verdict, selected);
	row_select(c, r, r.y, selected);
	if (probs)
		canvas_put(c, r.x, r.y, said == label ? 0x2713 : 0x2717, verdict);
	canvas_text(c, r.x + 2, r.y, r.w - 7, verdict, class_name(h, said));
	char text[16];
	snprintf(text, sizeof(text), "%.0f%%", probs ? probs[said] * 100 : 0);
	if (probs)
		canvas_right(c, r.x + r.w - 4, r.y, 4, row_style(STYLE(INK_NONE), selected), text);
}

bool draw_gallery(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	int n = (int)h->n_probes;
	struct gallery g;
	r.x++;
	r.w--;
	if (c->colours < 256 || !c->utf8 || n == 0 || !h->has_run || h->thumb_w < 1 ||
	    h->thumb_h < 1 || !h->probes[0].rgb || !gallery_for(h, r, n, &g))
		return false;
	for (int i = 0; i < n; i++) {
		struct rect tile = {r.x + i / g.rows * g.tile_w, r.y + i % g.rows * g.tile_h,
				    g.tile_w - 1, g.tile_h - 1};
		struct rect below = {tile.x, tile.y + tile.h, tile.w, 1};
		draw_picture(h, &h->probes[i], c, tile);
		draw_caption(h, c, below, (size_t)i, i == s->view->probe);
	}
	char note[48];
	if (h->n_probe_epochs) {
		snprintf(note, sizeof(note), "epoch %lld",
			 (long long)h->probe_epochs[h->n_probe_epochs - 1]);
		r.x--;
		r.w++;
		panel_note(c, r, 0, STYLE(INK_MUTED), note);
	}
	return true;
}
