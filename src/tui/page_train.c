#include "page.h"

static void move(struct tui *t, int rows)
{
	struct view *v = &t->view;
	if (layout_focus(v, t->canvas.w, t->canvas.h) == PANEL_EPOCHS) {
		v->epochs_up -= rows;
		return;
	}
	v->layer = view_layer(v, &t->timeline.history);
	v->layer = v->layer + rows < 0 ? 0 : v->layer + rows;
}

static void scroll(struct tui *t, int rows)
{
	t->view.epochs_up -= rows / 2;
}

static bool wheel(struct tui *t, enum panel_id panel, int rows)
{
	if (panel != PANEL_EPOCHS)
		return false;
	t->view.epochs_up -= rows;
	return true;
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
/* Its cursor is the Train page's. */
const struct page_keys page_layers = {.move = move};
