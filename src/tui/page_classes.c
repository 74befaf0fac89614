#include "list.h"
#include "page.h"

static void move(struct tui *t, int rows)
{
	struct view *v = &t->view;
	const struct history *h = &t->timeline.history;
	v->class_index = list_walk(LIST_CLASSES, h, v, list_class(v, h), rows);
}

static void clamp(struct view *v, const struct history *h)
{
	if (v->class_index >= 0)
		v->class_index = view_within(v->class_index, h->has_run ? h->run.n_classes : 0);
}

const struct page_keys page_classes = {.move = move, .clamp = clamp};
