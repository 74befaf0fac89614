/* The Classes page: what is taken for what, and the figures of each class. */
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

/* Colours of a share of the row: green shades on the diagonal, red ones beside it. */
static struct style heat(const struct canvas *c, double share, bool diagonal)
{
	static const unsigned char good[] = {0, 22, 28, 34, 40}, bad[] = {0, 52, 88, 124, 160};
	int level = share <= 0 ? 0 : 1 + (int)fmin(share * (diagonal ? 4 : 10), 3);
	struct style s = STYLE(level == 0 ? INK_FRAME : diagonal ? INK_GOOD : INK_BAD);
	if (level == 0)
		return s;
	if (c->colours >= 256)
		s = (struct style){INK_RAW(level >= 4 && diagonal ? 16 : 255),
				   INK_RAW(diagonal ? good[level] : bad[level]), 0};
	if (diagonal)
		s.attr = ATTR_BOLD;
	return s;
}

struct grid {
	int label_w, cell_w, cols, rows;
};

static void grid_row(const struct history_epoch *e, struct canvas *c, struct rect r,
		     const struct grid *g, int row, int top, int left)
{
	size_t n = e->n_classes, at = (size_t)(top + row);
	const int64_t *counts = e->confusion + at * n;
	int64_t total = 0;
	for (size_t j = 0; j < n; j++)
		total += counts[j];
	int y = r.y + 2 + row;
	canvas_right(c, r.x, y, g->label_w, STYLE(INK_NONE), e->classes[at].name);
	for (int j = 0; j < g->cols; j++) {
		int64_t count = counts[left + j];
		double share = total > 0 ? (double)count / (double)total : 0;
		struct style s = heat(c, share, at == (size_t)(left + j));
		char text[24];
		snprintf(text, sizeof(text), count ? "%lld" : "·", (long long)count);
		struct rect box = {r.x + g->label_w + 1 + j * g->cell_w, y, g->cell_w - 1, 1};
		canvas_fill(c, box, s);
		canvas_right(c, box.x, y, box.w - (box.w > 4), s, text);
	}
}

void panel_confusion(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history_epoch *e = confusion_epoch(s->history);
	if (!e) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	int n = (int)e->n_classes;
	struct grid g = {.label_w = r.w >= 56 ? 14 : 10};
	g.cell_w = (r.w - g.label_w - 1) / n;
	g.cell_w = g.cell_w < 4 ? 4 : g.cell_w > 10 ? 10 : g.cell_w;
	g.cols = (r.w - g.label_w - 1) / g.cell_w;
	g.cols = g.cols > n ? n : g.cols < 1 ? 1 : g.cols;
	g.rows = r.h - 2 > n ? n : r.h - 2;
	int top = list_top(n, g.rows, s->view->class_index),
	    left = list_top(n, g.cols, s->view->class_index);
	canvas_right(c, r.x, r.y, g.label_w, STYLE(INK_MUTED), "true ↓");
	canvas_text(c, r.x + g.label_w + 1, r.y, r.w - g.label_w - 1, STYLE(INK_MUTED),
		    "predicted →");
	for (int j = 0; j < g.cols; j++)
		canvas_right(c, r.x + g.label_w + 1 + j * g.cell_w, r.y + 1, g.cell_w - 1,
			     STYLE(INK_MUTED), e->classes[left + j].name);
	for (int i = 0; i < g.rows; i++)
		grid_row(e, c, r, &g, i, top, left);
	char note[64];
	snprintf(note, sizeof(note),
		 n > g.rows || n > g.cols ? "epoch %lld, part of %d classes" : "epoch %lld",
		 (long long)e->epoch, n);
	panel_note(c, r, 0, STYLE(INK_MUTED), note);
}

struct figure_columns {
	int name_w, n_w, w;
};

static struct figure_columns figure_columns(struct rect r)
{
	return r.w >= 46 ? (struct figure_columns){14, 6, 7} : (struct figure_columns){10, 5, 6};
}

static void class_figures(struct canvas *c, struct rect r, int y, const struct event_class *k,
			  bool selected)
{
	struct figure_columns f = figure_columns(r);
	struct style plain = row_style(STYLE(INK_NONE), selected);
	bool ok[3];
	double v[3] = {class_precision(k, &ok[0]), class_recall(k, &ok[1]), class_f1(k, &ok[2])};
	int x = r.x + 1;
	char n[24];
	row_select(c, r, y, selected);
	canvas_text(c, x, y, f.name_w, plain, k->name);
	x += f.name_w;
	snprintf(n, sizeof(n), "%lld", (long long)k->n);
	canvas_right(c, x, y, f.n_w, row_style(STYLE(INK_MUTED), selected), n);
	x += f.n_w;
	for (int i = 0; i < 3; i++, x += f.w)
		canvas_right(c, x, y, f.w, plain, ok[i] ? text_percent(v[i]) : "-");
	int room = r.x + r.w - x - 1;
	if (room >= 3)
		canvas_bar(c, x + 1, y, room, ok[2] ? v[2] : 0,
			   row_style(STYLE(INK_VALID), selected));
}

/* The largest counts beside the diagonal, at most `rows` of them. */
static void most_confused(const struct history_epoch *e, struct canvas *c, struct rect r)
{
	size_t n = e->n_classes;
	int64_t limit = INT64_MAX;
	size_t after = 0; /* cells before this one with count == limit are already shown */
	canvas_text(c, r.x + 1, r.y, r.w, STYLE_BOLD(INK_TITLE), "Most confused");
	for (int row = 1; row < r.h; row++) {
		int64_t best = 0;
		size_t at = 0;
		for (size_t k = 0; k < n * n; k++) {
			int64_t v = e->confusion[k];
			bool open = v < limit || (v == limit && k >= after);
			if (k / n != k % n && open && v > best) {
				best = v;
				at = k;
			}
		}
		if (best == 0)
			return;
		canvas_textf(c, r.x + 1, r.y + row, r.w - 1, STYLE(INK_NONE),
			     "%3lld× %s taken for %s", (long long)best, e->classes[at / n].name,
			     e->classes[at % n].name);
		limit = best;
		after = at + 1;
	}
}

void panel_class_table(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct history_epoch *e = newest_classes(h, NULL);
	if (!e) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	struct figure_columns f = figure_columns(r);
	int n = (int)e->n_classes, rows = r.h - 1 < n ? r.h - 1 : n, x = r.x + 1 + f.name_w;
	static const char *const titles[] = {"prec", "rec", "F1"};
	canvas_text(c, r.x + 1, r.y, f.name_w, STYLE(INK_MUTED), "class");
	canvas_right(c, x, r.y, f.n_w, STYLE(INK_MUTED), "n");
	for (int i = 0; i < 3; i++)
		canvas_right(c, x + f.n_w + i * f.w, r.y, f.w, STYLE(INK_MUTED), titles[i]);
	int top = list_top(n, rows, s->view->class_index);
	for (int i = 0; i < rows; i++)
		class_figures(c, r, r.y + 1 + i, &e->classes[top + i],
			      top + i == s->view->class_index);
	char note[48];
	snprintf(note, sizeof(note), "accuracy %s %%", text_percent(e->valid.acc));
	panel_note(c, r, 0, STYLE(INK_VALID), note);
	int left = r.h - rows - 2;
	if (e->confusion && left >= 2)
		most_confused(e, c, (struct rect){r.x, r.y + rows + 2, r.w, left > 8 ? 8 : left});
}
