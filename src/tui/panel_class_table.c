/* The Classes page: the figures of each class, and how they went over the epochs. */
#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/term/plot.h"
#include "thaw/base/words.h"

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

enum { PRECISION, RECALL, F1, FIGURES };

static double (*const figures[FIGURES])(const struct event_class *k, bool *valid) = {
    [PRECISION] = class_precision, [RECALL] = class_recall, [F1] = class_f1};
static const char *const figure_titles[FIGURES] = {"prec", "rec", "F1"};

/* Widths of the columns; 0 = not shown. */
struct table_columns {
	int name, number, figure, change[FIGURES], bar[FIGURES], trend;
};

/* Columns of the longest number of pictures, a gap included. */
static int number_width(const struct history_epoch *e)
{
	int64_t most = 0;
	for (size_t i = 0; i < e->n_classes; i++)
		most = e->classes[i].n > most ? e->classes[i].n : most;
	return 1 + snprintf(NULL, 0, "%lld", (long long)most);
}

/* The figures first, then the name, then a trend and bars in what is left. */
static struct table_columns table_columns(const struct scene *s, const struct history_epoch *e,
					  struct rect r, bool utf8)
{
	const struct history *h = s->history;
	bool wide = r.w >= 78;
	struct table_columns t = {
	    .name = 5, .number = number_width(e), .figure = r.w >= 46 ? 6 : 5};
	int change = r.w >= 46 ? 5 : 4;
	int n_epochs = h->n_epochs > 24 ? 24 : (int)h->n_epochs;
	int rest = r.w - 2 - t.number - FIGURES * t.figure - change * (wide ? FIGURES : 1);
	int spare = r.w >= 46 ? 11 : 0, most = rest - spare > 5 ? rest - spare : 5;
	int widest = class_width(s, most - 1, utf8) + 1;
	t.name = widest > t.name ? widest : t.name;
	for (int i = 0; i < FIGURES; i++)
		t.change[i] = wide || i == RECALL ? change : 0;
	rest -= t.name;
	t.trend = rest < 4 ? 0 : rest / 2 < n_epochs ? rest / 2 : n_epochs < 4 ? 4 : n_epochs;
	rest -= t.trend + 1;
	if (rest >= FIGURES * 7)
		t.bar[PRECISION] = t.bar[RECALL] = t.bar[F1] =
		    rest / FIGURES > 21 ? 21 : rest / FIGURES;
	else
		t.bar[F1] = rest >= 5 ? rest : 0;
	return t;
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
	const char *name; /* as the column has room for it */
	bool selected;
};

static enum ink share_ink(double share)
{
	return share >= 0.8 ? INK_GOOD : share >= 0.5 ? INK_WARN : INK_BAD;
}

/* One figure of a class: the number, how it changed, its bar. Returns the column behind it. */
static int draw_figure(struct canvas *c, int x, int y, const struct table_columns *t,
		       const struct class_line *l, int which)
{
	bool ok, before_ok = false;
	double v = figures[which](l->now, &ok);
	double was = l->before ? figures[which](l->before, &before_ok) : 0;
	canvas_right(c, x, y, t->figure, row_style(STYLE(INK_NONE), l->selected),
		     ok ? words_percent(v) : "-");
	x += t->figure;
	if (t->change[which] && ok && before_ok)
		draw_change(c, x + 1, y, v - was, l->selected);
	x += t->change[which];
	if (t->bar[which])
		canvas_bar(c, x + 1, y, t->bar[which] - 1, ok ? v : 0,
			   row_style(STYLE(share_ink(v)), l->selected));
	return x + t->bar[which];
}

/* Returns the column behind the figures. */
static int class_figures(struct canvas *c, struct rect r, const struct table_columns *t,
			 const struct class_line *l)
{
	int x = r.x + 1;
	char n[24];
	row_select(c, r, r.y, l->selected);
	canvas_text(c, x, r.y, t->name - 1, row_style(STYLE(INK_NONE), l->selected), l->name);
	x += t->name;
	snprintf(n, sizeof(n), "%lld", (long long)l->now->n);
	canvas_right(c, x, r.y, t->number, row_style(STYLE(INK_MUTED), l->selected), n);
	x += t->number;
	for (int i = 0; i < FIGURES; i++)
		x = draw_figure(c, x, r.y, t, l, i);
	return x + 1;
}

static void class_header(struct canvas *c, struct rect r, const struct table_columns *t)
{
	int x = r.x + 1 + t->name;
	canvas_text(c, r.x + 1, r.y, t->name - 1, STYLE(INK_MUTED), "class");
	canvas_right(c, x, r.y, t->number, STYLE(INK_MUTED), "n");
	x += t->number;
	for (int i = 0; i < FIGURES; i++) {
		canvas_right(c, x, r.y, t->figure, STYLE(INK_MUTED), figure_titles[i]);
		x += t->figure;
		if (t->change[i])
			canvas_text(c, x + 1, r.y, t->change[i] - 1, STYLE(INK_MUTED), "+/-");
		x += t->change[i] + t->bar[i];
	}
	if (t->trend)
		canvas_text(c, x + 1, r.y, r.x + r.w - x - 1, STYLE(INK_MUTED),
			    t->trend >= 9 ? "rec trend" : "rec");
}

void panel_class_table(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct history_epoch *before, *e = history_newest_classes(h, &before);
	if (!e) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	struct list list;
	list_make(&list, LIST_CLASSES, h, s->view);
	int rows = r.h - 1 < list.n ? r.h - 1 : list.n;
	int top = list_top(list.n, rows, list_row(&list, s->view->class_index));
	struct range all = recall_range(h, e->n_classes);
	struct table_columns t = table_columns(s, e, r, c->utf8);
	class_header(c, r, &t);
	for (int i = 0; i < rows; i++) {
		size_t at = (size_t)list.at[top + i];
		bool known = before && at < before->n_classes;
		struct class_line l = {&e->classes[at], known ? &before->classes[at] : NULL,
				       class_short(s, (int64_t)at, t.name - 1, c->utf8),
				       list.at[top + i] == s->view->class_index};
		struct rect row = {r.x, r.y + 1 + i, r.w, 1};
		canvas_zone(c, row, ZONE_CLASS, (int)at);
		int x = class_figures(c, row, &t, &l);
		draw_trend(h, c, (struct rect){x, row.y, t.trend, 1}, at, all,
			   row_style(STYLE(INK_VALID), l.selected));
	}
	char note[64];
	snprintf(note, sizeof(note), "accuracy %s %%", words_opt(words_percent, e->valid.acc));
	int used = panel_note(c, r, 0, STYLE(INK_VALID), note);
	panel_list(c, r, used, &list, top, rows);
	list_release(&list);
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
	const struct history_epoch *e = history_newest_classes(h, NULL);
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
	char note[256];
	snprintf(note, sizeof(note), "● %s %s",
		 class_short(s, (int64_t)chosen, r.w / 2 < 40 ? r.w / 2 : 40, c->utf8),
		 words_percent(recall_at(h, h->n_epochs - 1, chosen)));
	panel_note(c, r, 0, STYLE(INK_VALID), note);
	if (e->n_classes <= MOST_LINES)
		panel_note(c, r, text_width(note, c->utf8) + 1, STYLE(INK_MUTED), "others");
}
