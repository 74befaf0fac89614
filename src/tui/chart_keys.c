#include "chart_keys.h"

#include "replay.h"
#include "curves.h"
#include "metrics_keys.h"

#define RECENT_ZOOM 2 /* the last quarter of the run */

static void to_train_page(struct tui *t)
{
	if (t->view.page != PAGE_TRAIN && t->view.page != PAGE_METRICS)
		app_page(t, PAGE_TRAIN);
}

void chart_zoom(struct tui *t, int direction)
{
	to_train_page(t);
	t->view.zoom += direction;
	view_clamp(&t->view, &t->timeline.history);
}

void chart_recent(struct tui *t, int arg)
{
	(void)arg;
	to_train_page(t);
	t->view.zoom = t->view.zoom > 0 ? 0 : RECENT_ZOOM;
}

void chart_cross(struct tui *t, int arg)
{
	struct view *v = &t->view;
	const struct history *h = &t->timeline.history;
	(void)arg;
	if (v->page == PAGE_METRICS) {
		metrics_cross(t);
		return;
	}
	to_train_page(t);
	if (!v->cross && h->n_steps == 0) {
		app_say(t, MESSAGE_INFO, "no iteration yet that a crosshair could stand on");
		return;
	}
	v->cross = !v->cross;
	if (v->cross_iter < 1 || v->cross_iter > h->iter)
		v->cross_iter = h->iter;
}

void chart_click(struct tui *t, int column, int w)
{
	struct view *v = &t->view;
	const struct history *h = &t->timeline.history;
	if (v->page == PAGE_METRICS) {
		metrics_click(t, column, w);
		return;
	}
	int64_t iter = curve_iteration(h, v, column, w);
	if (h->n_steps == 0)
		return;
	v->cross = true;
	v->cross_iter = iter;
	view_clamp(v, h);
}

void chart_left_right(struct tui *t, int direction)
{
	struct view *v = &t->view;
	bool moves = v->page == PAGE_TRAIN && v->cross,
	     metric = v->page == PAGE_METRICS && v->series_cross;
	if (metric)
		metrics_cross_move(t, direction);
	else if (!moves && v->mode == VIEW_REPLAY)
		replay_step(t, direction * STEP_EPOCH);
	else if (!moves)
		chart_cross(t, 0);
	else
		v->cross_iter += direction * crosshair_step(&t->timeline.history, v);
	view_clamp(v, &t->timeline.history);
}
