#include "list.h"
#include "page.h"

const struct page_keys *const page_table[PAGE_N] = {
#define PAGE_ROW(id, layout, ...) [PAGE_##id] = &page_##layout,
    PAGES(PAGE_ROW)
#undef PAGE_ROW
};

void view_clamp(struct view *v, const struct history *h)
{
	v->lacks = view_lacks(h);
	bool early = v->page == PAGE_METRICS && h->run.format; /* of a replay: they are still to come */
	if (!page_offered(v, (int)v->page) && !early)
		v->page = PAGE_TRAIN;
	v->preparing = !h->n_steps && !h->n_epochs && !h->ended;
	for (int i = 0; i < PAGE_N; i++)
		if (page_table[i]->clamp)
			page_table[i]->clamp(v, h);
}

void pages_move(struct tui *t, int rows)
{
	const struct overlay *over = overlay_shown(&t->view);
	if (over)
		over->move(t, rows);
	else
		page_table[t->view.page]->move(t, rows);
	view_clamp(&t->view, &t->timeline.history);
}

void pages_scroll(struct tui *t, int rows)
{
	const struct page_keys *p = page_table[t->view.page];
	if (overlay_shown(&t->view) || !p->scroll)
		pages_move(t, rows);
	else
		p->scroll(t, rows);
	view_clamp(&t->view, &t->timeline.history);
}

bool pages_wheel(struct tui *t, enum panel_id panel, int rows)
{
	const struct page_keys *p = page_table[t->view.page];
	bool taken = !t->view.help && p->wheel && p->wheel(t, panel, rows);
	view_clamp(&t->view, &t->timeline.history);
	return taken;
}

bool pages_leave(struct tui *t)
{
	const struct page_keys *p = page_table[t->view.page];
	struct view *v = &t->view;
	enum list_id list = list_shown(v);
	if (p->leave && p->leave(v))
		return true;
	bool filtered = list < LIST_N && v->lists[list].filter[0];
	if (filtered)
		v->lists[list].filter[0] = '\0';
	return filtered;
}
