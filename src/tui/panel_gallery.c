/* The probe images, or the worst mistakes, as small pictures with what the network says below each.
 */
#include "panel.h"
#include "thaw/term/picture.h"

#include <math.h>
#include <stdio.h>

#define LEAST_W 11 /* columns of a tile, the gap at its right included */

struct picture probe_picture(const struct history *h, size_t i, bool look)
{
	const struct history_probe *p = &h->probes[i];
	struct picture out = {.w = h->thumb_w, .h = h->thumb_h, .rgb = p->rgb};
	if (look && p->cam)
		out = (struct picture){h->thumb_w, h->thumb_h, p->rgb, h->cam_w, h->cam_h, p->cam};
	return out;
}

struct picture mistake_picture(const struct history *h, size_t i)
{
	return (struct picture){.w = h->mistake_w, .h = h->mistake_h, .rgb = h->mistakes[i].rgb};
}

/* One picture with what is said of it. */
struct tile {
	struct picture picture;
	int64_t label, said; /* said -1: nothing yet */
	double prob;
};

static struct tile probe_tile(const struct scene *s, size_t i)
{
	const struct history *h = s->history;
	const double *probs =
	    h->n_probe_epochs ? history_probe_probs(h, i, h->n_probe_epochs - 1) : NULL;
	struct tile t = {probe_picture(h, i, s->view->look), h->probes[i].label, -1, 0};
	int top = probs ? history_probe_top(h, probs) : 0;
	if (probs && isfinite(probs[top])) {
		t.said = top;
		t.prob = probs[top];
	}
	return t;
}

static struct tile mistake_tile(const struct scene *s, size_t i)
{
	const struct history_mistake *m = &s->history->mistakes[i];
	return (struct tile){mistake_picture(s->history, i), m->label, m->said, m->prob_said};
}

struct gallery {
	int n, cols, rows, tile_w, tile_h, captions, top; /* rows: shown; top: the first of them */
	struct tile (*tile)(const struct scene *s, size_t i);
};

static void set_columns(struct gallery *g, const struct picture *p, struct rect r, int cols)
{
	int64_t w = r.w / cols - 1;
	if (w > p->w)
		w = p->w;
	g->cols = cols;
	g->tile_w = r.w / cols;
	g->tile_h = (int)((w * p->h + 2 * p->w - 1) / (2 * p->w)) + g->captions;
	g->rows = r.h / g->tile_h;
}

/* Lower pictures, narrower than their tiles, when another row fits then. */
static void fill_height(struct gallery *g, const struct picture *p, struct rect r)
{
	int64_t least = ((LEAST_W - 1) * p->h + 2 * p->w - 1) / (2 * p->w) + g->captions;
	if (least < 3 || r.h / least <= g->rows)
		return;
	g->rows = (int)(r.h / least);
	g->tile_h = r.h / g->rows;
}

/* The largest tiles of which all fit; else small ones, and those around the cursor. */
static bool gallery_for(struct gallery *g, const struct picture *p, struct rect r, int cursor)
{
	int most = r.w / LEAST_W, cols = 1;
	if (!p->rgb || p->w < 1 || p->h < 1 || most < 1)
		return false;
	do
		set_columns(g, p, r, cols);
	while (g->rows * g->cols < g->n && ++cols <= most);
	if (cols > most)
		fill_height(g, p, r);
	int all = (g->n + g->cols - 1) / g->cols;
	g->top = list_top(all, g->rows, cursor / g->cols);
	return g->rows > 0;
}

static void draw_caption(const struct scene *s, struct canvas *c, struct rect r,
			 const struct tile *t, bool selected)
{
	bool right = t->said == t->label;
	struct style verdict = row_style(STYLE(t->said < 0 ? INK_MUTED
					       : right     ? INK_GOOD
							   : INK_BAD),
					 selected);
	struct style plain = row_style(STYLE(INK_NONE), selected);
	char text[16];
	for (int i = 0; i < r.h; i++)
		row_select(c, r, r.y + i, selected);
	if (t->said >= 0) {
		canvas_put(c, r.x, r.y, right ? 0x2713 : 0x2717, verdict);
		snprintf(text, sizeof(text), "%.0f%%", t->prob * 100);
		canvas_right(c, r.x + r.w - 4, r.y, 4, plain, text);
	}
	canvas_text(c, r.x + 2, r.y, r.w - 7, verdict,
		    class_short(s, t->said < 0 ? t->label : t->said, r.w - 7, c->utf8));
	if (r.h > 1)
		canvas_textf(c, r.x + 2, r.y + 1, r.w - 2, row_style(STYLE(INK_MUTED), selected),
			     "is %s", class_short(s, t->label, r.w - 5, c->utf8));
}

static void draw_tile(const struct scene *s, struct canvas *c, struct rect r,
		      const struct gallery *g, int i)
{
	bool mistakes = s->view->mistakes;
	struct tile t = g->tile(s, (size_t)i);
	struct rect art = {r.x, r.y, r.w, r.h - g->captions};
	canvas_zone(c, r, mistakes ? ZONE_MISTAKE : ZONE_PROBE, i);
	picture_draw(c, &t.picture, art, 1);
	draw_caption(s, c, (struct rect){r.x, r.y + art.h, r.w, g->captions}, &t,
		     i == (mistakes ? s->view->mistake : s->view->probe));
}

bool draw_gallery(const struct scene *s, struct canvas *c, struct rect r, const struct list *l)
{
	const struct history *h = s->history;
	bool mistakes = s->view->mistakes;
	int cursor = list_row(l, mistakes ? s->view->mistake : s->view->probe);
	struct gallery g = {.n = l->n,
			    .captions = mistakes ? 2 : 1,
			    .tile = mistakes ? mistake_tile : probe_tile};
	if (g.n == 0 || !h->has_run)
		return false;
	struct tile first = g.tile(s, (size_t)l->at[0]);
	r = (struct rect){r.x + 1, r.y, r.w - 1, r.h};
	if (!gallery_for(&g, &first.picture, r, cursor < 0 ? 0 : cursor))
		return false;
	for (int i = g.top * g.cols; i < (g.top + g.rows) * g.cols && i < g.n; i++)
		draw_tile(s, c,
			  (struct rect){r.x + i % g.cols * g.tile_w,
					r.y + (i / g.cols - g.top) * g.tile_h, g.tile_w - 1,
					g.tile_h},
			  &g, l->at[i]);
	return true;
}
