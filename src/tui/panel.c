#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct marker_look marker_looks[MARK_N] = {
    [MARK_FREEZE] = {0x2744, INK_FROZEN}, [MARK_UNFREEZE] = {0x2600, INK_HOT},
    [MARK_LR_UP] = {0x25B2, INK_WARN},    [MARK_LR_DOWN] = {0x25BC, INK_WARN},
    [MARK_PHASE] = {0x25C6, INK_ACCENT},  [MARK_PAUSE] = {0x2016, INK_MUTED},
    [MARK_NONFINITE] = {0x2717, INK_BAD}, [MARK_SCALE] = {0x00D7, INK_WARN},
    [MARK_BACK] = {0x2190, INK_ACCENT},   [MARK_RULE] = {0x25A0, INK_WARN},
};

struct rect window_rect(const struct canvas *c, int w, int h)
{
	int room = c->h - 4;
	w = c->w - 2 < w ? c->w - 2 : w;
	h = room < h ? room : h;
	return (struct rect){(c->w - w) / 2, 2 + (room - h) / 2, w, h};
}

struct rect window_draw(struct canvas *c, struct rect r, enum ink frame, const char *title,
			const char *foot)
{
	canvas_fill(c, r, STYLE(INK_NONE));
	canvas_frame(c, r, STYLE(frame));
	canvas_text(c, r.x + 2, r.y, r.w - 4, STYLE_BOLD(INK_TITLE), title);
	canvas_right(c, r.x + 2, r.y + r.h - 1, r.w - 4, STYLE(INK_MUTED), foot);
	return (struct rect){r.x + 2, r.y + 1, r.w - 4, r.h - 2};
}

struct rect panel_head(struct canvas *c, struct rect r, const char *title)
{
	canvas_hline(c, r.x, r.y, r.w, 0x2500, STYLE(INK_FRAME));
	canvas_put(c, r.x + 1, r.y, ' ', STYLE(INK_TITLE));
	int used = canvas_text(c, r.x + 2, r.y, r.w - 4, STYLE_BOLD(INK_ACCENT), title);
	canvas_put(c, r.x + 2 + used, r.y, ' ', STYLE(INK_TITLE));
	return (struct rect){r.x, r.y + 1, r.w, r.h - 1};
}

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

/* In the title's place, where there is no room beside it. */
static void over_title(struct canvas *c, struct rect inner, enum ink ink, const char *text)
{
	int y = inner.y - 1;
	canvas_hline(c, inner.x, y, inner.w, 0x2500, STYLE(INK_FRAME));
	canvas_put(c, inner.x + 1, y, ' ', STYLE(INK_TITLE));
	int used = canvas_text(c, inner.x + 2, y, inner.w - 4, STYLE_BOLD(ink), text);
	canvas_put(c, inner.x + 2 + used, y, ' ', STYLE(INK_TITLE));
}

/* Which rows of how many, and in which order; "" when all are shown as they always are. */
static void list_place(const struct list *l, int top, int rows, char *out, size_t size)
{
	bool part = rows > 0 && rows < l->n;
	int n = part ? snprintf(out, size, "%d-%d of %d", top + 1, top + rows, l->n)
		     : snprintf(out, size, "%s", "");
	if (l->order)
		snprintf(out + n, size - (size_t)n, "%s%s", part ? ", " : "", l->order);
}

int panel_list(struct canvas *c, struct rect inner, int used, const struct list *l, int top,
	       int rows)
{
	char text[EDIT_MAX + 64], place[96];
	list_place(l, top, top + rows > l->n ? l->n - top : rows, place, sizeof(place));
	if (*l->filter) {
		snprintf(text, sizeof(text), "%d of %d /%s/", l->n, l->of, l->filter);
		if (panel_note_fits(c, inner, used, text))
			used = panel_note(c, inner, used, STYLE_BOLD(INK_ACCENT), text);
		else
			over_title(c, inner, INK_ACCENT, text);
	}
	snprintf(text, sizeof(text), "%s %s", l->many, place);
	if (*place && !*l->filter && !panel_note_fits(c, inner, used, place))
		over_title(c, inner, INK_TITLE, text);
	else if (*place)
		used = panel_note(c, inner, used, STYLE(INK_ACCENT), place);
	snprintf(text, sizeof(text), "no %s matches; / asks for another pattern, Esc shows all",
		 l->what);
	if (l->n == 0 && text_width(text, c->utf8) > inner.w)
		snprintf(text, sizeof(text), "no %s matches; Esc: all", l->what);
	if (l->n == 0 && *l->filter)
		panel_empty(c, inner, text);
	return used;
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

const char *class_short(const struct scene *s, int64_t class, int w, bool utf8)
{
	return names_class(s->names, s->history, class, w, utf8);
}

int class_width(const struct scene *s, int w, bool utf8)
{
	return names_widest(s->names, w, utf8);
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

const char *fitting_words(const struct history_epoch *e, int room, bool utf8, struct strbuf *out)
{
	for (int brevity = 0; brevity < EPOCH_WORDS_BRIEFEST; brevity++)
		if (text_width(epoch_words(e, brevity, out), utf8) <= room)
			return out->buf;
	return epoch_words(e, EPOCH_WORDS_BRIEFEST, out);
}

enum ink observation_ink(enum observation o)
{
	static const enum ink inks[] = {[TONE_PLAIN] = INK_NONE,
					[TONE_GOOD] = INK_GOOD,
					[TONE_WARN] = INK_WARN,
					[TONE_BAD] = INK_BAD,
					[TONE_NEWS] = INK_ACCENT};
	return inks[observation_tone(o)];
}
