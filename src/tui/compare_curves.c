/* The comparison's charts: a figure each, every run's curve over the others'. */
#include "compare_pages.h"

#include "panel.h"
#include "series.h"
#include "thaw/term/plot_clock.h"

#include <math.h>
#include <stdio.h>

enum {
	CHART_W = 50, /* from which on charts stand side by side, and below each other */
	CHART_H = 11,
	CHARTS_MOST = 6,
	FEW = 4 /* runs whose envelopes do not hide each other */
};

/* What the axis counts, in a unit of which it shows several. */
static struct plot_count count_of(enum axis axis, double lo, double hi)
{
	static const struct {
		double seconds;
		const char *name;
	} units[] = {{1, "sec"}, {60, "min"}, {3600, "h"}, {86400, "days"}};
	size_t u = 0;
	if (axis == AXIS_CLOCK)
		return (struct plot_count){1, "clock"};
	if (axis != AXIS_TIME)
		return (struct plot_count){1, axis == AXIS_EPOCH ? "epoch" : "iter"};
	while (u + 1 < sizeof(units) / sizeof(*units) && (hi - lo) / units[u + 1].seconds > 3)
		u++;
	return (struct plot_count){1 / units[u].seconds, units[u].name};
}

static enum plot_scale scale_of(const struct compare_view *v, const struct figure *f)
{
	return f->scale == FIGURE_SHARE              ? PLOT_PERCENT
	       : f->scale == FIGURE_RATE || v->log_y ? PLOT_LOG
						     : PLOT_LINEAR;
}

struct chart {
	struct compare_view *v;
	size_t figure;
	struct curve_wish wish;
	enum plot_scale scale;
	struct range y;
	bool envelopes;
};

static void widen(struct chart *k, struct compare_run *r)
{
	const struct curve *c = compare_curve(r, k->figure, &k->wish);
	const struct series s = {
	    .x = c->x, .y = c->y, .lo = c->lo, .hi = c->hi, .n = c->n, .dense = c->dense};
	series_range(&s, (struct range){k->wish.lo, k->wish.hi, true}, k->scale, &k->y);
}

static void draw_envelope(const struct chart *k, struct plot *p, struct compare_run *r)
{
	const struct curve *c = compare_curve(r, k->figure, &k->wish);
	const struct style faint = STYLE(INK_RUN_FAINT(r->slot));
	p->letter = 0;
	if (c->dense)
		plot_band(p, c->x, c->lo, c->hi, c->n, faint);
	else if (smoothing_on(&k->wish.smoothing))
		plot_line(p, c->x, c->hi, c->n, faint); /* a value a place: as it was logged */
}

static void draw_curve(const struct chart *k, struct plot *p, struct compare_run *r)
{
	const struct curve *c = compare_curve(r, k->figure, &k->wish);
	struct style style = STYLE(INK_RUN(r->slot)), bold = STYLE_BOLD(INK_RUN(r->slot));
	p->letter = (uint32_t)comparison_letter(r->slot);
	plot_line(p, c->x, c->y, c->n, r->pinned ? bold : style);
}

static void draw_letter(const struct chart *k, struct plot *p, struct compare_run *r)
{
	const struct curve *c = compare_curve(r, k->figure, &k->wish);
	plot_end(p, c->x, c->y, c->n, (uint32_t)comparison_letter(r->slot),
		 STYLE_BOLD(INK_RUN(r->slot)));
}

/* Pinned ones last: they lie over the others. */
static void each_run(struct chart *k, struct plot *p,
		     void (*draw)(const struct chart *k, struct plot *p, struct compare_run *r))
{
	for (int pinned = 0; pinned < 2; pinned++)
		for (size_t i = 0; i < k->v->n_runs; i++) {
			struct compare_run *r = &k->v->runs[i];
			if (compare_shown(r) && r->pinned == pinned)
				draw(k, p, r);
		}
}

static void draw_field(struct chart *k, struct canvas *c, struct rect r)
{
	struct compare_view *v = k->v;
	struct plot p;
	struct plot_count count = count_of(v->axis, k->wish.lo, k->wish.hi);
	struct range x = {k->wish.lo, k->wish.hi, true};
	if (!plot_begin_counting(&p, c, r, x, k->y, k->scale, count))
		return;
	if (v->axis == AXIS_CLOCK)
		plot_clock_axis(&p, r.x);
	v->chart_w = p.r.w;
	canvas_zone(c, p.r, COMPARE_ZONE_CHART, (int)k->figure);
	if (k->envelopes)
		each_run(k, &p, draw_envelope);
	each_run(k, &p, draw_curve);
	each_run(k, &p, draw_letter);
	if (v->cross)
		plot_rule(&p, v->cross_x, 0x2502, STYLE(INK_ACCENT));
}

static void draw_chart(struct compare_view *v, size_t figure, struct canvas *c, struct rect r,
		       const struct curve_wish *wish)
{
	struct chart k = {.v = v, .figure = figure, .wish = *wish};
	char title[96];
	k.scale = scale_of(v, &figures[figure]);
	snprintf(title, sizeof(title), "%s%s%s", figures[figure].title,
		 k.scale == PLOT_PERCENT ? " %" : "", k.scale == PLOT_LOG ? ", log" : "");
	struct rect in = panel_head(c, r, title);
	k.wish.places = (size_t)(in.w > 1 ? in.w * 2 : 2);
	k.envelopes = v->envelope == ENVELOPE_ON ||
		      (v->envelope == ENVELOPE_AUTO && compare_n_shown(v) <= FEW);
	for (size_t i = 0; i < v->n_runs; i++)
		if (compare_shown(&v->runs[i]))
			widen(&k, &v->runs[i]);
	if (!k.y.any)
		panel_empty(c, in, "nothing of it lies here");
	else
		draw_field(&k, c, in);
}

/* The figures from the first one on that some run tells, as many as there is room for. */
static size_t choose_charts(const struct compare_view *v, size_t room, size_t charts[CHARTS_MOST])
{
	size_t n = 0;
	for (size_t i = 0; i < n_figures && n < room; i++) {
		size_t figure = (v->figure + i) % n_figures;
		if (compare_tells(v, figure))
			charts[n++] = figure;
	}
	return n;
}

struct grid {
	int columns, rows;
};

static struct grid grid_of(const struct compare_view *v, struct rect r)
{
	struct grid g = {r.w / CHART_W, r.h / CHART_H};
	g.columns = g.columns < 1 || v->large ? 1 : g.columns > 3 ? 3 : g.columns;
	g.rows = g.rows < 1 || v->large             ? 1
		 : g.rows > CHARTS_MOST / g.columns ? CHARTS_MOST / g.columns
						    : g.rows;
	return g;
}

static void draw_charts(struct compare_view *v, struct canvas *c, struct rect r, struct grid g,
			const size_t *charts, size_t n)
{
	struct curve_wish wish = {.axis = v->axis, .smoothing = v->smoothing};
	if (!n || !compare_window(v, &wish.lo, &wish.hi)) {
		panel_empty(c, r,
			    compare_n_shown(v) == 0
				? "no run is shown; Space shows one, a all of them"
			    : n ? "no run tells a place on this axis; x takes another"
				: "none of them tells a figure yet");
		return;
	}
	int rows = ((int)n + g.columns - 1) / g.columns;
	for (size_t i = 0; i < n; i++) {
		int column = (int)i % g.columns, row = (int)i / g.columns;
		int x0 = r.w * column / g.columns, x1 = r.w * (column + 1) / g.columns;
		int y0 = r.h * row / rows, y1 = r.h * (row + 1) / rows;
		if (i + 1 == n && column == 0) /* the last, alone in its row */
			x1 = r.w;
		draw_chart(v, charts[i], c,
			   (struct rect){r.x + x0, r.y + y0, x1 - x0 - (x1 < r.w), y1 - y0}, &wish);
	}
}

void compare_draw_curves(struct compare_view *v, struct canvas *c, struct rect r)
{
	size_t charts[CHARTS_MOST];
	int rows = compare_list_rows(v, r.h);
	struct rect above = {r.x, r.y, r.w, r.h - rows};
	struct grid g = grid_of(v, above);
	size_t n = choose_charts(v, (size_t)(g.columns * g.rows), charts);
	draw_charts(v, c, above, g, charts, n);
	compare_draw_list(v, c, (struct rect){r.x, r.y + r.h - rows, r.w, rows}, charts, n);
}
