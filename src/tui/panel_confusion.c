/* The Classes page: what is taken for what. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct history_epoch *confusion_epoch(const struct history *h)
{
	for (size_t i = h->n_epochs; i-- > 0;)
		if (h->epochs[i].confusion && h->epochs[i].n_classes)
			return &h->epochs[i];
	return NULL;
}

/* Colours of a share of the row: greens on the diagonal, reds beside it, grey for what hardly
 * counts. */
static struct style heat(const struct canvas *c, double share, bool diagonal)
{
	static const struct {
		double least;
		unsigned char good, bad;
	} levels[] = {{0.75, 35, 124}, {0.5, 29, 124}, {0.25, 28, 124}, {0.15, 22, 124},
		      {0.08, 22, 88},  {0.03, 22, 52}, {0, 22, 236}};
	size_t at = 0;
	while (share < levels[at].least)
		at++;
	struct style s = STYLE(share <= 0 ? INK_FRAME : diagonal ? INK_GOOD : INK_BAD);
	if (share <= 0)
		return s;
	if (c->colours >= 256)
		s = (struct style){INK_RAW(diagonal && at == 0 ? 16 : 255),
				   INK_RAW(diagonal ? levels[at].good : levels[at].bad), 0};
	if (diagonal)
		s.attr = ATTR_BOLD;
	return s;
}

struct grid {
	int label_w, cell_w, cell_h, cols, rows; /* cols, rows: cells shown */
};

static void grid_row(const struct history_epoch *e, struct canvas *c, struct rect r,
		     const struct grid *g, int row, int top, int left, bool selected)
{
	size_t n = e->n_classes, at = (size_t)(top + row);
	const int64_t *counts = e->confusion + at * n;
	int64_t total = 0;
	for (size_t j = 0; j < n; j++)
		total += counts[j];
	int y = r.y + 2 + row * g->cell_h, middle = y + (g->cell_h - 1) / 2;
	struct style name = STYLE(selected ? INK_VALID : INK_NONE);
	canvas_right(c, r.x, middle, g->label_w, name, e->classes[at].name);
	for (int j = 0; j < g->cols; j++) {
		int64_t count = counts[left + j];
		double share = total > 0 ? (double)count / (double)total : 0;
		struct style s = heat(c, share, at == (size_t)(left + j));
		char text[24];
		snprintf(text, sizeof(text), count ? "%lld" : "·", (long long)count);
		struct rect box = {r.x + g->label_w + 1 + j * g->cell_w, y,
				   g->cell_w - (g->cell_h < 2), g->cell_h};
		canvas_fill(c, box, s);
		int w = text_width(text, c->utf8), right = box.w > 5 ? (box.w - w) / 2 : 0;
		canvas_right(c, box.x, middle, box.w - right, s, text);
	}
}

static struct grid grid_for(struct rect r, int n)
{
	struct grid g = {.label_w = r.w >= 56 ? 14 : 10};
	g.cell_w = (r.w - g.label_w - 2) / n;
	g.cell_w = g.cell_w < 4 ? 4 : g.cell_w > 16 ? 16 : g.cell_w;
	g.cell_h = (r.h - 2) / n;
	g.cell_h = g.cell_h < 1 ? 1 : g.cell_h > 4 ? 4 : g.cell_h;
	g.cols = (r.w - g.label_w - 1) / g.cell_w;
	g.cols = g.cols > n ? n : g.cols < 1 ? 1 : g.cols;
	g.rows = (r.h - 2) / g.cell_h;
	g.rows = g.rows > n ? n : g.rows;
	return g;
}

void panel_confusion(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history_epoch *e = confusion_epoch(s->history);
	if (!e) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	int n = (int)e->n_classes;
	struct grid g = grid_for(r, n);
	int top = list_top(n, g.rows, s->view->class_index),
	    left = list_top(n, g.cols, s->view->class_index);
	canvas_right(c, r.x, r.y, g.label_w, STYLE(INK_MUTED), "true ↓");
	canvas_text(c, r.x + g.label_w + 1, r.y, r.w - g.label_w - 1, STYLE(INK_MUTED),
		    "predicted →");
	for (int j = 0; j < g.cols; j++) {
		const char *name = e->classes[left + j].name;
		int spare = g.cell_w - 1 - text_width(name, c->utf8),
		    in = spare > 0 ? spare / 2 : 0;
		canvas_text(c, r.x + g.label_w + 1 + j * g.cell_w + in, r.y + 1, g.cell_w - 1 - in,
			    STYLE(INK_MUTED), name);
	}
	for (int i = 0; i < g.rows; i++)
		grid_row(e, c, r, &g, i, top, left, top + i == s->view->class_index);
	char note[64];
	snprintf(note, sizeof(note),
		 n > g.rows || n > g.cols ? "epoch %lld, part of %d classes" : "epoch %lld",
		 (long long)e->epoch, n);
	panel_note(c, r, 0, STYLE(INK_MUTED), note);
}

struct mistake {
	int64_t count;
	size_t truth, taken_for;
};

/* The largest counts beside the diagonal, the largest first. Returns how many there are. */
static int worst_mistakes(const struct history_epoch *e, struct mistake *out, int most)
{
	int n = 0;
	for (size_t i = 0; i < e->n_classes; i++)
		for (size_t j = 0; j < e->n_classes; j++) {
			int64_t count = e->confusion[i * e->n_classes + j];
			int at = n;
			if (i == j || count <= 0 || (n == most && count <= out[n - 1].count))
				continue;
			n += n < most;
			for (at = n - 1; at > 0 && out[at - 1].count < count; at--)
				out[at] = out[at - 1];
			out[at] = (struct mistake){count, i, j};
		}
	return n;
}

#define MOST_MISTAKES 64

void panel_mistakes(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history_epoch *e = confusion_epoch(s->history);
	struct mistake list[MOST_MISTAKES];
	int n = e ? worst_mistakes(e, list, r.h < MOST_MISTAKES ? r.h : MOST_MISTAKES) : 0;
	if (n == 0) {
		panel_empty(c, r,
			    e ? "nothing was taken for anything else" : "after the first epoch");
		return;
	}
	int bar = r.w >= 44 ? 10 : 0, text_w = r.w - 6 - bar;
	for (int i = 0; i < n; i++) {
		const struct mistake *m = &list[i];
		const struct event_class *truth = &e->classes[m->truth];
		double share = truth->n > 0 ? (double)m->count / (double)truth->n : 0;
		bool chosen = (int)m->truth == s->view->class_index;
		struct style style = STYLE(chosen ? INK_VALID : INK_NONE);
		char text[16];
		canvas_textf(c, r.x + 1, r.y + i, text_w, style, "%3lld× %s taken for %s",
			     (long long)m->count, truth->name, e->classes[m->taken_for].name);
		snprintf(text, sizeof(text), "%.0f%%", share * 100);
		canvas_right(c, r.x + 1 + text_w, r.y + i, 4, STYLE(INK_MUTED), text);
		if (bar)
			canvas_bar(c, r.x + r.w - bar + 1, r.y + i, bar - 2,
				   share / fmax((double)list[0].count / 100, 0.01), STYLE(INK_BAD));
	}
}
