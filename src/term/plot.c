#include "thaw/term/plot.h"

#include <float.h>
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

/* The whole number nearest to `v`, between the two; `lo` for what is none. */
static int whole(double v, int lo, int hi)
{
	return !(v > lo) ? lo : v >= hi ? hi : (int)lround(v);
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
	if (!r->any || fmax(fabs(r->lo), fabs(r->hi)) > 1e300) /* air would make it infinite */
		*r = (struct range){0, 1, true};
	double lo = r->lo, hi = r->hi, scale = fmax(fabs(lo), fabs(hi));
	double air = (hi - lo) * 0.04;
	if (hi - lo < scale * 1e-9 || hi - lo < 1e-300)
		air = scale > 0 ? scale * 0.1 : 1;
	r->lo = lo >= 0 && lo - air < 0 ? 0 : lo - air;
	r->hi = hi <= most && hi + air > most ? most : hi + air;
}

static void y_label(const struct plot *p, double v, double step, char *out, size_t size)
{
	if (fabs(v) < step * 1e-6)
		v = 0;
	int digits = whole(ceil(-log10(step) - 1e-9), -DBL_MAX_10_EXP, DBL_MAX_10_EXP);
	if (p->scale == PLOT_PERCENT)
		snprintf(out, size, "%.*f", digits > 2 ? digits - 2 : 0, v * 100);
	else if (fabs(v) >= 1e5 || digits > 5)
		snprintf(out, size, "%.1e", v);
	else
		snprintf(out, size, "%.*f", digits > 0 ? digits : 0, v);
}

/* Where a value stands between y0 and y1; NaN when the scale cannot show it. */
static double scaled(const struct plot *p, double y)
{
	return p->scale == PLOT_LOG ? y > 0 ? log10(y) : NAN : y;
}

/* A value as a dot number, kept near the field so that wild values cost nothing. */
static int dot_of(double share, int dots)
{
	return whole(share * (dots - 1), -dots, 2 * dots);
}

static int dot_x(const struct plot *p, double x)
{
	return dot_of((x - p->x0) / (p->x1 - p->x0), p->r.w * 2);
}

static int dot_y(const struct plot *p, double y)
{
	return dot_of((p->y1 - scaled(p, y)) / (p->y1 - p->y0), p->r.h * 4);
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
	return whole(floor((hi - first_tick(lo, step)) / step + 1e-9) + 1, 0, 1000);
}

#define MAX_TICKS 16

struct ticks {
	int n, label_w;
	double at[MAX_TICKS];
	char label[MAX_TICKS][32];
};

static void add_tick(const struct plot *p, struct ticks *t, double v, double step)
{
	if (t->n == MAX_TICKS)
		return;
	char *label = t->label[t->n];
	t->at[t->n++] = v;
	y_label(p, v, step, label, sizeof(t->label[0]));
	t->label_w = (int)strlen(label) > t->label_w ? (int)strlen(label) : t->label_w;
}

static void linear_ticks(const struct plot *p, struct ticks *t, double lo, double hi, int most)
{
	double step = nice_step(hi - lo, most);
	for (int i = 0; i < n_ticks(lo, hi, step); i++)
		add_tick(p, t, first_tick(lo, step) + i * step, step);
}

/* Round numbers of each decade, as many as there is room for; few decades get evenly spaced ones.
 */
static void log_ticks(const struct plot *p, struct ticks *t, int most)
{
	static const double leads[][9] = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 5}, {1}};
	for (size_t set = 0; set < sizeof(leads) / sizeof(*leads); set++) {
		*t = (struct ticks){0};
		for (double k = floor(p->y0); k <= p->y1; k++)
			for (int i = 0; i < 9 && leads[set][i] > 0; i++) {
				double v = leads[set][i] * pow(10, k);
				if (log10(v) >= p->y0 && log10(v) <= p->y1)
					add_tick(p, t, v, pow(10, k));
			}
		if (t->n <= most)
			break;
	}
	if (t->n < 2 && p->y1 - p->y0 < 2) {
		*t = (struct ticks){0};
		linear_ticks(p, t, pow(10, p->y0), pow(10, p->y1), most);
	}
}

static void draw_y_axis(struct plot *p, const struct ticks *t)
{
	for (int y = 0; y < p->r.h; y++)
		canvas_put(p->canvas, p->r.x - 1, p->r.y + y, 0x2502, STYLE(INK_FRAME));
	for (int i = 0; i < t->n; i++) {
		int y = row_of(p, t->at[i]);
		canvas_right(p->canvas, p->r.x - 1 - t->label_w, y, t->label_w, STYLE(INK_MUTED),
			     t->label[i]);
		canvas_put(p->canvas, p->r.x - 1, y, 0x2524, STYLE(INK_FRAME));
	}
}

static void draw_x_axis(struct plot *p)
{
	int y = p->r.y + p->r.h;
	double step = nice_step(p->x1 - p->x0, p->r.w / 5);
	if (step < 1 && p->x1 - p->x0 > 1) /* parts of an epoch only where it is all there is */
		step = 1;
	for (int i = 0; i < n_ticks(p->x0, p->x1, step); i++) {
		double v = first_tick(p->x0, step) + i * step;
		int x = plot_column(p, v);
		char label[32];
		snprintf(label, sizeof(label), "%.*f", step < 0.1 ? 2 : step < 1, v);
		int w = (int)strlen(label), at = x - w / 2;
		if (at + w > p->r.x + p->r.w)
			at = p->r.x + p->r.w - w;
		if (x >= 0)
			canvas_text(p->canvas, at, y, w, STYLE(INK_MUTED), label);
	}
}

static struct range log_range(struct range y)
{
	if (!y.any || !(y.hi > 0))
		return (struct range){0, 1, true};
	double hi = log10(y.hi), lo = y.lo > 0 ? log10(y.lo) : hi - 3;
	double air = fmax((hi - lo) * 0.04, 0.01);
	return (struct range){lo - air, hi + air, true};
}

bool plot_begin(struct plot *p, struct canvas *c, struct rect area, struct range x, struct range y,
		enum plot_scale scale)
{
	int rows = area.h - 1;
	if (area.w < 10 || rows < 2)
		return false;
	if (scale == PLOT_LOG)
		y = log_range(y);
	else
		padded_range(&y, scale == PLOT_PERCENT ? 1 : INFINITY);
	*p = (struct plot){.canvas = c, .y0 = y.lo, .y1 = y.hi, .x0 = x.lo, .scale = scale};
	p->x1 = x.hi > x.lo ? x.hi : x.lo + 1;
	struct ticks t = {0};
	int most = rows / 2 < 1 ? 1 : rows / 2 > 6 ? 6 : rows / 2;
	if (scale == PLOT_LOG)
		log_ticks(p, &t, most);
	else
		linear_ticks(p, &t, y.lo, y.hi, most);
	if (t.label_w < 1)
		t.label_w = 1;
	p->r = (struct rect){area.x + t.label_w + 1, area.y, area.w - t.label_w - 1, rows};
	if (p->r.w < 4)
		return false;
	draw_y_axis(p, &t);
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
	const struct cell *cell = canvas_at(p->canvas, p->r.x + dx / 2, p->r.y + dy / 4);
	bool faint = s.fg == INK_TRAIN_FAINT;
	if (cell && faint && !cell->dots && cell->ch != ' ' && cell->ch != 0x250A)
		return; /* behind a mark */
	if (cell && cell->dots && cell->style.fg == INK_TRAIN_FAINT && !faint)
		canvas_put(p->canvas, p->r.x + dx / 2, p->r.y + dy / 4, ' ',
			   s); /* in front of it */
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
		if (!isfinite(xs[i]) || !isfinite(scaled(p, ys[i]))) {
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
		double y = scaled(p, ys[i]);
		if (!isfinite(y) || y < p->y0 - 1e-12 || y > p->y1 + 1e-12)
			continue;
		int x = plot_column(p, xs[i]);
		if (x >= 0)
			canvas_put(p->canvas, x, row_of(p, ys[i]), ch, s);
	}
}

void plot_mark(struct plot *p, double x, uint32_t top, struct style s)
{
	int column = plot_column(p, x), row = 0;
	int most = p->r.h / 4 < 3 ? p->r.h / 3 : p->r.h / 4;
	if (column < 0)
		return;
	for (; row < most; row++) {
		const struct cell *cell = canvas_at(p->canvas, column, p->r.y + row);
		if (!cell || cell->ch == ' ' || cell->ch == 0x250A || cell->ch == top)
			break;
	}
	if (row > 0 && row == most)
		return;
	canvas_put(p->canvas, column, p->r.y + row, top, s);
	for (int y = row + 1; y < p->r.h; y++)
		canvas_put(p->canvas, column, p->r.y + y, 0x250A, STYLE(INK_FRAME));
}

void plot_rule(struct plot *p, double x, uint32_t ch, struct style s)
{
	int column = isfinite(x) ? plot_column(p, x) : -1;
	for (int y = 0; y < p->r.h && column >= 0; y++) {
		const struct cell *cell = canvas_at(p->canvas, column, p->r.y + y);
		if (cell &&
		    (cell->ch == ' ' || cell->ch == 0x250A || cell->style.fg == INK_TRAIN_FAINT))
			canvas_put(p->canvas, column, p->r.y + y, ch, s);
	}
}

/* How high a group of arrows goes, behind the last of them, where that covers nothing. */
static void label_beyond(struct plot *p, int column, double most, struct style s)
{
	char text[32];
	snprintf(text, sizeof(text), most < 1000 ? "%.1f" : "%.1e", most);
	int w = (int)strlen(text);
	if (column < 0 || column + 1 + w > p->r.x + p->r.w)
		return;
	for (int x = column + 1; x <= column + w; x++) {
		const struct cell *cell = canvas_at(p->canvas, x, p->r.y);
		if (!cell || (cell->ch != ' ' && !cell->dots))
			return;
	}
	canvas_text(p->canvas, column + 1, p->r.y, w, s, text);
}

void plot_beyond(struct plot *p, const double *xs, const double *ys, size_t n, struct style s)
{
	double most = 0;
	int last = -1;
	for (size_t i = 0; i < n; i++) {
		int x = plot_column(p, xs[i]);
		if (x < 0 || !isfinite(ys[i]) || !(scaled(p, ys[i]) > p->y1))
			continue;
		if (last >= 0 &&
		    x > last + 6) { /* another group, with room for a label before it */
			label_beyond(p, last, most, s);
			most = 0;
		}
		const struct cell *cell = canvas_at(p->canvas, x, p->r.y);
		if (!cell || cell->ch == '.' || (cell->ch >= '0' && cell->ch <= '9'))
			continue; /* how high another curve goes */
		canvas_put(p->canvas, x, p->r.y, 0x2191, s);
		most = ys[i] > most ? ys[i] : most;
		last = x > last ? x : last;
	}
	label_beyond(p, last, most, s);
}
