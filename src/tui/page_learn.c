#include "list.h"
#include "page.h"
#include "panel.h"

/* Through what happened. */
static void move(struct tui *t, int rows)
{
	const struct history *h = &t->timeline.history;
	int newest = (int)h->n_epochs - 1;
	t->view.points_up =
	    newest - list_walk(LIST_POINTS, h, &t->view, newest - t->view.points_up, rows);
}

/* The lesson. */
static void scroll(struct tui *t, int rows)
{
	struct layout l;
	const struct scene s = {&t->timeline.history, &t->view, NULL};
	layout_view(&l, &t->view, t->canvas.w, t->canvas.h);
	struct rect r = layout_find(&l, PANEL_LESSON);
	int frame = l.boxed ? 2 : 0;
	struct rect inner = {r.x, r.y, r.w - frame, r.h - (l.boxed ? 2 : 1)};
	int most = panel_lesson_most(&s, &t->canvas, inner), down = t->view.lesson_down + rows / 2;
	t->view.lesson_down = down > most ? most : down < 0 ? 0 : down;
}

static bool leave(struct view *v)
{
	bool open = v->quiz_on;
	v->quiz_on = false;
	return open;
}

static void clamp(struct view *v, const struct history *h)
{
	v->points_up = view_within(v->points_up, h->n_epochs);
}

const struct page_keys page_learn = {
    .move = move, .scroll = scroll, .leave = leave, .clamp = clamp};
