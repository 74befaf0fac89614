/* The Classes page: the figures of each class, and how they went over the epochs. */
#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/tui/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_LINES 20 /* curves beside the chosen one; more would be a grey surface */

/* Recall of a class in an epoch; NaN where the log has none. */
static double recall_at(const struct history *h, size_t epoch, size_t class)
{
	const struct history_epoch *e = &h->epochs[epoch];
	bool ok = false;
	double recall = class < e->n_classes ? class_recall(&e->classes[class], &ok) : 0;
	return ok ? recall : NAN;
}

struct figure_columns {
	int name_w, n_w, w;
};

static struct figure_columns figure_columns(struct rect r)
{
	return r.w >= 46 ? (struct figure_columns){14, 5, 6} : (struct figure_columns){10, 4, 5};
}

/* Recall by epoch in one block each, the newest at the right, as shares of `all`. */
static void draw_trend(const struct history *h, struct canvas *c, struct rect r, size_t class,
		       struct range all, struct style s)
{
	size_t n = h->n_epochs, w = (size_t)r.w, first = n > w ? n - w : 0;
	for (size_t i = first; i < n; i++) {
		double recall = recall_at(h, i, class), span = all.hi - all.lo;
		if (!isfinite(recall))
			continue;
		double share = span > 0 ? (recall - all.lo) / span : 1;
		canvas_put(c, r.x + (int)(i - first), r.y, 0x2581u + (uint32_t)lround(share * 7),
			   s);
	}
}

static struct range recall_range(const struct history *h, size_t n_classes)
{
	struct range all = {0, 0, false};
	for (size_t i = 0; i < h->n_epochs; i++)
		for (size_t k = 0; k < n_classes; k++)
			range_add(&all, recall_at(h, i, k));
	return all;
}

struct class_line {
	const struct event_class *now, *before; /* before: NULL when there was none */
	size_t index;
	bool selected;
};

/* Returns the column behind the figures. */
static int class_figures(struct canvas *c, struct rect r, const struct class_line *l)
{
	struct figure_columns f = figure_columns(r);
	struct style plain = row_style(STYLE(INK_NONE), l->selected);
	const struct event_class *k = l->now;
	bool ok[3], before_ok = false;
	double v[3] = {class_precision(k, &ok[0]), class_recall(k, &ok[1]), class_f1(k, &ok[2])};
	double was = l->before ? class_recall(l->before, &before_ok) : 0;
	int x = r.x + 1;
	char n[24];
	row_select(c, r, r.y, l->selected);
	canvas_text(c, x, r.y, f.name_w, plain, k->name);
	x += f.name_w;
	snprintf(n, sizeof(n), "%lld", (long long)k->n);
	canvas_right(c, x, r.y, f.n_w, row_style(STYLE(INK_MUTED), l->selected), n);
	x += f.n_w;
	for (int i = 0; i < 3; i++, x += f.w)
		canvas_right(c, x, r.y, f.w, plain, ok[i] ? text_percent(v[i]) : "-");
	if (ok[1] && before_ok && r.x + r.w - x >= 4)
		draw_change(c, x + 1, r.y, v[1] - was, l->selected);
	return x + 5;
}

static void class_header(struct canvas *c, struct rect r)
{
	static const char *const titles[] = {"prec", "rec", "F1"};
	struct figure_columns f = figure_columns(r);
	int x = r.x + 1 + f.name_w;
	canvas_text(c, r.x + 1, r.y, f.name_w, STYLE(INK_MUTED), "class");
	canvas_right(c, x, r.y, f.n_w, STYLE(INK_MUTED), "n");
	x += f.n_w;
	for (int i = 0; i < 3; i++, x += f.w)
		canvas_right(c, x, r.y, f.w, STYLE(INK_MUTED), titles[i]);
	canvas_text(c, x + 5, r.y, r.x + r.w - x - 5, STYLE(INK_MUTED), "rec trend");
}

void panel_class_table(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct history_epoch *before, *e = newest_classes(h, &before);
	if (!e) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	int n = (int)e->n_classes, rows = r.h - 1 < n ? r.h - 1 : n;
	int top = list_top(n, rows, s->view->class_index);
	struct range all = recall_range(h, e->n_classes);
	class_header(c, r);
	for (int i = 0; i < rows; i++) {
		size_t at = (size_t)(top + i);
		struct class_line l = {&e->classes[at], before ? &before->classes[at] : NULL, at,
				       top + i == s->view->class_index};
		struct rect row = {r.x, r.y + 1 + i, r.w, 1};
		int x = class_figures(c, row, &l), room = r.x + r.w - x - 1;
		if (room >= 3)
			draw_trend(h, c, (struct rect){x, row.y, room, 1}, at, all,
				   row_style(STYLE(INK_VALID), l.selected));
	}
	char note[48];
	snprintf(note, sizeof(note), "accuracy %s %%", text_percent(e->valid.acc));
	panel_note(c, r, 0, STYLE(INK_VALID), note);
}

static void draw_class(struct plot *p, const struct history *h, size_t class, bool chosen)
{
	size_t n = h->n_epochs;
	double *xs = xcalloc(n, sizeof(*xs)), *ys = xcalloc(n, sizeof(*ys));
	for (size_t i = 0; i < n; i++) {
		xs[i] = (double)h->epochs[i].epoch;
		ys[i] = recall_at(h, i, class);
	}
	plot_line(p, xs, ys, n, STYLE(chosen ? INK_VALID : INK_MUTED));
	if (chosen)
		plot_points(p, xs, ys, n, 0x25CF, STYLE(INK_VALID));
	free(xs);
	free(ys);
}

void panel_class_curves(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct history_epoch *e = newest_classes(h, NULL);
	struct plot p;
	if (!e) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	size_t chosen = (size_t)s->view->class_index;
	double first = (double)h->epochs[0].epoch, last = (double)h->epochs[h->n_epochs - 1].epoch;
	struct range x = {first, last > first ? last : first + 1, true},
		     y = recall_range(h, e->n_classes);
	if (chosen >= e->n_classes || !plot_begin(&p, c, r, x, y, PLOT_PERCENT))
		return;
	for (size_t k = 0; k < e->n_classes && e->n_classes <= MOST_LINES; k++)
		if (k != chosen)
			draw_class(&p, h, k, false);
	draw_class(&p, h, chosen, true);
	char note[80];
	snprintf(note, sizeof(note), "● %.40s %s", e->classes[chosen].name,
		 text_percent(recall_at(h, h->n_epochs - 1, chosen)));
	panel_note(c, r, 0, STYLE(INK_VALID), note);
	if (e->n_classes <= MOST_LINES)
		panel_note(c, r, text_width(note, c->utf8) + 1, STYLE(INK_MUTED), "others");
}
