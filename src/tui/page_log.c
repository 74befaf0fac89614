#include "page.h"
#include "panel.h"
#include "zone.h"

/* It goes up as far as its oldest line that is shown, and no further; it counts upwards from its
 * newest. */
static void move(struct tui *t, int rows)
{
	struct view *v = &t->view;
	const struct canvas *c = &t->canvas;
	int most = log_count(&t->timeline.history, v->lists[LIST_LOG].filter);
	for (size_t i = 0; i < c->n_zones; i++)
		if (c->zones[i].kind == ZONE_PANEL && c->zones[i].index == PANEL_LOG)
			most -= c->zones[i].r.h;
	v->log_up -= rows;
	v->log_up = v->log_up > most ? most : v->log_up;
	v->log_up = v->log_up < 0 ? 0 : v->log_up;
}

static void clamp(struct view *v, const struct history *h)
{
	v->log_up = view_within(v->log_up, h->n_notes + h->n_markers);
}

const struct page_keys page_log = {.move = move, .clamp = clamp};
