#include "thaw/tui/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void range_add(struct range *r, double v)
{
	if (!isfinite(v))
		return;
	if (!r->any || v < r->lo)
		r->lo = v;
	if (!r->any || v > r->hi)
		r->hi = v;
	r->any = true;
}

double nice_step(double span, int most)
{
	if (most < 1)
		most = 1;
	double raw = span / most;
	double power = pow(10, floor(log10(raw)));
	static const double steps[] = {1, 2, 5, 10};
	for (size_t i = 0; i < 4; i++)
		if (steps[i] * power >= raw * (1 - 1e-9))
			return steps[i] * power;
	return 10 * power;
}

void padded_range(struct range *r, double most)
{
	if (!r->any || r->hi - r->lo > 1e300)
		*r = (struct range){0, 1, true};
	double lo = r->lo, hi = r->hi, scale = fmax(fabs(lo), fabs(hi));
	double air = (hi - lo) * 0.04;
	if (hi - lo < scale * 1e-9 || hi - lo < 1e-300)
		air = scale > 0 ? scale * 0.1 : 1;
	r->lo = lo >= 0 && lo - air < 0 ? 0 : lo - air;
	r->hi = hi <= most && hi + air > most ? most : hi + air;
}

static void y_label(char *out, size_t size, double v, double step, bool percent)
{
	if (fabs(v) < step * 1e-6)
		v = 0;
	int digits = (int)ceil(-log10(step) - 1e-9);
	if (percent)
		snprintf(out, size, "%.*f", digits > 2 ? digits - 2 : 0, v * 100);
	else if (fabs(v) >= 1e5 || digits > 5)
		snprintf(out, size, "%.1e", v);
	else
		snprintf(out, size, "%.*f", digits > 0 ? digits : 0, v);
}

/* A value as a dot number, kept near the field so that wild values cost nothing. */
static int dot_of(double share, int dots)
{
	double d = share * (dots - 1);
	return (int)lround(d < -dots ? -dots : d > 2 * dots ? 2 * dots : d);
}

static int dot_x(const struct plot *p, double x)
{
	return dot_of((x - p->x0) / (p->x1 - p->x0), p->r.w * 2);
}

static int dot_y(const struct plot *p, double y)
{
	return dot_of((p->y1 - y) / (p->y1 - p->y0), p->r.h * 4);
}

static int row_of(const struct plot *p, double y)
{
	return p->r.y + dot_y(p, y) / 4;
}

/* The first multiple of `step` in a range, and how many there are. */
static double first_tick(double lo, double step)
{
	return ceil(lo / step - 1e-9) * step;
}

static int n_ticks(double lo, double hi, double step)
{
	double n = floor((hi - first_tick(lo, step)) / step + 1e-9) + 1;
	return n < 0 ? 0 : n > 1000 ? 1000 : (int)n;
}

static void draw_y_axis(struct plot *p, int label_w, double step, bool percent)
{
	for (int y = 0; y < p->r.h; y++)
		canvas_put(p->canvas, p->r.x - 1, p->r.y + y, 0x2502, STYLE(INK_FRAME));
	for (int i = 0; i < n_ticks(p->y0, p->y1, step); i++) {
		char label[32];
		double v = first_tick(p->y0, step) + i * step;
		y_label(label, sizeof(label), v, step, percent);
		canvas_right(p->canvas, p->r.x - 1 - label_w, row_of(p, v), label_w,
			     STYLE(INK_MUTED), label);
		canvas_put(p->canvas, p->r.x - 1, row_of(p, v), 0x2524, STYLE(INK_FRAME));
	}
}

static void draw_x_axis(struct plot *p)
{
	int y = p->r.y + p->r.h;
	double step = nice_step(p->x1 - p->x0, p->r.w / 5);
	if (step < 1)
		step = 1;
	for (int i = 0; i < n_ticks(p->x0, p->x1, step); i++) {
		double v = first_tick(p->x0, step) + i * step;
		int x = plot_column(p, v);
		char label[32];
		snprintf(label, sizeof(label), "%.0f", v);
		int w = (int)strlen(label), at = x - w / 2;
		if (at + w > p->r.x + p->r.w)
			at = p->r.x + p->r.w - w;
		if (x >= 0)
			canvas_text(p->canvas, at, y, w, STYLE(INK_MUTED), label);
	}
}

bool plot_begin(struct plot *p, struct canvas *c, struct rect area, struct range x, struct range y,
		bool percent)
{
	int rows = area.h - 1;
	if (area.w < 10 || rows < 2)
		return false;
	padded_range(&y, percent ? 1 : INFINITY);
	int most = rows / 2 < 1 ? 1 : rows / 2 > 6 ? 6 : rows / 2;
	double lo = y.lo, hi = y.hi, step = nice_step(hi - lo, most);
	int label_w = 1;
	for (int i = 0; i < n_ticks(lo, hi, step); i++) {
		char label[32];
		y_label(label, sizeof(label), first_tick(lo, step) + i * step, step, percent);
		label_w = (int)strlen(label) > label_w ? (int)strlen(label) : label_w;
	}
	*p = (struct plot){
	    .canvas = c, .y0 = lo, .y1 = hi, .x0 = x.lo, .x1 = x.hi > x.lo ? x.hi : x.lo + 1};
	p->r = (struct rect){area.x + label_w + 1, area.y, area.w - label_w - 1, rows};
	if (p->r.w < 4)
		return false;
	draw_y_axis(p, label_w, step, percent);
	draw_x_axis(p);
	return true;
}

int plot_column(const struct plot *p, double x)
{
	double share = (x - p->x0) / (p->x1 - p->x0);
	if (!(share >= -1e-9 && share <= 1 + 1e-9))
		return -1;
	return p->r.x + dot_x(p, x) / 2;
}

/* Set one dot; dx, dy count dots from the upper left corner of the field. */
static void dot(struct plot *p, int dx, int dy, struct style s)
{
	static const unsigned char bit[4][2] = {
	    {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
	if (dx < 0 || dy < 0 || dx >= p->r.w * 2 || dy >= p->r.h * 4)
		return;
	canvas_dots(p->canvas, p->r.x + dx / 2, p->r.y + dy / 4, bit[dy % 4][dx % 2], s);
}

static void dot_line(struct plot *p, int x0, int y0, int x1, int y1, struct style s)
{
	int steps = abs(x1 - x0) > abs(y1 - y0) ? abs(x1 - x0) : abs(y1 - y0);
	for (int i = 0; i <= steps; i++) {
		double t = steps ? (double)i / steps : 0;
		dot(p, x0 + (int)lround(t * (x1 - x0)), y0 + (int)lround(t * (y1 - y0)), s);
	}
}

void plot_line(struct plot *p, const double *xs, const double *ys, size_t n, struct style s)
{
	bool joined = false;
	int px = 0, py = 0;
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(xs[i]) || !isfinite(ys[i])) {
			joined = false;
			continue;
		}
		int x = dot_x(p, xs[i]), y = dot_y(p, ys[i]);
		dot_line(p, joined ? px : x, joined ? py : y, x, y, s);
		px = x;
		py = y;
		joined = true;
	}
}

void plot_points(struct plot *p, const double *xs, const double *ys, size_t n, uint32_t ch,
		 struct style s)
{
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(ys[i]) || ys[i] < p->y0 - 1e-12 || ys[i] > p->y1 + 1e-12)
			continue;
		int x = plot_column(p, xs[i]);
		if (x >= 0)
			canvas_put(p->canvas, x, row_of(p, ys[i]), ch, s);
	}
}

void plot_mark(struct plot *p, double x, uint32_t top, struct style s)
{
	int column = plot_column(p, x);
	if (column < 0)
		return;
	for (int y = 1; y < p->r.h; y++)
		canvas_put(p->canvas, column, p->r.y + y, 0x250A, STYLE(INK_FRAME));
	canvas_put(p->canvas, column, p->r.y, top, s);
}
