/* The image under the cursor: its picture in half blocks, what the network says now, and how that
 * went over the epochs. */
#include "panel.h"
#include "thaw/term/picture.h"
#include "thaw/base/words.h"
#include "thaw/base/alloc.h"
#include "thaw/term/plot.h"
#include "thaw/base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PROBS 128
#define CHART_LEAST 16 /* rows from which on there is a chart, */
#define CHART_H 18     /* and that it gets at most while a picture could be larger */

/* The classes to show, likeliest first, the true one among them. Returns how many. */
static int likeliest(const double *probs, int n, int rows, int64_t label, int *out)
{
	int shown = 0;
	for (int k = 0; k < n; k++) {
		int at = shown;
		if (shown == rows && !(probs[k] > probs[out[rows - 1]]))
			continue;
		shown += shown < rows;
		for (at = shown - 1; at > 0 && probs[out[at - 1]] < probs[k]; at--)
			out[at] = out[at - 1];
		out[at] = k;
	}
	for (int i = 0; i < shown; i++)
		if (out[i] == label)
			return shown;
	if (shown && label >= 0 && label < n)
		out[shown - 1] = (int)label;
	return shown;
}

void draw_probs(const struct scene *s, const double *probs, int64_t label, struct canvas *c,
		struct rect r)
{
	const struct history *h = s->history;
	int ids[MOST_PROBS], n = (int)h->run.n_classes, top = history_probe_top(h, probs);
	int rows = r.h < MOST_PROBS ? r.h : MOST_PROBS, name_w = 4;
	if (n > rows)
		n = likeliest(probs, n, rows, label, ids);
	else
		for (int i = 0; i < n; i++)
			ids[i] = i;
	int most = r.w >= 24 ? r.w - 14 > 18 ? 18 : r.w - 14 : r.w - 7;
	for (int i = 0; i < n; i++) {
		int w = text_width(class_short(s, ids[i], most, c->utf8), c->utf8);
		name_w = w > name_w ? w : name_w;
	}
	name_w = name_w > most ? most : name_w;
	for (int i = 0; i < n; i++) {
		int k = ids[i], x = r.x + 1;
		bool truth = k == label;
		struct style style = STYLE(truth ? INK_GOOD : k == top ? INK_BAD : INK_MUTED);
		canvas_put(c, r.x, r.y + i, truth ? 0x25B8 : ' ', style);
		canvas_text(c, x, r.y + i, name_w, style, class_short(s, k, most, c->utf8));
		x += name_w;
		canvas_textf(c, x, r.y + i, 6, STYLE(INK_NONE), "%5.1f%%", probs[k] * 100);
		canvas_bar(c, x + 7, r.y + i, r.x + r.w - x - 7, probs[k], style);
	}
}

/* The probability of every class over the epochs, the true one drawn last. */
static void draw_history(const struct history *h, size_t probe, struct canvas *c, struct rect r)
{
	size_t n = h->n_probe_epochs;
	int64_t label = h->probes[probe].label;
	struct plot p;
	struct range x = {0, n ? fmax(1, (double)h->probe_rows[n - 1].epoch) : 1, true},
		     y = {0, 1, true};
	if (n == 0 || !plot_begin(&p, c, r, x, y, PLOT_PERCENT))
		return;
	double *xs = xcalloc(n, sizeof(*xs)), *ys = xcalloc(n, sizeof(*ys));
	size_t n_classes = h->run.n_classes;
	for (size_t k = 0; k < n_classes; k++) {
		size_t shown = k < n_classes - 1 ? k + ((int64_t)k >= label) : (size_t)label;
		if (label < 0 || shown >= n_classes)
			shown = k;
		for (size_t i = 0; i < n; i++) {
			const double *probs = history_probe_probs(h, probe, i);
			xs[i] = (double)h->probe_rows[i].epoch;
			ys[i] = probs ? probs[shown] : NAN;
		}
		plot_line(&p, xs, ys, n, STYLE((int64_t)shown == label ? INK_GOOD : INK_FRAME));
		if ((int64_t)shown == label)
			plot_points(&p, xs, ys, n, 0x25CF, STYLE(INK_GOOD));
	}
	free(xs);
	free(ys);
}

void draw_prob_chart(const struct scene *s, size_t at, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	const char *title = r.w < 50 ? "% by epoch" : "probability of each class % by epoch";
	int used = canvas_text(c, r.x, r.y, r.w, STYLE(INK_MUTED), title);
	canvas_textf(c, r.x + used + 1, r.y, r.w - used - 1, STYLE(INK_GOOD), "● %s",
		     class_short(s, h->probes[at].label, r.w - used - 3, c->utf8));
	draw_history(h, at, c, (struct rect){r.x, r.y + 1, r.w, r.h - 1});
}

#define TWO_W 116   /* from here on the picture and where the network looks stand side by side */
#define BESIDE_W 44 /* columns that stay for the words then */
#define LARGER 3    /* at most that many dots for one of the picture's */

static bool are_two(struct rect r, const struct picture *look)
{
	return look && look->heat && r.w >= TWO_W;
}

/* Columns that a picture may take. */
static int art_width(struct rect r, const struct picture *look)
{
	return are_two(r, look) ? (r.w - BESIDE_W) / 2 : r.w / 2;
}

/* Rows above the chart, where there is one: half, or where that leaves the chart more than it
 * needs what the picture and the classes beside it take. */
static int rows_above(const struct history *h, struct rect r, const struct picture *p,
		      const struct picture *look)
{
	int half = r.h / 2 + 1, most = r.h - CHART_H;
	if (r.h < CHART_LEAST || most <= half)
		return r.h < CHART_LEAST ? r.h : half;
	struct rect room = {0, 0, art_width(r, look), most - 1};
	int art = picture_box(p, room, LARGER).h + 1, words = (int)h->run.n_classes + 4;
	int rows = art > words ? art : words;
	return rows > most ? most : rows;
}

/* The picture with its title beside it, and between them where the network looks, if there is
 * `look` and room for it. Returns what is left beside the pictures below the title; *below: the
 * first row under them. */
static struct rect draw_head(const struct scene *s, struct canvas *c, struct rect r,
			     const struct picture *p, const struct picture *look, int64_t label,
			     const char *path, int *below)
{
	bool two = are_two(r, look);
	struct rect art = {r.x, r.y, art_width(r, look), r.h};
	struct rect box = picture_draw(c, p, art, LARGER);
	if (two && box.w) {
		art.x = box.x + box.w + 1;
		box = picture_draw(c, look, art, LARGER);
	}
	int x = box.w ? box.x + box.w + 2 : r.x, room = r.x + r.w - x;
	canvas_text(c, x, r.y, room, STYLE_BOLD(INK_TITLE), class_short(s, label, room, c->utf8));
	if (r.h > 1)
		canvas_name(c, x, r.y + 1, room, STYLE(INK_MUTED), path_tail(path, 2));
	*below = r.y + (box.h > 2 ? box.h : 2);
	return (struct rect){x, r.y + 3, room, r.h > 3 ? r.h - 3 : 0};
}

static void draw_probe(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	size_t at = (size_t)s->view->probe;
	const struct history_probe *p = &h->probes[at];
	struct picture picture = probe_picture(h, at, s->view->look);
	struct picture look = probe_picture(h, at, true);
	const struct picture *second = s->view->look ? NULL : &look;
	bool chart = r.h >= CHART_LEAST;
	int upper = rows_above(h, r, &picture, second), below;
	struct rect beside = draw_head(s, c, (struct rect){r.x, r.y, r.w, upper - chart}, &picture,
				       second, p->label, p->path, &below);
	const double *probs =
	    h->n_probe_epochs ? history_probe_probs(h, at, h->n_probe_epochs - 1) : NULL;
	if (probs && beside.h > 0)
		draw_probs(s, probs, p->label, c, beside);
	if (chart)
		draw_prob_chart(s, at, c, (struct rect){r.x, r.y + upper, r.w, r.h - upper});
	struct rect framed = {r.x - 1, r.y, r.w + 2, r.h};
	int used = panel_note(c, framed, 0, STYLE(INK_ACCENT), "Enter: layer by layer");
	if (s->view->look && !p->cam)
		panel_note(c, framed, used, STYLE(INK_WARN), "no activation map in this log");
	else if (p->cam)
		panel_note(c, framed, used, STYLE(INK_ACCENT),
			   s->view->look ? "a: as it is" : "a: where it looks");
}

/* How often this mistake was made in the newest epoch that tells: "rose was taken for …". */
static void mistake_words(const struct scene *s, int w, bool utf8, const struct history_mistake *m,
			  char *out, size_t size)
{
	const struct history_epoch *e = history_newest_classes(s->history, NULL);
	size_t n = e ? e->n_classes : 0, from = (size_t)m->label, to = (size_t)m->said;
	*out = '\0';
	if (e && e->confusion && from < n && to < n)
		snprintf(out, size, "%s was taken for %s %s of %lld in epoch %lld",
			 class_short(s, m->label, w, utf8), class_short(s, m->said, w, utf8),
			 words_n(e->confusion[from * n + to], "time"), (long long)e->classes[from].n,
			 (long long)e->epoch);
}

/* What was said, and what is true, as bars. */
static void draw_two(const struct scene *s, const struct history_mistake *m, struct canvas *c,
		     struct rect r)
{
	const struct {
		int64_t class;
		double prob;
		enum ink ink;
	} bars[] = {{m->said, m->prob_said, INK_BAD}, {m->label, m->prob_label, INK_GOOD}};
	int name_w = 4, most = r.w - 14 > 4 ? r.w - 14 : 4;
	for (int i = 0; i < 2; i++) {
		int w = text_width(class_short(s, bars[i].class, most, c->utf8), c->utf8);
		name_w = w > name_w ? w : name_w;
	}
	name_w = name_w > most ? most : name_w;
	for (int i = 0; i < 2 && i < r.h; i++) {
		canvas_text(c, r.x, r.y + i, name_w, STYLE(bars[i].ink),
			    class_short(s, bars[i].class, most, c->utf8));
		canvas_textf(c, r.x + name_w, r.y + i, 6, STYLE(INK_NONE), "%5.1f%%",
			     bars[i].prob * 100);
		canvas_bar(c, r.x + name_w + 7, r.y + i, r.w - name_w - 7, bars[i].prob,
			   STYLE(bars[i].ink));
	}
}

static void draw_mistake(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	size_t at = (size_t)s->view->mistake;
	const struct history_mistake *m = &h->mistakes[at];
	struct picture picture = mistake_picture(h, at);
	char words[256];
	int below;
	struct rect beside = draw_head(s, c, (struct rect){r.x, r.y, r.w, r.h > 6 ? r.h - 2 : r.h},
				       &picture, NULL, m->label, m->path, &below);
	if (beside.h > 0)
		canvas_textf(c, beside.x, beside.y, beside.w, STYLE(INK_BAD), "✗ taken for %s",
			     class_short(s, m->said, beside.w - 12, c->utf8));
	draw_two(s, m, c, (struct rect){beside.x, beside.y + 1, beside.w, beside.h - 1});
	mistake_words(s, (r.w - 44) / 2 > 12 ? (r.w - 44) / 2 : 12, c->utf8, m, words,
		      sizeof(words));
	if (below + 1 < r.y + r.h)
		canvas_text(c, r.x, below + 1, r.w, STYLE(INK_MUTED), words);
	snprintf(words, sizeof(words), "%zu of %zu, the surest first", at + 1, h->n_mistakes);
	panel_note(c, (struct rect){r.x - 1, r.y, r.w + 2, r.h}, 0, STYLE(INK_MUTED), words);
}

void panel_image(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	struct rect inside = {r.x + 1, r.y, r.w - 2, r.h};
	bool mistakes = s->view->mistakes;
	if (!h->has_run || (mistakes ? h->n_mistakes : h->n_probes) == 0)
		panel_empty(c, r,
			    mistakes ? "no mistakes in this log" : "no probe images in this log");
	else if (mistakes)
		draw_mistake(s, c, inside);
	else
		draw_probe(s, c, inside);
}
