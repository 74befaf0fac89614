#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct marker_look marker_looks[MARK_N] = {
    [MARK_FREEZE] = {0x2744, INK_FROZEN}, [MARK_UNFREEZE] = {0x2600, INK_HOT},
    [MARK_LR_UP] = {0x25B2, INK_WARN},    [MARK_LR_DOWN] = {0x25BC, INK_WARN},
    [MARK_PHASE] = {0x25C6, INK_ACCENT},  [MARK_PAUSE] = {0x2016, INK_MUTED},
    [MARK_NONFINITE] = {0x2717, INK_BAD}, [MARK_SCALE] = {0x00D7, INK_WARN},
    [MARK_BACK] = {0x2190, INK_ACCENT},
};

bool panel_note_fits(const struct canvas *c, struct rect inner, int used, const char *text)
{
	int w = text_width(text, c->utf8), x = inner.x + inner.w - 1 - used - w;
	for (int i = x - 1; i < x + w; i++) {
		const struct cell *cell = canvas_at(c, i, inner.y - 1);
		if (i <= inner.x || !cell || cell->style.fg != INK_FRAME)
			return false;
	}
	return true;
}

int panel_note(struct canvas *c, struct rect inner, int used, struct style s, const char *text)
{
	int w = text_width(text, c->utf8), y = inner.y - 1;
	int x = inner.x + inner.w - 1 - used - w;
	if (!panel_note_fits(c, inner, used, text))
		return used;
	canvas_text(c, x, y, w, s, text);
	canvas_put(c, x - 1, y, ' ', s);
	const struct cell *after = canvas_at(c, x + w, y);
	if (after && after->style.fg == INK_FRAME)
		canvas_put(c, x + w, y, ' ', s);
	return used + w + 1;
}

void panel_word(struct canvas *c, struct rect inner, const char *text)
{
	int x = inner.x, y = inner.y - 1, end = inner.x + inner.w - text_width(text, c->utf8) - 2;
	for (const struct cell *cell; x < end;
	     x++) /* to where the frame goes on behind the title */
		if ((cell = canvas_at(c, x, y)) && cell->style.fg == INK_FRAME && x > inner.x + 1)
			break;
	if (x < end)
		canvas_textf(c, x, y, end + 2 - x, STYLE(INK_ACCENT), "%s ", text);
}

void panel_empty(struct canvas *c, struct rect r, const char *text)
{
	int w = text_width(text, c->utf8);
	if (r.h < 1 || r.w < 1)
		return;
	canvas_text(c, r.x + (w < r.w ? (r.w - w) / 2 : 0), r.y + (r.h - 1) / 2, r.w,
		    STYLE(INK_MUTED), text);
}

int list_top(int n, int rows, int cursor)
{
	int top = cursor - rows / 2;
	if (top > n - rows)
		top = n - rows;
	return top < 0 ? 0 : top;
}

void row_select(struct canvas *c, struct rect r, int y, bool selected)
{
	if (selected)
		canvas_fill(c, (struct rect){r.x, y, r.w, 1},
			    (struct style){INK_NONE, INK_SELECT_BG, 0});
}

struct style row_style(struct style s, bool selected)
{
	if (selected) {
		s.bg = INK_SELECT_BG; /* its own background needs its own foregrounds */
		if (s.fg == INK_NONE)
			s.fg = INK_BAR;
		if (s.fg == INK_FRAME || s.fg == INK_MUTED)
			s.fg = INK_BAR_MUTED;
	}
	return s;
}
