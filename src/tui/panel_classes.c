/* Per-class predictions on the validation images, and the probe images. */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void draw_change(struct canvas *c, int x, int y, double change, bool selected)
{
	long points = lround(change * 100);
	if (points > 0)
		canvas_textf(c, x, y, 4, row_style(STYLE(INK_GOOD), selected), "▲%ld", points);
	else if (points < 0)
		canvas_textf(c, x, y, 4, row_style(STYLE(INK_BAD), selected), "▼%ld", -points);
	else
		canvas_text(c, x, y, 2, row_style(STYLE(INK_FRAME), selected), "·");
}

struct class_columns {
	int name_w, n, bar, bar_w, recall, precision, change; /* columns; 0 = not shown */
};

static struct class_columns class_columns(struct rect r)
{
	struct class_columns k = {0};
	k.name_w = r.w >= 52 ? 16 : r.w >= 36 ? 11 : 10;
	int x = r.x + 1 + k.name_w + 1, right = r.x + r.w;
	if (r.w >= 36) {
		k.n = x;
		x += 6;
	}
	k.change = right - 3;
	right -= 4;
	if (r.w >= 36) {
		k.precision = right - 4;
		right -= 6;
	}
	k.recall = right - 4;
	right -= 5;
	k.bar = x;
	k.bar_w = right - x > 0 ? right - x : 0;
	return k;
}

static void class_row(struct canvas *c, struct rect r, int y, const struct class_columns *k,
		      const char *name, const struct event_class *now,
		      const struct event_class *before)
{
	bool ok, before_ok = false, precise;
	double recall = class_recall(now, &ok), precision = class_precision(now, &precise), was = 0;
	if (before)
		was = class_recall(before, &before_ok);
	canvas_text(c, r.x + 1, y, k->name_w, STYLE(INK_NONE), name);
	char text[32];
	if (k->n) {
		snprintf(text, sizeof(text), "%lld", (long long)now->n);
		canvas_right(c, k->n, y, 5, STYLE(INK_MUTED), text);
	}
	enum ink ink = !ok             ? INK_MUTED
		       : recall >= 0.8 ? INK_GOOD
		       : recall >= 0.5 ? INK_WARN
				       : INK_BAD;
	canvas_bar(c, k->bar, y, k->bar_w, ok ? recall : 0, STYLE(ink));
	snprintf(text, sizeof(text), "%.0f%%", recall * 100);
	canvas_right(c, k->recall, y, 4, STYLE(INK_NONE), ok ? text : "-");
	snprintf(text, sizeof(text), "%.0f%%", precision * 100);
	if (k->precision)
		canvas_right(c, k->precision, y, 4, STYLE(INK_MUTED), precise ? text : "-");
	if (ok && before_ok)
		draw_change(c, k->change, y, recall - was, false);
}

static void note_epoch(struct canvas *c, struct rect r, int used, int64_t epoch)
{
	char note[48];
	snprintf(note, sizeof(note), "epoch %lld", (long long)epoch);
	panel_note(c, r, used, STYLE(INK_MUTED), note);
}

void panel_classes(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const struct history_epoch *before, *e = history_newest_classes(h, &before);
	if (!e) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	struct class_columns k = class_columns(r);
	struct list list;
	list_make(&list, LIST_CLASSES, h, s->view);
	int rows = r.h, y = r.y, n = list.n;
	if (rows > n || rows > 5) {
		canvas_text(c, r.x + 1, y, k.name_w, STYLE(INK_MUTED), "class");
		if (k.n)
			canvas_right(c, k.n, y, 5, STYLE(INK_MUTED), "n");
		canvas_right(c, k.bar, y, k.recall + 4 - k.bar, STYLE(INK_MUTED), "recall");
		if (k.precision)
			canvas_right(c, k.precision - 1, y, 5, STYLE(INK_MUTED), "prec");
		rows--;
		y++;
	}
	int top = list_top(n, rows, list_row(&list, s->view->class_index));
	for (int i = 0; i < rows && top + i < n; i++) {
		int at = list.at[top + i];
		canvas_zone(c, (struct rect){r.x, y + i, r.w, 1}, ZONE_CLASS, at);
		bool matched = before && before->n_classes == e->n_classes;
		class_row(c, r, y + i, &k, class_short(s, at, k.name_w, c->utf8), &e->classes[at],
			  matched ? &before->classes[at] : NULL);
	}
	int used = panel_list(c, r, 0, &list, top, rows);
	if (!used)
		note_epoch(c, r, used, e->epoch);
	list_release(&list);
}

/* How the probability of the true class went, one block an epoch, the newest at the right. */
static void draw_trend(const struct history *h, struct canvas *c, int x, int y, int w, size_t probe,
		       struct style s)
{
	size_t n = h->n_probe_epochs, first = n > (size_t)w ? n - (size_t)w : 0;
	for (size_t i = first; i < n; i++) {
		const double *probs = history_probe_probs(h, probe, i);
		int64_t label = h->probes[probe].label;
		if (!probs || label < 0 || (size_t)label >= h->run.n_classes ||
		    !isfinite(probs[label]))
			continue;
		int level = (int)lround(fmin(fmax(probs[label], 0), 1) * 7);
		canvas_put(c, x + (int)(i - first), y, 0x2581u + (uint32_t)level, s);
	}
}

static void probe_row(const struct scene *s, struct canvas *c, struct rect r, int y, size_t i,
		      bool selected)
{
	const struct history *h = s->history;
	const double *probs =
	    h->n_probe_epochs ? history_probe_probs(h, i, h->n_probe_epochs - 1) : NULL;
	int64_t label = h->probes[i].label;
	int top = probs ? history_probe_top(h, probs) : -1, name_w = r.w >= 42 ? 11 : 8;
	bool right = top == label;
	struct style verdict = row_style(STYLE(right ? INK_GOOD : INK_BAD), selected);
	row_select(c, r, y, selected);
	canvas_text(c, r.x + 2, y, name_w, row_style(STYLE(INK_NONE), selected),
		    class_short(s, label, name_w, c->utf8));
	if (top < 0)
		return;
	canvas_put(c, r.x, y, right ? 0x2713 : 0x2717, verdict);
	int x = r.x + 2 + name_w;
	canvas_text(c, x + 1, y, 1, row_style(STYLE(INK_MUTED), selected), "→");
	canvas_text(c, x + 3, y, name_w, verdict, class_short(s, top, name_w, c->utf8));
	x += 4 + name_w;
	canvas_textf(c, x, y, 4, row_style(STYLE(INK_NONE), selected), "%3.0f%%", probs[top] * 100);
	x += 5;
	int room = r.x + r.w - x, trend = room >= 12 ? room / 2 : 0;
	if (room - trend >= 3)
		canvas_bar(c, x, y, room - trend - (trend ? 1 : 0), probs[top], verdict);
	if (trend)
		draw_trend(h, c, r.x + r.w - trend, y, trend, i,
			   row_style(STYLE(INK_MUTED), selected));
}

static void probe_rows(const struct scene *s, struct canvas *c, struct rect r, const struct list *l,
		       bool cursor)
{
	const struct history *h = s->history;
	if (h->n_probes == 0 || !h->has_run) {
		panel_empty(c, r, "no probe images in this log");
		return;
	}
	int top = list_top(l->n, r.h, list_row(l, s->view->probe));
	for (int i = 0; i < r.h && top + i < l->n; i++) {
		int at = l->at[top + i];
		canvas_zone(c, (struct rect){r.x, r.y + i, r.w, 1}, ZONE_PROBE, at);
		probe_row(s, c, r, r.y + i, (size_t)at, cursor && at == s->view->probe);
	}
}

/* Without pictures: "rose → tulip 98%". */
static void mistake_rows(const struct scene *s, struct canvas *c, struct rect r,
			 const struct list *l)
{
	const struct history *h = s->history;
	int top = list_top(l->n, r.h, list_row(l, s->view->mistake)), half = (r.w - 10) / 2;
	if (l->of == 0)
		panel_empty(c, r,
			    h->n_epochs ? "no mistakes in this log" : "after the first epoch");
	for (int i = 0; i < r.h && top + i < l->n; i++) {
		int at = l->at[top + i];
		const struct history_mistake *m = &h->mistakes[at];
		bool selected = at == s->view->mistake;
		struct rect row = {r.x, r.y + i, r.w, 1};
		canvas_zone(c, row, ZONE_MISTAKE, at);
		row_select(c, row, row.y, selected);
		int x = r.x + 1 +
			canvas_text(c, r.x + 1, row.y, half, row_style(STYLE(INK_NONE), selected),
				    class_short(s, m->label, half, c->utf8));
		canvas_text(c, x, row.y, 3, row_style(STYLE(INK_MUTED), selected), " → ");
		canvas_text(c, x + 3, row.y, half, row_style(STYLE(INK_BAD), selected),
			    class_short(s, m->said, half, c->utf8));
		canvas_textf(c, r.x + r.w - 5, row.y, 5, row_style(STYLE(INK_NONE), selected),
			     "%3.0f%%", m->prob_said * 100);
	}
}

void panel_probes(const struct scene *s, struct canvas *c, struct rect r)
{
	struct view all = *s->view; /* a filter is the Images page's, where it can be taken away */
	struct list list;
	all.lists[LIST_PROBES].filter[0] = '\0';
	list_make(&list, LIST_PROBES, s->history, &all);
	probe_rows(s, c, r, &list, false);
	if (s->history->n_probe_epochs)
		note_epoch(c, r, 0, s->history->probe_rows[s->history->n_probe_epochs - 1].epoch);
	list_release(&list);
}

void panel_image_list(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	bool mistakes = s->view->mistakes;
	struct list list;
	list_make(&list, mistakes ? LIST_MISTAKES : LIST_PROBES, h, s->view);
	int top = 0, shown = draw_gallery(s, c, r, &list, &top);
	if (!shown) {
		if (mistakes)
			mistake_rows(s, c, r, &list);
		else
			probe_rows(s, c, r, &list, true);
	}
	int used = 0;
	bool asked = list.order || list.filter[0];
	char part[48];
	if (list.of && asked)
		used = panel_list(c, r, used, &list, top, shown);
	used = panel_note(c, r, used, STYLE(INK_ACCENT),
			  mistakes ? "mistakes, m: probes" : "probes, m: mistakes");
	snprintf(part, sizeof(part), "%d-%d of %d", top + 1, top + shown, list.n);
	if (!asked && shown && shown < list.n)
		used = panel_note(c, r, used, STYLE(INK_MUTED), part);
	if (mistakes && h->n_mistakes)
		note_epoch(c, r, used, h->mistakes_epoch);
	else if (!mistakes && h->n_probe_epochs)
		note_epoch(c, r, used, h->probe_rows[h->n_probe_epochs - 1].epoch);
	list_release(&list);
}
