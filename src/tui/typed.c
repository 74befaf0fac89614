#include "typed.h"

#include <stdio.h>

/* Copy `n` bytes at `text`, whole characters that they are. */
static const char *part_of(const char *text, size_t n, char out[EDIT_MAX])
{
	snprintf(out, EDIT_MAX, "%.*s", (int)n, text);
	return out;
}

void typed_draw(struct canvas *c, struct rect r, const struct edit *e, const char *label)
{
	struct style style = STYLE_BOLD(INK_WARN), cursor = {INK_BAR, INK_SELECT_BG, ATTR_BOLD};
	char part[EDIT_MAX];
	int x = r.x + 1 + canvas_text(c, r.x + 1, r.y, r.w - 2, style, label), end = r.x + r.w - 1;
	size_t from = 0, wide = 1;
	while (from < e->at &&
	       text_width(part_of(e->text + from, e->at - from, part), c->utf8) > end - x - 2)
		do
			from++;
		while (((unsigned char)e->text[from] & 0xC0) == 0x80);
	x += canvas_text(c, x, r.y, end - x, style, part_of(e->text + from, e->at - from, part));
	bool behind = e->at == e->len;
	while (!behind && ((unsigned char)e->text[e->at + wide] & 0xC0) == 0x80)
		wide++;
	x += canvas_text(c, x, r.y, end - x, cursor,
			 behind ? "_" : part_of(e->text + e->at, wide, part));
	if (!behind)
		canvas_text(c, x, r.y, end - x, style, e->text + e->at + wide);
}
