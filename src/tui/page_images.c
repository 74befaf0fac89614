#include "list.h"
#include "page.h"

static void move(struct tui *t, int rows)
{
	struct view *v = &t->view;
	enum list_id id = list_shown(v);
	int *cursor = id == LIST_MISTAKES ? &v->mistake : &v->probe;
	*cursor = list_walk(id, &t->timeline.history, v, *cursor, rows);
}

static bool leave(struct view *v)
{
	bool open = v->trace;
	v->trace = false;
	return open;
}

static void clamp(struct view *v, const struct history *h)
{
	v->probe = view_within(v->probe, h->n_probes);
	v->mistake = view_within(v->mistake, h->n_mistakes);
}

const struct page_keys page_images = {.move = move, .leave = leave, .clamp = clamp};
