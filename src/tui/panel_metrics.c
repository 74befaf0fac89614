/* The figures that the log has names for: a small chart each, or one of them enlarged. */
#include "list.h"
#include "metrics_grid.h"
#include "panel.h"
#include "series.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>

#define LETTER '*' /* of curves where there are neither dots nor colours */

/* A number of any size: 317, 0.0374, 2e+06 as 2e6. */
static const char *number(double v)
{
	return fabs(v) >= 1000 && fabs(v) < 999999.5 && v == floor(v) ? words_count((int64_t)v)
								      : words_rate(v);
}

/* The point that a chart tells of: at or before the crosshair, else the newest; NULL: there is none.
 */
static const struct history_point *told(const struct history_series *s, const struct view *v)
{
	size_t n = v->series_cross ? history_point_from(s, v->series_iter + 1) : s->n_points;
	return n ? history_point(s, n - 1) : NULL;
}

static enum plot_scale scale_of(const struct history_extent *e, const struct view *v)
{
	return v->series_log && e->n && e->hi > 0 ? PLOT_LOG : PLOT_LINEAR;
}

/* ---- a chart ---- */

static void draw_curve(const struct scene *s, struct canvas *c, struct plot *p,
		       const struct series *curve, const struct series *raw)
{
	bool faint = c->utf8 && c->colours > 0 && !curve->dense;
	if (curve->dense)
		plot_band(p, curve->x, curve->lo, curve->hi, curve->n, STYLE(INK_TRAIN_FAINT));
	if (faint)
		plot_line(p, raw->x, raw->y, raw->n, STYLE(INK_TRAIN_FAINT));
	p->letter = LETTER;
	plot_line(p, curve->x, curve->y, curve->n, STYLE(INK_TRAIN));
	if (curve->n <= 2)
		plot_points(p, curve->x, curve->y, curve->n, 0x25CF, STYLE(INK_TRAIN));
	plot_beyond(p, curve->x, curve->y, curve->n, STYLE(INK_TRAIN));
	if (s->view->series_cross)
		plot_rule(p, (double)s->view->series_iter, 0x2502, STYLE(INK_ACCENT));
}

/* Few points are joined as they are: a mean would hide them. */
enum { FEW_POINTS = 200 };

static void draw_chart(const struct scene *s, struct canvas *c, struct rect r,
		       const struct history_series *of, int zone)
{
	struct range x = metrics_window(of, s->view), y = {0};
	struct history_extent e = history_series_extent(of);
	enum plot_scale scale = scale_of(&e, s->view);
	size_t places = (size_t)r.w * 2;
	double smooth = of->n_points > FEW_POINTS ? fmin(fmax(s->view->smooth, 0), 0.99) : 0;
	struct series curve = point_series(of, x, places, smooth), raw = {0};
	if (smooth > 0)
		raw = point_series(of, x, places, 0);
	struct plot p;
	series_range(smooth > 0 && !curve.dense ? &raw : &curve, x, scale, &y);
	if (plot_begin(&p, c, r, x, y, scale)) {
		canvas_zone(c, p.r, zone, zone == ZONE_SERIES ? (int)(of - s->history->series) : 0);
		draw_curve(s, c, &p, &curve, &raw);
	}
	series_free(&curve);
	series_free(&raw);
}

/* ---- the grid ---- */

/* "0.0374 (0.0374…0.0927)", and the extent left out where it has no room. */
static int value_words(const struct history_series *of, const struct view *v, int room, bool utf8,
		       char *out, size_t size)
{
	const struct history_point *p = told(of, v);
	struct history_extent e = history_series_extent(of);
	const char *value = p ? number(p->value) : "-";
	snprintf(out, size, "%s (%s…%s)", value, number(e.lo), number(e.hi));
	if (!(e.lo < e.hi) || text_width(out, utf8) > room)
		snprintf(out, size, "%s", value);
	return text_width(out, utf8);
}

static void draw_head(const struct scene *s, struct canvas *c, struct rect r,
		      const struct history_series *of, bool selected)
{
	char words[160];
	int name_w = text_width(of->name, c->utf8), least = name_w < r.w / 2 ? name_w : r.w / 2;
	const struct history_point *p = told(of, s->view);
	bool bad = p && !isfinite(p->value);
	int used = value_words(of, s->view, r.w - least - 2, c->utf8, words, sizeof(words));
	row_select(c, r, r.y, selected);
	canvas_name(c, r.x, r.y, r.w - used - 1, row_style(STYLE_BOLD(INK_TITLE), selected),
		    of->name);
	canvas_text(c, r.x + r.w - used, r.y, used,
		    row_style(STYLE(bad ? INK_BAD : INK_NONE), selected), words);
}

static void draw_cell(const struct scene *s, struct canvas *c, struct rect r, int item)
{
	const struct history_series *of = &s->history->series[item];
	canvas_zone(c, r, ZONE_SERIES, item);
	draw_head(s, c, (struct rect){r.x, r.y, r.w, 1}, of, s->view->series == item);
	draw_chart(s, c, (struct rect){r.x, r.y + 1, r.w, r.h - 1}, of, ZONE_SERIES);
}

static void say_scale(const struct view *v, struct canvas *c, struct rect r)
{
	char zoom[16] = "", text[32];
	if (v->zoom > 0)
		snprintf(zoom, sizeof(zoom), "%d×", 1 << v->zoom);
	snprintf(text, sizeof(text), "%s%s%s", v->series_log ? "log" : "",
		 v->series_log && *zoom ? " " : "", zoom);
	if (*text)
		panel_word(c, r, text);
}

static int say_crosshair(const struct view *v, struct canvas *c, struct rect r)
{
	char text[48];
	if (!v->series_cross)
		return 0;
	snprintf(text, sizeof(text), "at %lld", (long long)v->series_iter);
	return panel_note(c, r, 0, STYLE(INK_ACCENT), text);
}

void panel_metrics(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	struct list list;
	if (h->n_series == 0) {
		panel_empty(c, r, "no metric yet");
		return;
	}
	list_make(&list, LIST_SERIES, h, s->view);
	struct metrics_grid g = metrics_grid(r, list.n);
	int n_rows = (list.n + g.cols - 1) / g.cols,
	    row = list_row(&list, s->view->series) / g.cols;
	int top = list_top(n_rows, g.rows, row) * g.cols;
	say_scale(s->view, c, r);
	panel_list(c, r, say_crosshair(s->view, c, r), &list, top, g.cols * g.rows);
	for (int i = 0; i < g.cols * g.rows && top + i < list.n; i++)
		draw_cell(s, c, metrics_cell(&g, i % g.cols, i / g.cols), list.at[top + i]);
	list_release(&list);
}

/* ---- one of them ---- */

/* "iteration 1,718 · epoch 2 · 0.0374", in as many words as there is room for. */
static void point_words(const struct history_point *p, struct strbuf *out)
{
	strbuf_addf(out, "%s at %s", number(p->value), words_count(p->iter));
	if (isfinite((double)p->epoch))
		strbuf_addf(out, " · epoch %s", words_rate((double)p->epoch));
	strbuf_addf(out, " · after %s", words_duration((double)p->t_ms / 1000));
}

static void draw_figures(const struct scene *s, struct canvas *c, struct rect r,
			 const struct history_series *of)
{
	struct history_extent e = history_series_extent(of);
	const struct history_point *p = told(of, s->view);
	struct strbuf text = STRBUF_INIT;
	if (p)
		point_words(p, &text);
	else
		strbuf_addstr(&text, "no point yet");
	if (e.n)
		strbuf_addf(&text, " · least %s · most %s · %s", number(e.lo), number(e.hi),
			    words_n((int64_t)of->n_points, "point"));
	if (e.gap)
		strbuf_addstr(&text, " · some not finite");
	canvas_text(c, r.x, r.y, r.w, STYLE(s->view->series_cross ? INK_ACCENT : INK_NONE),
		    text.buf);
	strbuf_release(&text);
}

static void note_place(const struct scene *s, struct canvas *c, struct rect r)
{
	struct list list;
	char text[64];
	list_make(&list, LIST_SERIES, s->history, s->view);
	snprintf(text, sizeof(text), "%d of %d%s", list_row(&list, s->view->series) + 1, list.n,
		 *list.filter ? ", filtered" : "");
	list_release(&list);
	int used = panel_note(c, r, 0, STYLE(INK_MUTED), text);
	panel_note(c, r, used, STYLE(INK_ACCENT), "↑↓: another, Esc: back");
}

void panel_metric(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (h->n_series == 0) {
		panel_empty(c, r, "no metric yet");
		return;
	}
	const struct history_series *of = &h->series[s->view->series];
	struct rect row = {r.x, r.y, r.w, 1};
	canvas_name(c, row.x, row.y, row.w, STYLE_BOLD(INK_TITLE), of->name);
	row.y++;
	draw_figures(s, c, row, of);
	draw_chart(s, c, (struct rect){r.x, r.y + 2, r.w, r.h - 2}, of, ZONE_CHART);
	say_scale(s->view, c, r);
	note_place(s, c, r);
}
