#include "page.h"

static void move(struct tui *t, int rows)
{
	t->view.class_index += rows;
}

static void clamp(struct view *v, const struct history *h)
{
	v->class_index = view_within(v->class_index, h->has_run ? h->run.n_classes : 0);
}

const struct page_keys page_classes = {.move = move, .clamp = clamp};
