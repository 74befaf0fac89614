#include "list.h"
#include "metrics_grid.h"
#include "page.h"

/* By a row of charts; the enlarged one to the next. */
static void move(struct tui *t, int rows)
{
	struct view *v = &t->view;
	const struct history *h = &t->timeline.history;
	int cols = v->series_open ? 1 : metrics_grid_of(h, v, t->canvas.w, t->canvas.h).cols;
	v->series = list_walk(LIST_SERIES, h, v, v->series, rows * cols);
}

static void scroll(struct tui *t, int rows)
{
	struct view *v = &t->view;
	const struct history *h = &t->timeline.history;
	struct metrics_grid g = metrics_grid_of(h, v, t->canvas.w, t->canvas.h);
	v->series = list_walk(LIST_SERIES, h, v, v->series, (rows < 0 ? -1 : 1) * g.cols * g.rows);
}

static bool leave(struct view *v)
{
	bool open = v->series_open || v->series_cross;
	if (!v->series_cross)
		v->series_open = false;
	v->series_cross = false;
	return open;
}

static void clamp(struct view *v, const struct history *h)
{
	v->series = view_within(v->series, h->n_series);
	v->series_open &= h->n_series > 0;
	if (v->series_iter < 0)
		v->series_iter = 0;
}

const struct page_keys page_metrics = {
    .move = move, .scroll = scroll, .leave = leave, .clamp = clamp};
