#include "list.h"
#include "page.h"

static void move(struct tui *t, int rows)
{
	struct view *v = &t->view;
	v->layer = view_layer(v, &t->timeline.history);
	v->layer = v->layer + rows < 0 ? 0 : v->layer + rows;
}

/* Half a page of the epoch table; more of a run of thousands, whose groups open on the way. */
static void scroll(struct tui *t, int rows)
{
	int much = (int)(t->timeline.history.n_epochs / 32), half = rows / 2;
	t->view.epochs_up -= half < 0 ? (-half > much ? half : -much) : half > much ? half : much;
}

static bool wheel(struct tui *t, enum panel_id panel, int rows)
{
	struct view *v = &t->view;
	const struct history *h = &t->timeline.history;
	if (panel == PANEL_EPOCHS)
		v->epochs_up -= rows;
	else if (panel == PANEL_CLASSES)
		v->class_index = list_walk(LIST_CLASSES, h, v, list_class(v, h), rows);
	return panel == PANEL_EPOCHS || panel == PANEL_CLASSES;
}

static bool leave(struct view *v)
{
	bool open = v->cross;
	v->cross = false;
	return open;
}

static void clamp(struct view *v, const struct history *h)
{
	if (v->layer >= 0)
		v->layer = view_within(v->layer, h->n_layers);
	v->epochs_up = view_within(v->epochs_up, h->n_epochs);
	v->zoom = view_within(v->zoom, VIEW_ZOOM_MOST + 1);
	v->cross_iter = v->cross_iter > h->iter ? h->iter : v->cross_iter < 1 ? 1 : v->cross_iter;
}

const struct page_keys page_train = {move, scroll, wheel, leave, clamp};

/* Its cursor is the Train page's, but goes by the list's order. */
static void move_in_table(struct tui *t, int rows)
{
	struct view *v = &t->view;
	const struct history *h = &t->timeline.history;
	v->layer = list_walk(LIST_LAYERS, h, v, view_layer(v, h), rows);
}

const struct page_keys page_layers = {.move = move_in_table};
