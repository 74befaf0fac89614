#include "list.h"
#include "page.h"
#include "panel.h"

/* The lesson. */
static void scroll_lesson(struct tui *t, int rows)
{
	struct layout l;
	const struct scene s = {&t->timeline.history, &t->view, NULL};
	layout_view(&l, &t->view, t->canvas.w, t->canvas.h);
	struct rect r = layout_find(&l, PANEL_LESSON);
	int frame = l.boxed ? 2 : 0;
	struct rect inner = {r.x, r.y, r.w - frame, r.h - (l.boxed ? 2 : 1)};
	int most = panel_lesson_most(&s, &t->canvas, inner), down = t->view.lesson_down + rows;
	t->view.lesson_down = down > most ? most : down < 0 ? 0 : down;
}

static void scroll(struct tui *t, int rows)
{
	scroll_lesson(t, rows / 2);
}

/* Through what happened, or the lesson when that was chosen. */
static void move(struct tui *t, int rows)
{
	const struct history *h = &t->timeline.history;
	struct view *v = &t->view;
	int newest = (int)h->n_epochs - 1;
	if (v->focus == PANEL_LESSON)
		scroll_lesson(t, rows);
	else
		v->points_up =
		    newest - list_walk(LIST_POINTS, h, v, newest - v->points_up, rows);
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
