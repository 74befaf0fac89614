#include "thaw/term/paint.h"

#include <string.h>

#define NEAR 4 /* columns that are cheaper to write again than to step over */

void painter_forget(struct painter *p)
{
	canvas_release(&p->shown);
	p->pen_known = false;
	p->x = -1;
}

void painter_lost(struct painter *p)
{
	p->x = -1;
}

void painter_spoil(struct painter *p, struct rect r)
{
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++)
			if (x >= 0 && y >= 0 && x < p->shown.w && y < p->shown.h)
				p->shown.cells[y * p->shown.w + x] = (struct cell){.width = 1};
}

void painter_release(struct painter *p)
{
	canvas_release(&p->shown);
}

static bool same_look(const struct look *a, const struct look *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->attr == b->attr;
}

/* What of a style the terminal can show. */
static struct look look_of(const struct painter *p, struct style s)
{
	struct look l = theme_look(s, p->colours);
	if (!p->dim)
		l.attr &= (uint8_t)~ATTR_DIM;
	if (!p->underline)
		l.attr &= (uint8_t)~ATTR_UNDERLINE;
	return l;
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	const uint8_t seen = (uint8_t)~ATTR_CLOCK;
	if (a->ch != b->ch || a->mark != b->mark || a->width != b->width ||
	    a->style.bg != b->style.bg || ((a->style.attr ^ b->style.attr) & seen))
		return false;
	/* a space has no colour but its ground's */
	return a->style.fg == b->style.fg || (a->ch == ' ' && !a->mark);
}

/* Spaces on the terminal's own ground. */
static bool is_blank(const struct painter *p, const struct cell *cell)
{
	struct look l = look_of(p, cell->style);
	return cell->ch == ' ' && !cell->mark && cell->width == 1 && !cell->image && l.bg < 0 &&
	       !(l.attr & (ATTR_REVERSE | ATTR_UNDERLINE));
}

static void add_colour(struct strbuf *out, int32_t colour, int colours, int base)
{
	if (colour < 0)
		strbuf_addf(out, "%d;", base + 9);
	else if (colours >= COLOURS_TRUE)
		strbuf_addf(out, "%d;2;%d;%d;%d;", base + 8, (int)(colour >> 16 & 0xFF),
			    (int)(colour >> 8 & 0xFF), (int)(colour & 0xFF));
	else if (colour >= 16)
		strbuf_addf(out, "%d;5;%d;", base + 8, (int)colour);
	else
		strbuf_addf(out, "%d;", (int)(colour < 8 ? base + colour : base + 60 + colour - 8));
}

/* Change the terminal's pen, with as few bytes as it takes. */
static void set_pen(struct painter *p, struct look want, struct strbuf *out)
{
	static const struct {
		uint8_t attr;
		const char *on;
	} attrs[] = {
	    {ATTR_BOLD, "1;"}, {ATTR_DIM, "2;"}, {ATTR_UNDERLINE, "4;"}, {ATTR_REVERSE, "7;"}};
	struct look was = p->pen;
	if (p->pen_known && same_look(&was, &want))
		return;
	strbuf_addstr(out, "\x1b[");
	bool plain = want.fg < 0 && want.bg < 0 && !want.attr;
	if (!p->pen_known || plain || (was.attr & ~want.attr)) {
		strbuf_addstr(out, plain ? "" : "0;");
		was = (struct look){-1, -1, 0};
	}
	for (size_t i = 0; i < sizeof(attrs) / sizeof(*attrs); i++)
		if (want.attr & ~was.attr & attrs[i].attr)
			strbuf_addstr(out, attrs[i].on);
	if (want.fg != was.fg)
		add_colour(out, want.fg, p->colours, 30);
	if (want.bg != was.bg)
		add_colour(out, want.bg, p->colours, 40);
	if (out->buf[out->len - 1] == ';')
		strbuf_remove(out, out->len - 1, 1);
	strbuf_addch(out, 'm');
	p->pen = want;
	p->pen_known = true;
}

static void add_utf8(struct strbuf *out, uint32_t ch)
{
	static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
	int n = ch < 0x80 ? 0 : ch < 0x800 ? 1 : ch < 0x10000 ? 2 : 3; /* continuation bytes */
	strbuf_addch(out, (char)(n ? lead[n] | ch >> (6 * n) : ch));
	while (n-- > 0)
		strbuf_addch(out, (char)(0x80 | (ch >> (6 * n) & 0x3F)));
}

static void send_cell(struct painter *p, const struct canvas *c, int x, int y, struct strbuf *out)
{
	const struct cell *cell = canvas_at(c, x, y);
	set_pen(p, look_of(p, cell->style), out);
	add_utf8(out, cell->ch);
	if (cell->mark)
		add_utf8(out, cell->mark);
	p->x = x + cell->width;
	/* terminals differ in how wide these are, and in where the cursor stands past the edge */
	if (cell->width != 1 || cell->mark || p->x >= c->w)
		p->x = -1;
}

/* Whether the cells from the cursor to x can be written again with the pen as it is. */
static bool can_rewrite(const struct painter *p, const struct canvas *c, int x, int y)
{
	for (int i = p->x; i < x; i++) {
		const struct cell *cell = canvas_at(c, i, y);
		struct look l = look_of(p, cell->style);
		if (cell->width != 1 || cell->mark || cell->ch >= 0x80 || cell->image ||
		    !p->pen_known || !same_look(&l, &p->pen))
			return false;
	}
	return true;
}

static void move_to(struct painter *p, const struct canvas *c, int x, int y, struct strbuf *out)
{
	bool on_row = p->x >= 0 && p->y == y && x >= p->x;
	if (on_row && x - p->x <= NEAR && can_rewrite(p, c, x, y)) {
		while (p->x < x)
			strbuf_addch(out, (char)canvas_at(c, p->x++, y)->ch);
	} else if (on_row) {
		strbuf_addf(out, "\x1b[%dC", x - p->x);
	} else if (x == 0) {
		strbuf_addf(out, "\x1b[%dH", y + 1);
	} else {
		strbuf_addf(out, "\x1b[%d;%dH", y + 1, x + 1);
	}
	p->x = x;
	p->y = y;
}

/* Whether the rest of a row is blank, and enough of it is not yet. */
static bool rest_is_blank(const struct painter *p, const struct cell *now, const struct cell *was,
			  int x, int w)
{
	int differ = 0;
	for (; x < w; x++) {
		if (!is_blank(p, &now[x]))
			return false;
		differ += !same_cell(&now[x], &was[x]);
	}
	return differ > NEAR;
}

/* Returns false when the bytes were used up before the row's end. */
static bool paint_row(struct painter *p, const struct canvas *c, int y, size_t most,
		      struct strbuf *out)
{
	const struct cell *now = canvas_at(c, 0, y);
	struct cell *was = p->shown.cells + (size_t)y * (size_t)c->w;
	int w = y == c->h - 1 && !p->corner ? c->w - 1 : c->w;
	for (int x = 0; x < w; x++) {
		if (same_cell(&now[x], &was[x]) || now[x].width == 0) {
			was[x] = now[x];
			continue;
		}
		if (out->len >= most)
			return false;
		move_to(p, c, x, y, out);
		if (w == c->w && rest_is_blank(p, now, was, x, w)) {
			set_pen(p, (struct look){-1, -1, 0}, out);
			strbuf_addstr(out, "\x1b[K");
			memcpy(was + x, now + x, (size_t)(w - x) * sizeof(*now));
			return true;
		}
		send_cell(p, c, x, y, out);
		was[x] = now[x];
	}
	return true;
}

bool paint(struct painter *p, const struct canvas *c, size_t most, struct strbuf *out)
{
	size_t end = out->len + most;
	if (p->shown.w != c->w || p->shown.h != c->h) {
		painter_forget(p);
		canvas_init(&p->shown, c->w, c->h, c->utf8, c->colours);
		strbuf_addstr(out, "\x1b[m\x1b[H\x1b[2J");
		p->pen = (struct look){-1, -1, 0};
		p->pen_known = true;
		p->x = p->y = p->row = 0;
	}
	for (int y = c->h - 1; y >= 0 && y >= c->h - 2; y--)
		if (!paint_row(p, c, y, end, out))
			return false;
	for (int i = 0; i < c->h; i++) {
		if (!paint_row(p, c, p->row, end, out))
			return false;
		p->row = (p->row + 1) % c->h;
	}
	return true;
}
