#include "prose.h"

#include "panel.h"
#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define MARK_COLUMNS 2 /* of a mark and the space behind it */

void prose_init(struct prose *p, const struct canvas *c, int width)
{
	*p = (struct prose){.width = width > 1 ? width : 1, .utf8 = c->utf8};
}

void prose_release(struct prose *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->lines[i].text);
		free(p->lines[i].beside);
	}
	free(p->lines);
	*p = (struct prose){0};
}

/* Takes `text`. */
static void add_line(struct prose *p, int indent, struct style s, char *text)
{
	ALLOC_GROW(p->lines, p->n + 1, p->cap);
	p->lines[p->n++] = (struct prose_line){.text = text, .style = s, .indent = indent};
}

static int width_of(const struct prose *p, const char *text, size_t len)
{
	char *copy = xstrndup(text, len);
	int w = text_width(copy, p->utf8);
	free(copy);
	return w;
}

size_t prose_add(struct prose *p, int indent, struct style s, const char *text)
{
	return prose_hang(p, indent, 0, s, text);
}

size_t prose_hang(struct prose *p, int indent, int hang, struct style s, const char *text)
{
	size_t first = p->n;
	int room = p->width - indent, used = 0;
	const char *line = text, *end = text; /* of what is taken into the line */
	for (const char *at = text; *at;) {
		size_t word = strcspn(at, " "), spaces = strspn(at + word, " ");
		int w = width_of(p, at, word), gap = (int)(at - end);
		if (end > line && used + gap + w > room) {
			add_line(p, indent + (p->n > first ? hang : 0), s,
				 xstrndup(line, (size_t)(end - line)));
			room = p->width - indent - hang;
			line = at;
			used = w;
		} else {
			used += gap + w;
		}
		end = at + word;
		at += word + spaces;
	}
	add_line(p, indent + (p->n > first ? hang : 0), s, xstrndup(line, (size_t)(end - line)));
	return first;
}

void prose_gap(struct prose *p)
{
	if (p->n && *p->lines[p->n - 1].text)
		add_line(p, 0, STYLE(INK_NONE), xstrdup(""));
}

void prose_mark(struct prose *p, size_t at, uint32_t mark, struct style s)
{
	p->lines[at].mark = mark;
	p->lines[at].mark_style = s;
}

void prose_beside(struct prose *p, size_t at, int x, struct style s, const char *text)
{
	free(p->lines[at].beside);
	p->lines[at].beside = xstrdup(text);
	p->lines[at].beside_x = x;
	p->lines[at].beside_style = s;
}

void prose_select(struct prose *p, size_t from)
{
	for (size_t i = from; i < p->n; i++)
		p->lines[i].selected = true;
}

static void draw_line(const struct prose *p, const struct prose_line *l, struct canvas *c,
		      struct rect r, int y)
{
	int w = r.w < p->width ? r.w : p->width, x = r.x + l->indent;
	row_select(c, r, y, l->selected);
	if (l->mark && l->indent >= MARK_COLUMNS)
		canvas_put(c, x - MARK_COLUMNS, y, l->mark, row_style(l->mark_style, l->selected));
	int used = canvas_text(c, x, y, w - l->indent, row_style(l->style, l->selected), l->text);
	int need = l->beside ? text_width(l->beside, c->utf8) : w;
	int at = l->beside_x ? l->beside_x : w - need;
	if (at > l->indent + used && at + need <= w)
		canvas_text(c, r.x + at, y, need, row_style(l->beside_style, l->selected),
			    l->beside);
}

void prose_draw(const struct prose *p, struct canvas *c, struct rect r, int top)
{
	for (int y = 0; y < r.h; y++)
		if (top + y >= 0 && (size_t)(top + y) < p->n)
			draw_line(p, &p->lines[top + y], c, r, r.y + y);
}

int prose_most(const struct prose *p, int rows)
{
	return (int)p->n > rows ? (int)p->n - rows : 0;
}
