#include "metrics_keys.h"

#include "list.h"
#include "metrics_grid.h"

#include <math.h>

/* NULL: there is none. */
static const struct history_series *under_cursor(const struct tui *t)
{
	const struct history *h = &t->timeline.history;
	int i = t->view.series;
	return i >= 0 && (size_t)i < h->n_series ? &h->series[i] : NULL;
}

void metrics_next(struct tui *t, int step)
{
	struct view *v = &t->view;
	v->series = list_walk(LIST_SERIES, &t->timeline.history, v, v->series, step);
}

void metrics_enlarge(struct tui *t)
{
	struct view *v = &t->view;
	if (under_cursor(t))
		v->series_open = !v->series_open;
	else
		app_say(t, MESSAGE_INFO, "no metric yet");
}

void metrics_choose(struct tui *t, int series)
{
	bool again = t->view.series == series;
	t->view.series = series;
	if (again)
		metrics_enlarge(t);
}

void metrics_cross(struct tui *t)
{
	struct view *v = &t->view;
	const struct history_series *s = under_cursor(t);
	if (!v->series_cross && (!s || !s->n_points)) {
		app_say(t, MESSAGE_INFO, "no point yet that a crosshair could stand on");
		return;
	}
	v->series_cross = !v->series_cross;
	if (v->series_cross)
		v->series_iter = history_point(s, s->n_points - 1)->iter;
}

/* From point to point where there are few, else by a hundredth of what is shown. */
void metrics_cross_move(struct tui *t, int direction)
{
	struct view *v = &t->view;
	const struct history_series *s = under_cursor(t);
	if (!s || !s->n_points)
		return;
	struct range x = metrics_window(s, v);
	int64_t step = (int64_t)((x.hi - x.lo) / 100);
	size_t at = history_point_from(s, v->series_iter), last = s->n_points - 1;
	if (step > 1) {
		at = history_point_from(s, v->series_iter + direction * step);
		at = direction < 0 && at > 0 &&
			     history_point(s, at < last ? at : last)->iter >= v->series_iter
			 ? at - 1
			 : at;
	} else if (direction > 0) {
		at += at <= last && history_point(s, at)->iter == v->series_iter;
	} else {
		at -= at > 0;
	}
	v->series_iter = history_point(s, at < last ? at : last)->iter;
}

void metrics_click(struct tui *t, int column, int w)
{
	struct view *v = &t->view;
	const struct history_series *s = under_cursor(t);
	if (!s || !s->n_points)
		return;
	struct range x = metrics_window(s, v);
	double share = w > 1 ? (2.0 * column + 0.5) / (2.0 * w - 1) : 0;
	size_t at = history_point_from(s, llround(x.lo + share * (x.hi - x.lo)));
	v->series_cross = true;
	v->series_iter = history_point(s, at < s->n_points ? at : s->n_points - 1)->iter;
}
