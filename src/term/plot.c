#include "plot_place.h"

#include "thaw/base/words.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
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
	else if (fabs(v) >= 1e5 || digits > 3)
		snprintf(out, size, "%s", words_rate(v));
	else
		snprintf(out, size, "%.*f", digits > 0 ? digits : 0, v);
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
#define MAX_X_TICKS 10

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

/* At least two where the range has so many: a lone number says nothing of the distance. */
static void linear_ticks(const struct plot *p, struct ticks *t, double lo, double hi, int most)
{
	double step = nice_step(hi - lo, most);
	for (int more = 1; n_ticks(lo, hi, step) < 2 && more < 5; more++)
		step = nice_step(hi - lo, most + more);
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

/* The number below a tick, unless it would touch the one before it; returns where the next may
 * begin. */
static int draw_x_label(struct plot *p, int column, int from, double v)
{
	char label[32];
	int w = snprintf(label, sizeof(label), "%.0f", v), last = p->r.x + p->r.w - w;
	int at = column - w / 2;
	at = at > last ? last : at < p->r.x ? p->r.x : at;
	if (at < from)
		return from;
	canvas_text(p->canvas, at, p->r.y + p->r.h, w, STYLE(INK_MUTED), label);
	return at + w + 1;
}

/* Whole numbers of what is counted, with room between them. */
static void draw_x_axis(struct plot *p, const struct plot_count *count)
{
	double lo = p->x0 * count->per_x, hi = p->x1 * count->per_x;
	int w = snprintf(NULL, 0, "%.0f", hi) + 2, most = p->r.w / w;
	double step = nice_step(hi - lo, most > MAX_X_TICKS ? MAX_X_TICKS : most);
	int from = p->r.x, name_w = (int)strlen(count->name);
	if (step < 1)
		step = 1;
	for (int i = 0; i < n_ticks(lo, hi, step); i++) {
		double v = first_tick(lo, step) + i * step;
		int column = plot_column(p, v / count->per_x);
		if (column >= 0)
			from = draw_x_label(p, column, from, v);
	}
	canvas_text(p->canvas, p->r.x - 1 - name_w, p->r.y + p->r.h, name_w, STYLE(INK_MUTED),
		    count->name);
}

static struct range log_range(struct range y)
{
	if (!y.any || !(y.hi > 0))
		return (struct range){0, 1, true};
	double hi = log10(y.hi), lo = y.lo > 0 ? log10(y.lo) : hi - 3;
	double air = fmax((hi - lo) * 0.04, 0.01);
	return (struct range){lo - air, hi + air, true};
}

bool plot_begin_counting(struct plot *p, struct canvas *c, struct rect area, struct range x,
			 struct range y, enum plot_scale scale, struct plot_count count)
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
	int least = (int)strlen(count.name) > 1 ? (int)strlen(count.name) : 1;
	if (t.label_w < least)
		t.label_w = least;
	p->r = (struct rect){area.x + t.label_w + 1, area.y, area.w - t.label_w - 1, rows};
	if (p->r.w < 4)
		return false;
	draw_y_axis(p, &t);
	draw_x_axis(p, &count);
	return true;
}

bool plot_begin(struct plot *p, struct canvas *c, struct rect area, struct range x, struct range y,
		enum plot_scale scale)
{
	return plot_begin_counting(p, c, area, x, y, scale, (struct plot_count){1, ""});
}

int plot_column(const struct plot *p, double x)
{
	double share = (x - p->x0) / (p->x1 - p->x0);
	if (!(share >= -1e-9 && share <= 1 + 1e-9))
		return -1;
	return p->r.x + dot_x(p, x) / 2;
}

