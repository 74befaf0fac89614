/* The Classes page: what is taken for what. */
#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/term/picture.h"

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

static int64_t count_at(const struct history_epoch *e, size_t truth, size_t said)
{
	int64_t count = e->confusion[truth * e->n_classes + said];
	return count > 0 ? count : 0;
}

/* Shares of a row; the log's own number of pictures may say otherwise. */
static double row_total(const struct history_epoch *e, size_t truth)
{
	double total = 0;
	for (size_t j = 0; j < e->n_classes; j++)
		total += (double)count_at(e, truth, j);
	return total;
}

struct grid {
	const struct scene *s;
	const struct history_epoch *e;
	struct list list; /* the classes of the rows */
	int *said;        /* [n] the classes of the columns: those of the rows, then the others */
	int n, label_w, cell_w, cell_h, cols, rows; /* cols, rows: cells shown */
	int top, left;                              /* the first shown */
	int cursor;                                 /* a class */
	bool shares;
	bool numbered; /* columns have room for the number of their class, not for its name */
	int number_w;
};

/* Columns of the longest figure. */
static int widest_figure(const struct history_epoch *e, bool shares)
{
	int64_t largest = 0;
	bool all = false;
	char text[24];
	for (size_t i = 0; i < e->n_classes; i++) {
		double total = row_total(e, i);
		for (size_t j = 0; j < e->n_classes; j++) {
			int64_t count = count_at(e, i, j);
			largest = count > largest ? count : largest;
			all = all || (total > 0 && (double)count / total >= 0.995);
		}
	}
	if (shares)
		return all ? 3 : 2;
	return snprintf(text, sizeof(text), "%lld", (long long)largest);
}

static int clampi(int v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

struct taken { /* how often the rows' classes were taken for another */
	int said;
	int64_t count;
};

static int most_taken(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;
	return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
				    : x->said - y->said;
}

/* The columns stand as the rows do, so that the diagonal is one; what a filter hides of the rows
 * comes behind them as far as a row was taken for it, the most often first. */
static void choose_columns(struct grid *g)
{
	int all = g->n;
	struct taken *others = xcalloc((size_t)all + 1, sizeof(*others));
	g->said = xcalloc((size_t)all + 1, sizeof(*g->said));
	for (int j = 0; j < all; j++)
		others[j] = (struct taken){j, 0};
	for (int i = 0; i < g->list.n; i++) {
		others[g->list.at[i]].count = -1;
		for (int j = 0; j < all && g->list.n < all; j++)
			if (others[j].count >= 0)
				others[j].count += count_at(g->e, (size_t)g->list.at[i], (size_t)j);
	}
	qsort(others, (size_t)all, sizeof(*others), most_taken);
	g->n = 0;
	for (int i = 0; i < g->list.n; i++)
		g->said[g->n++] = g->list.at[i];
	for (int j = 0; j < all && others[j].count > 0; j++)
		g->said[g->n++] = others[j].said;
	free(others);
}

static struct grid grid_for(const struct scene *s, const struct canvas *c,
			    const struct history_epoch *e, struct rect r)
{
	struct grid g = {.s = s, .e = e, .n = (int)e->n_classes, .shares = s->view->shares};
	list_make(&g.list, LIST_CLASSES, s->history, s->view);
	choose_columns(&g);
	if (g.n == 0)
		return g;
	int figure = widest_figure(e, g.shares), least = (figure < 2 ? 2 : figure) + 1;
	int label_w = clampi(r.w / 4, 6, 24), widest = class_width(s, label_w, c->utf8);
	int number_w = snprintf(NULL, 0, "%zu", e->n_classes);
	g.cursor = clampi(s->view->class_index, 0, (int)e->n_classes - 1);
	g.label_w = clampi(widest, 4, label_w);
	g.cell_w = clampi((r.w - g.label_w - 2) / g.n, least, 16);
	g.numbered = g.cell_w - 1 < (widest < 4 ? widest : 4);
	if (g.numbered) { /* the rows tell which number is which */
		least = number_w + 1 > least ? number_w + 1 : least;
		g.number_w = number_w;
		g.label_w = clampi(widest + number_w + 2, 7, clampi(r.w / 4, 8, 24));
		g.cell_w = clampi((r.w - g.label_w - 2) / g.n, least, 16);
	}
	int rows = r.h - 2 - (r.h >= 8); /* the last one for words */
	g.cell_h = clampi(rows / g.list.n, 1, 4);
	g.cols = clampi((r.w - g.label_w - 1) / g.cell_w, 1, g.n);
	g.rows = clampi(rows / g.cell_h, 0, g.list.n);
	g.top = list_top(g.list.n, g.rows, list_row(&g.list, g.cursor));
	g.left = list_top(g.n, g.cols, list_row(&g.list, g.cursor));
	return g;
}

static void cell_text(const struct grid *g, int64_t count, double share, char *out, size_t size)
{
	if (count == 0)
		snprintf(out, size, "·");
	else if (!g->shares)
		snprintf(out, size, "%lld", (long long)count);
	else if (share < 0.01)
		snprintf(out, size, "<1");
	else
		snprintf(out, size, "%.0f", share * 100);
}

static void draw_label(const struct grid *g, struct canvas *c, struct rect r, int at)
{
	bool selected = at == g->cursor;
	struct style name = row_style(STYLE(selected ? INK_VALID : INK_NONE), selected);
	int name_w = r.w - (g->numbered ? g->number_w + 2 : 0);
	const char *text = class_short(g->s, at, name_w, c->utf8);
	row_select(c, r, r.y, selected);
	if (g->numbered) {
		canvas_textf(c, r.x, r.y, g->number_w + 1, row_style(STYLE(INK_MUTED), selected),
			     "%*d", g->number_w + 1, at + 1);
		canvas_text(c, r.x + g->number_w + 2, r.y, name_w, name, text);
	} else {
		canvas_right(c, r.x, r.y, r.w, name, text);
	}
}

/* Mistakes are few each: the root tells 2 % from 6 %. */
static struct style cell_style(const struct canvas *c, int64_t count, double share, bool right)
{
	if (count == 0)
		return STYLE(INK_FRAME);
	if (right)
		return heat_style(c, 0.15 + 0.75 * share, RAMP_GOOD);
	return share < 0.01 ? STYLE(INK_MUTED) : heat_style(c, 0.2 + 0.8 * sqrt(share), RAMP_BAD);
}

static void grid_row(const struct grid *g, struct canvas *c, struct rect r, int row)
{
	size_t at = (size_t)g->list.at[g->top + row];
	double total = row_total(g->e, at);
	int y = r.y + 2 + row * g->cell_h, middle = y + (g->cell_h - 1) / 2;
	canvas_zone(c, (struct rect){r.x, y, r.w, g->cell_h}, ZONE_CLASS, (int)at);
	draw_label(g, c, (struct rect){r.x, middle, g->label_w, 1}, (int)at);
	for (int j = 0; j < g->cols; j++) {
		size_t said = (size_t)g->said[g->left + j];
		int64_t count = count_at(g->e, at, said);
		double share = total > 0 ? (double)count / total : 0;
		struct style s = cell_style(c, count, share, said == at);
		char text[24];
		cell_text(g, count, share, text, sizeof(text));
		struct rect box = {r.x + g->label_w + 1 + j * g->cell_w, y,
				   g->cell_w - (g->cell_h < 2), g->cell_h};
		canvas_fill(c, box, s);
		int w = text_width(text, c->utf8), right = box.w > 5 ? (box.w - w) / 2 : 0;
		canvas_right(c, box.x, middle, box.w - right, s, text);
	}
}

static void grid_head(const struct grid *g, struct canvas *c, struct rect r)
{
	canvas_right(c, r.x, r.y, g->label_w, STYLE(INK_MUTED), "true ↓");
	canvas_text(c, r.x + g->label_w + 2, r.y, r.w - g->label_w - 2, STYLE(INK_MUTED),
		    "predicted →");
	for (int j = 0; j < g->cols; j++) {
		int at = g->said[g->left + j], x = r.x + g->label_w + 1 + j * g->cell_w, w = g->cell_w - 1;
		char number[16];
		const char *text = class_short(g->s, at, w, c->utf8);
		struct style s = STYLE(at == g->cursor ? INK_VALID : INK_MUTED);
		if (g->numbered) {
			snprintf(number, sizeof(number), "%d", at + 1);
			canvas_right(c, x, r.y + 1, w, s, number);
			continue;
		}
		int spare = w - text_width(text, c->utf8), in = spare > 0 ? spare / 2 : 0;
		canvas_text(c, x + in, r.y + 1, w - in, s, text);
	}
}

/* The class under the cursor in words, below the matrix. */
static void grid_words(const struct grid *g, struct canvas *c, struct rect r)
{
	size_t at = (size_t)g->cursor, n = g->e->n_classes, to = at, from = at;
	for (size_t j = 0; j < n; j++) {
		if (j == at)
			continue;
		if (to == at || count_at(g->e, at, j) > count_at(g->e, at, to))
			to = j;
		if (from == at || count_at(g->e, j, at) > count_at(g->e, from, at))
			from = j;
	}
	int w = r.w / 4, x = r.x + 1, end = r.x + r.w - 1;
	char text[256];
	x += canvas_textf(c, x, r.y, end - x, STYLE(INK_MUTED), "%s: %lld of %.0f right",
			  class_short(g->s, (int64_t)at, w, c->utf8), (long long)count_at(g->e, at, at), row_total(g->e, at));
	if (to != at && count_at(g->e, at, to))
		x += canvas_textf(c, x, r.y, end - x, STYLE(INK_MUTED), ", %lld taken for %s",
				  (long long)count_at(g->e, at, to),
				  class_short(g->s, (int64_t)to, w, c->utf8));
	snprintf(text, sizeof(text), "; %s taken for it %lld×",
		 class_short(g->s, (int64_t)from, w, c->utf8),
		 (long long)count_at(g->e, from, at));
	if (from != at && count_at(g->e, from, at) && text_width(text, c->utf8) <= end - x)
		canvas_text(c, x, r.y, end - x, STYLE(INK_MUTED), text);
}

static void grid_note(const struct grid *g, struct canvas *c, struct rect r)
{
	char note[80];
	int used = 0;
	if (*g->list.filter)
		used = panel_list(c, r, used, &g->list, g->top, g->list.n);
	snprintf(note, sizeof(note), "epoch %lld", (long long)g->e->epoch);
	used = panel_note(c, r, used, STYLE(INK_MUTED), note);
	snprintf(note, sizeof(note), "part of %zu", g->e->n_classes);
	if (g->n > g->cols || g->list.n > g->rows)
		used = panel_note(c, r, used, STYLE(INK_WARN), note);
	if (!*g->list.filter && g->list.order)
		used = panel_note(c, r, used, STYLE(INK_ACCENT), g->list.order);
	panel_note(c, r, used, STYLE(INK_ACCENT),
		   g->shares ? "% of the row, c: counts" : "counts, c: shares");
}

void panel_confusion(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history_epoch *e = confusion_epoch(s->history);
	if (!e) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	struct grid g = grid_for(s, c, e, r);
	if (g.n > 0)
		grid_head(&g, c, r);
	for (int i = 0; i < g.rows; i++)
		grid_row(&g, c, r, i);
	if (g.n > 0 && r.h > 2 + g.rows * g.cell_h)
		grid_words(&g, c, (struct rect){r.x, r.y + r.h - 1, r.w, 1});
	grid_note(&g, c, r);
	list_release(&g.list);
	free(g.said);
}

#define MOST_MISTAKES 64

/* "14×  14% daisy → dandelion ████": each name gets half of the room, or what the other leaves. */
static void mistake_row(const struct scene *s, struct canvas *c, struct rect r,
			const struct history_epoch *e, const struct confusion_pair *m,
			double longest)
{
	double total = row_total(e, m->truth), share = total > 0 ? (double)m->count / total : 0;
	bool chosen = (int)m->truth == s->view->class_index;
	struct style style = STYLE(chosen ? INK_VALID : INK_NONE);
	int bar = r.w >= 44 ? 10 : r.w >= 36 ? 6 : 0, x = r.x + 12, room = r.w - 13 - bar - 3;
	int truth_w = text_width(e->classes[m->truth].name, c->utf8),
	    said_w = text_width(e->classes[m->said].name, c->utf8);
	canvas_textf(c, r.x, r.y, 6, style, "%4lld×", (long long)m->count);
	canvas_textf(c, r.x + 6, r.y, 5, STYLE(INK_MUTED), "%3.0f%%", share * 100);
	if (truth_w + said_w > room)
		truth_w = truth_w < room / 2  ? truth_w
			  : said_w < room / 2 ? room - said_w
					      : room / 2;
	x += canvas_text(c, x, r.y, truth_w, style,
			 class_short(s, (int64_t)m->truth, truth_w, c->utf8));
	canvas_text(c, x, r.y, 3, STYLE(INK_MUTED), " → ");
	said_w = r.x + r.w - bar - 1 - x - 3;
	canvas_text(c, x + 3, r.y, said_w, style,
		    class_short(s, (int64_t)m->said, said_w, c->utf8));
	if (bar)
		canvas_bar(c, r.x + r.w - bar + 1, r.y, bar - 2, (double)m->count / longest,
			   STYLE(INK_BAD));
}

/* Of a filtered list the pairs of which either class passes. */
static int worst_pairs(const struct scene *s, const struct history_epoch *e,
		       struct confusion_pair *out, size_t most)
{
	struct list l;
	size_t n = e->n_classes, found;
	list_make(&l, LIST_CLASSES, s->history, s->view);
	if (l.n == l.of) {
		list_release(&l);
		return (int)confusion_worst(e->confusion, n, out, most);
	}
	bool *passes = xcalloc(n + 1, sizeof(*passes));
	int64_t *part = xcalloc(n * n + 1, sizeof(*part));
	for (int i = 0; i < l.n; i++)
		passes[l.at[i]] = true;
	for (size_t i = 0; i < n * n; i++)
		part[i] = passes[i / n] || passes[i % n] ? e->confusion[i] : 0;
	found = confusion_worst(part, n, out, most);
	free(part);
	free(passes);
	list_release(&l);
	return (int)found;
}

void panel_mistakes(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history_epoch *e = confusion_epoch(s->history);
	struct confusion_pair list[MOST_MISTAKES];
	size_t most = r.h < 0 ? 0 : r.h < MOST_MISTAKES ? (size_t)r.h : MOST_MISTAKES;
	int n = e ? worst_pairs(s, e, list, most) : 0;
	if (n == 0) {
		panel_empty(c, r,
			    e ? "nothing was taken for anything else" : "after the first epoch");
		return;
	}
	for (int i = 0; i < n; i++)
		mistake_row(s, c, (struct rect){r.x, r.y + i, r.w, 1}, e, &list[i],
			    (double)list[0].count);
	panel_note(c, r, 0, STYLE(INK_MUTED), "true → predicted");
}
