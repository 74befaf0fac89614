#include "metrics_grid.h"

#include "list.h"
#include "thaw/tui/layout.h"

#include <math.h>

enum { LEAST_W = 36, LEAST_H = 6 };

static int at_least_one(int n)
{
	return n > 1 ? n : 1;
}

struct metrics_grid metrics_grid(struct rect r, int n)
{
	int most_cols = at_least_one(r.w / LEAST_W), most_rows = at_least_one(r.h / LEAST_H);
	int cols = 1;
	while (cols < most_cols && (n + cols - 1) / cols > most_rows)
		cols++;
	int rows = at_least_one((n + cols - 1) / cols);
	return (struct metrics_grid){cols, rows < most_rows ? rows : most_rows, r};
}

/* A column stays free between two. */
struct rect metrics_cell(const struct metrics_grid *g, int col, int row)
{
	int x = g->r.w * col / g->cols, next_x = g->r.w * (col + 1) / g->cols;
	int y = g->r.h * row / g->rows, next_y = g->r.h * (row + 1) / g->rows;
	return (struct rect){g->r.x + x, g->r.y + y, next_x - x - (col + 1 < g->cols), next_y - y};
}

struct metrics_grid metrics_grid_of(const struct history *h, const struct view *v, int w,
				    int h_rows)
{
	struct layout l;
	struct list list;
	layout_page(&l, PAGE_METRICS, w, h_rows);
	struct rect r = layout_find(&l, PANEL_METRICS);
	int frame = l.boxed ? 2 : 0;
	list_make(&list, LIST_SERIES, h, v);
	struct metrics_grid g =
	    metrics_grid((struct rect){0, 0, r.w - frame, r.h - (l.boxed ? 2 : 1)}, list.n);
	list_release(&list);
	return g;
}

struct range metrics_window(const struct history_series *s, const struct view *v)
{
	if (s->n_points == 0)
		return (struct range){0, 1, true};
	double first = history_point(s, 0)->iter, last = history_point(s, s->n_points - 1)->iter;
	double span = (last - first) / pow(2, v->zoom), end = last;
	if (v->zoom > 0 && v->series_cross)
		end = fmin(fmax((double)v->series_iter + span / 2, first + span), last);
	return (struct range){end - span, end > end - span ? end : end + 1, true};
}
