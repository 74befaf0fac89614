/* What is drawn into the field of a plot: lines, bands, points, marks. */
#include "plot_place.h"

#include "thaw/base/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_faint(struct style s)
{
	return s.fg == INK_TRAIN_FAINT || s.fg == INK_VALID_FAINT ||
	       (s.fg >= INK_RUN_FAINT_0 && s.fg < INK_RUN_END);
}

/* Set one dot; dx, dy count dots from the upper left corner of the field. What is faint stays
 * behind marks and curves. Without Braille a cell holds the line's letter. */
static void dot(struct plot *p, int dx, int dy, struct style s)
{
	static const unsigned char bit[4][2] = {
	    {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
	int x = p->r.x + dx / 2, y = p->r.y + dy / 4;
	if (dx < 0 || dy < 0 || dx >= p->r.w * 2 || dy >= p->r.h * 4)
		return;
	const struct cell *cell = canvas_at(p->canvas, x, y);
	bool faint = is_faint(s), empty = !cell || cell->ch == ' ' || cell->ch == PLOT_DOTTED;
	if (faint && !empty && !(cell->dots && is_faint(cell->style)))
		return;
	if (cell && cell->dots && is_faint(cell->style) && !faint)
		canvas_put(p->canvas, x, y, ' ', s);
	if (!p->canvas->utf8 && (p->letter || faint))
		canvas_put(p->canvas, x, y, faint ? '.' : p->letter, s);
	else
		canvas_dots(p->canvas, x, y, bit[dy % 4][dx % 2], s);
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

/* One dot of four: a shade that lets a curve through, never a mass. */
static void shade(struct plot *p, int dx, int top, int bottom, struct style s)
{
	for (int dy = top < 0 ? 0 : top; dy <= bottom && dy < p->r.h * 4; dy++)
		if (dy % 4 == (dx % 2 ? 3 : 1))
			dot(p, dx, dy, s);
}

void plot_band(struct plot *p, const double *xs, const double *lo, const double *hi, size_t n,
	       struct style s)
{
	for (size_t i = 0; i < n; i++) {
		double least = p->scale == PLOT_LOG && !(lo[i] > 0) ? pow(10, p->y0) : lo[i];
		if (isfinite(xs[i]) && isfinite(scaled(p, hi[i])) && isfinite(least) &&
		    xs[i] >= p->x0 && xs[i] <= p->x1)
			shade(p, dot_x(p, xs[i]), dot_y(p, hi[i]), dot_y(p, least), s);
	}
}

bool plot_points_apart(const struct plot *p, const double *xs, size_t n)
{
	int first = -1, last = -1, seen = 0;
	for (size_t i = 0; i < n; i++) {
		int x = plot_column(p, xs[i]);
		if (x < 0)
			continue;
		first = first < 0 ? x : first;
		last = x;
		seen++;
	}
	return seen < 2 || last - first >= PLOT_APART * (seen - 1);
}

void plot_point(struct plot *p, double x, double y, uint32_t ch, struct style s)
{
	double at = scaled(p, y);
	int column = isfinite(at) ? plot_column(p, x) : -1;
	if (column >= 0 && at >= p->y0 - 1e-12 && at <= p->y1 + 1e-12)
		canvas_put(p->canvas, column, row_of(p, y), ch, s);
}

/* The cell of a point in the field; NULL: it lies outside, or is none. */
static const struct cell *cell_of(const struct plot *p, double x, double y)
{
	double at = scaled(p, y);
	int column = isfinite(x) && isfinite(at) ? plot_column(p, x) : -1;
	bool within = column >= 0 && at >= p->y0 - 1e-12 && at <= p->y1 + 1e-12;
	return within ? canvas_at(p->canvas, column, row_of(p, y)) : NULL;
}

void plot_end(struct plot *p, const double *xs, const double *ys, size_t n, uint32_t ch,
	      struct style s)
{
	size_t last = n;
	for (size_t i = n; i-- > 0;) {
		const struct cell *cell = cell_of(p, xs[i], ys[i]);
		bool taken = cell && !cell->dots && cell->style.attr & ATTR_BOLD && cell->ch != ch;
		last = cell && last == n ? i : last;
		if (cell && !taken) {
			plot_point(p, xs[i], ys[i], ch, s);
			return;
		}
	}
	if (last < n) /* all of it lies below others' characters */
		plot_point(p, xs[last], ys[last], ch, s);
}

void plot_points(struct plot *p, const double *xs, const double *ys, size_t n, uint32_t ch,
		 struct style s)
{
	if (!plot_points_apart(p, xs, n))
		return;
	for (size_t i = 0; i < n; i++)
		plot_point(p, xs[i], ys[i], ch, s);
}

void plot_mark(struct plot *p, double x, uint32_t top, struct style s)
{
	int column = plot_column(p, x), row = 0;
	int most = p->r.h / 4 < 3 ? p->r.h / 3 : p->r.h / 4;
	if (column < 0)
		return;
	for (; row < most; row++) {
		const struct cell *cell = canvas_at(p->canvas, column, p->r.y + row);
		if (!cell || cell->ch == ' ' || cell->ch == PLOT_DOTTED || cell->ch == top)
			break;
	}
	if (row > 0 && row == most)
		return;
	canvas_put(p->canvas, column, p->r.y + row, top, s);
	for (int y = row + 1; y < p->r.h; y++)
		canvas_put(p->canvas, column, p->r.y + y, PLOT_DOTTED, STYLE(INK_FRAME));
}

void plot_rule(struct plot *p, double x, uint32_t ch, struct style s)
{
	int column = isfinite(x) ? plot_column(p, x) : -1;
	for (int y = 0; y < p->r.h && column >= 0; y++) {
		const struct cell *cell = canvas_at(p->canvas, column, p->r.y + y);
		if (cell && (cell->ch == ' ' || cell->ch == PLOT_DOTTED || is_faint(cell->style)))
			canvas_put(p->canvas, column, p->r.y + y, ch, s);
	}
}

/* How far a group of arrows goes, behind the last of them, where that covers nothing. */
static void label_beyond(struct plot *p, int column, int row, double most, struct style s)
{
	char text[32];
	if (p->scale == PLOT_PERCENT)
		snprintf(text, sizeof(text), "%.0f", most * 100);
	else if (fabs(most) < 1000 && fabs(most) > 0.1)
		snprintf(text, sizeof(text), "%.1f", most);
	else
		snprintf(text, sizeof(text), "%s",
			 most >= 1000 ? words_loss(most) : words_rate(most));
	int w = (int)strlen(text);
	if (column < 0 || column + 1 + w > p->r.x + p->r.w)
		return;
	for (int x = column + 1; x <= column + w; x++) {
		const struct cell *cell = canvas_at(p->canvas, x, row);
		if (!cell || (cell->ch != ' ' && cell->ch != PLOT_DOTTED && !cell->dots))
			return;
	}
	canvas_text(p->canvas, column + 1, row, w, s, text);
}

/* Whether a figure stands there: how far another curve goes. */
static bool is_figure(const struct cell *cell)
{
	return !cell || cell->ch == '.' || (cell->ch >= '0' && cell->ch <= '9');
}

enum { GROUP_APART = 6 }; /* columns: room for a label before the next group */

/* Arrows in one row, over or under the columns whose points lie `sign` beyond `edge`. */
static void arrows(struct plot *p, const double *xs, const double *ys, size_t n, int sign,
		   struct style s)
{
	int row = sign > 0 ? p->r.y : p->r.y + p->r.h - 1, last = -1;
	double edge = sign > 0 ? p->y1 : -p->y0, most = 0;
	for (size_t i = 0; i < n; i++) {
		int x = plot_column(p, xs[i]);
		if (x < 0 || !isfinite(ys[i]) || !(sign * scaled(p, ys[i]) > edge))
			continue;
		if (last >= 0 && x > last + GROUP_APART) {
			label_beyond(p, last, row, most, s);
			last = -1;
		}
		if (is_figure(canvas_at(p->canvas, x, row)))
			continue;
		canvas_put(p->canvas, x, row, sign > 0 ? 0x2191 : 0x2193, s);
		most = last < 0 || sign * ys[i] > sign * most ? ys[i] : most;
		last = x > last ? x : last;
	}
	label_beyond(p, last, row, most, s);
}

void plot_beyond(struct plot *p, const double *xs, const double *ys, size_t n, struct style s)
{
	arrows(p, xs, ys, n, 1, s);
	arrows(p, xs, ys, n, -1, s);
}
