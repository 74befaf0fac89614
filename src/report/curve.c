#include "thaw/report/curve.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>

#define DENSE 1.5 /* points a place */

/* What has come for a place so far. */
struct gathering {
	struct curve *out;
	const struct curve_wish *wish;
	int64_t place;
	double sum_x, sum, lo, hi;
	size_t n;            /* points that are in the mean */
	bool any;            /* lo and hi are */
	double was_x, was_y; /* the point before, wherever it lies; NaN: none, or a gap */
};

static void add(struct curve *k, double x, double y, double lo, double hi)
{
	if (k->n == k->cap) {
		k->cap = k->cap ? k->cap * 2 : 64;
		k->x = xrealloc(k->x, k->cap, sizeof(double));
		k->y = xrealloc(k->y, k->cap, sizeof(double));
		k->lo = xrealloc(k->lo, k->cap, sizeof(double));
		k->hi = xrealloc(k->hi, k->cap, sizeof(double));
	}
	k->x[k->n] = x;
	k->y[k->n] = y;
	k->lo[k->n] = lo;
	k->hi[k->n++] = hi;
}

static void finish_place(struct gathering *g)
{
	double nan = (double)NAN, n = (double)g->n;
	if (g->n)
		add(g->out, g->sum_x / n, g->sum / n, g->any ? g->lo : nan, g->any ? g->hi : nan);
	g->n = 0;
	g->any = false;
	g->sum_x = g->sum = 0;
}

static int64_t place_of(const struct curve_wish *w, double x)
{
	double place = (x - w->lo) / (w->hi - w->lo) * (double)w->places;
	return place >= (double)w->places ? (int64_t)w->places - 1 : (int64_t)place;
}

/* Where the line from the point before crosses an edge of the window on its way to this one. */
static void add_edge(struct gathering *g, double edge, double x, double y)
{
	bool crosses = isfinite(g->was_y) && isfinite(y) && g->was_x < edge && x > edge;
	if (!crosses)
		return;
	finish_place(g);
	add(g->out, edge, g->was_y + (y - g->was_y) * (edge - g->was_x) / (x - g->was_x),
	    (double)NAN, (double)NAN);
}

static void add_point(struct gathering *g, double x, double smooth, double raw)
{
	int64_t place = place_of(g->wish, x);
	if (place != g->place)
		finish_place(g);
	g->place = place;
	g->out->n_points++;
	g->lo = g->any && g->lo <= raw ? g->lo : raw;
	g->hi = g->any && g->hi >= raw ? g->hi : raw;
	g->any = true;
	g->sum_x += x;
	g->sum += smooth;
	g->n++;
}

static void add_gap(struct gathering *g, double x)
{
	double nan = (double)NAN;
	finish_place(g);
	if (g->out->n && isfinite(g->out->y[g->out->n - 1]))
		add(g->out, x, nan, nan, nan);
	g->place = -1;
	g->was_y = nan;
}

static void take(struct gathering *g, struct smoother *s, const struct figure_point *p)
{
	const struct curve_wish *w = g->wish;
	double x = p->at[w->axis];
	bool within = x >= w->lo && x <= w->hi;
	if (p->wild || !isfinite(x)) /* an accident's is in no mean */
		return;
	double y = smoother_next(s, p->value);
	if (!isfinite(y)) {
		add_gap(g, x);
		return;
	}
	add_edge(g, w->lo, x, y);
	if (within)
		add_point(g, x, y, p->value);
	add_edge(g, w->hi, x, y);
	g->was_x = x;
	g->was_y = y;
}

void curve_make(struct curve *k, const struct course *c, const struct figure *f,
		const struct curve_wish *wish)
{
	struct gathering g = {.out = k, .wish = wish, .place = -1, .was_y = (double)NAN};
	struct figure_walk walk;
	struct figure_point p;
	struct smoother s;
	*k = (struct curve){0};
	smoother_init(&s, &wish->smoothing);
	figure_walk(&walk, c, f);
	walk.axes = 1u << wish->axis;
	while (figure_next(&walk, &p))
		take(&g, &s, &p);
	finish_place(&g);
	k->dense = (double)k->n_points > DENSE * (double)wish->places;
	smoother_release(&s);
}

void curve_release(struct curve *k)
{
	free(k->x);
	free(k->y);
	free(k->lo);
	free(k->hi);
	*k = (struct curve){0};
}

struct opt_double curve_at(const struct curve *k, double x, double end)
{
	struct opt_double v = {0};
	double slack = fabs(x) * 1e-12;
	if (x > end + slack)
		return v;
	for (size_t i = 0; i < k->n && k->x[i] <= x + slack; i++)
		v = (struct opt_double){isfinite(k->y[i]) ? k->y[i] : 0, isfinite(k->y[i])};
	return v;
}
