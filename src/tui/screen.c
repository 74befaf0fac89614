#include "thaw/tui/screen.h"

#include "list.h"
#include "panel.h"
#include "thaw/tui/layout.h"

/* Draw the frame, or the head line alone; returns what is inside. */
static struct rect draw_frame(struct canvas *c, struct rect r, bool boxed, const char *title,
			      struct style s)
{
	struct rect inner = {r.x + 1, r.y + 1, r.w - 2, r.h - 2};
	if (boxed)
		canvas_frame(c, r, STYLE(INK_FRAME));
	else
		canvas_hline(c, r.x, r.y, r.w, 0x2500, STYLE(INK_FRAME));
	canvas_put(c, r.x + 1, r.y, ' ', STYLE(INK_TITLE));
	int used = canvas_text(c, r.x + 2, r.y, r.w - 4, s, title);
	canvas_put(c, r.x + 2 + used, r.y, ' ', STYLE(INK_TITLE));
	if (!boxed)
		inner = (struct rect){r.x, r.y + 1, r.w, r.h - 1};
	return inner;
}

void screen_draw(struct canvas *c, const struct history *h, const struct view *v)
{
	struct view seen = *v;
	view_clamp(&seen, h);
	list_settle(&seen, h);
	seen.class_index = list_class(&seen, h);
	struct scene s = {h, &seen, names_new(h)};
	struct layout l;
	layout_view(&l, &seen, c->w, c->h);
	enum panel_id focus = layout_focus(&seen, c->w, c->h);
	canvas_unclip(c);
	canvas_clear(c);
	for (int i = 0; i < l.n; i++) {
		const struct panel *p = &panel_table[l.item[i].id];
		struct rect r = l.item[i].r;
		canvas_clip(c, r);
		if (p->title)
			r = draw_frame(c, r, l.boxed, p->title,
				       STYLE_BOLD(l.item[i].id == focus ? INK_ACCENT : INK_TITLE));
		canvas_zone(c, r, ZONE_PANEL, (int)l.item[i].id); /* without its frame */
		if (r.w > 0 && r.h > 0)
			p->draw(&s, c, r);
	}
	bool page = layout_find(&l, PANEL_TOO_SMALL).w == 0;
	canvas_unclip(c);
	if (view_summary(&seen) && page)
		overlay_summary(&s, c);
	if (seen.range && page)
		overlay_range(&s, c);
	if (seen.trouble && page)
		overlay_trouble(&s, c);
	if (seen.help && page)
		overlay_help(&s, c);
	names_free(s.names);
}
