#include "thaw/term/canvas.h"

#include "thaw/base/alloc.h"
#include "thaw/base/plain.h"
#include "thaw/base/shorten.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT 0xFFFD

void canvas_init(struct canvas *c, int w, int h, bool utf8, int colours)
{
	c->w = w < 1 ? 1 : w;
	c->h = h < 1 ? 1 : h;
	c->utf8 = utf8;
	c->colours = colours;
	canvas_unclip(c);
	c->zones = NULL;
	c->images = NULL;
	c->pictures = false;
	c->n_zones = c->cap_zones = c->n_images = c->cap_images = 0;
	c->cells = xcalloc((size_t)c->w * (size_t)c->h, sizeof(*c->cells));
	canvas_clear(c);
}

void canvas_clip(struct canvas *c, struct rect r)
{
	c->clip = r;
}

void canvas_unclip(struct canvas *c)
{
	c->clip = (struct rect){0, 0, c->w, c->h};
}

static void drop_images(struct canvas *c)
{
	for (size_t i = 0; i < c->n_images; i++)
		free(c->images[i].rgb);
	c->n_images = 0;
}

void canvas_release(struct canvas *c)
{
	drop_images(c);
	free(c->images);
	free(c->cells);
	free(c->zones);
	memset(c, 0, sizeof(*c));
}

void canvas_clear(struct canvas *c)
{
	c->n_zones = 0;
	drop_images(c);
	memset(c->cells, 0, (size_t)c->w * (size_t)c->h * sizeof(*c->cells));
	for (int i = 0; i < c->w * c->h; i++) {
		c->cells[i].ch = ' ';
		c->cells[i].width = 1;
	}
}

static struct rect overlap(struct rect a, struct rect b)
{
	int x = a.x > b.x ? a.x : b.x, y = a.y > b.y ? a.y : b.y;
	int right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
	int bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
	return (struct rect){x, y, right - x, bottom - y};
}

void canvas_zone(struct canvas *c, struct rect r, int kind, int index)
{
	r = overlap(r, c->clip);
	if (r.w <= 0 || r.h <= 0)
		return;
	ALLOC_GROW(c->zones, c->n_zones + 1, c->cap_zones);
	c->zones[c->n_zones++] = (struct zone){r, kind, index};
}

#define MOST_IMAGES 1000

/* FNV-1a of what it shows. */
static uint32_t image_id(int w, int h, const uint8_t *rgb)
{
	uint32_t id = 2166136261u ^ (uint32_t)w ^ (uint32_t)h << 16;
	for (size_t i = 0; i < (size_t)w * (size_t)h * 3; i++)
		id = (id ^ rgb[i]) * 16777619u;
	return id ? id : 1;
}

void canvas_image(struct canvas *c, struct rect r, int w, int h, uint8_t *rgb)
{
	if (c->n_images >= MOST_IMAGES) {
		free(rgb);
		return;
	}
	ALLOC_GROW(c->images, c->n_images + 1, c->cap_images);
	c->images[c->n_images++] = (struct canvas_image){r, w, h, rgb, image_id(w, h, rgb)};
	r = overlap(r, c->clip);
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++)
			if (x >= 0 && y >= 0 && x < c->w && y < c->h)
				c->cells[(size_t)y * (size_t)c->w + (size_t)x].image =
				    (uint16_t)c->n_images;
}

struct zone canvas_zone_at(const struct canvas *c, int x, int y, int kind)
{
	for (size_t i = c->n_zones; i-- > 0;) {
		const struct zone *z = &c->zones[i];
		bool inside =
		    x >= z->r.x && x < z->r.x + z->r.w && y >= z->r.y && y < z->r.y + z->r.h;
		if (inside && (kind == ZONE_NONE || kind == z->kind))
			return *z;
	}
	return (struct zone){{0, 0, 0, 0}, ZONE_NONE, 0};
}

static struct cell *cell_at(const struct canvas *c, int x, int y)
{
	if (x < 0 || y < 0 || x >= c->w || y >= c->h)
		return NULL;
	return &c->cells[(size_t)y * (size_t)c->w + (size_t)x];
}

const struct cell *canvas_at(const struct canvas *c, int x, int y)
{
	return cell_at(c, x, y);
}

/* Drawing characters and their plain forms; ranges where one letter serves all. */
static const struct {
	uint32_t from, to;
	char ascii;
} plain_forms[] = {
    {0x00B0, 0x00B0, ' '},
    {0x00B7, 0x00B7, '.'}, {0x00D7, 0x00D7, 'x'}, {0x2010, 0x2015, '-'}, {0x2018, 0x2019, '\''},
    {0x201C, 0x201D, '"'}, {0x2022, 0x2022, '*'}, {0x2026, 0x2026, '~'}, {0x2190, 0x2190, '<'},
    {0x2191, 0x2191, '^'}, {0x2192, 0x2192, '>'}, {0x2193, 0x2193, 'v'}, {0x2264, 0x2264, '<'},
    {0x2265, 0x2265, '>'}, {0x2500, 0x2501, '-'}, {0x2502, 0x2503, '|'}, {0x2504, 0x2505, '-'},
    {0x2506, 0x2507, ':'}, {0x2508, 0x2509, '-'}, {0x250A, 0x250B, ':'}, {0x250C, 0x254B, '+'},
    {0x254C, 0x254D, '-'}, {0x254E, 0x254F, ':'}, {0x256D, 0x2570, '+'}, {0x2574, 0x257B, '-'},
    {0x2581, 0x2581, '_'}, {0x2582, 0x2583, '.'}, {0x2584, 0x2585, '-'}, {0x2586, 0x2587, '='},
    {0x2580, 0x258B, '#'}, {0x258C, 0x258F, '-'}, {0x2590, 0x2593, '#'}, {0x25A0, 0x25A0, '#'},
    {0x25B2, 0x25B4, '^'}, {0x25B6, 0x25B8, '>'}, {0x25BC, 0x25BE, 'v'}, {0x25C0, 0x25C2, '<'},
    {0x25C6, 0x25C6, '+'}, {0x25CB, 0x25CB, 'o'}, {0x25CF, 0x25CF, 'o'}, {0x2600, 0x2600, '^'},
    {0x2605, 0x2605, '*'}, {0x2713, 0x2713, '+'}, {0x2717, 0x2717, 'x'}, {0x2744, 0x2744, '*'},
    {0x2588, 0x2588, '#'}, {0x23F8, 0x23F8, '='}, {0x2016, 0x2016, '='},
};

/* A Braille cell keeps its height: which of the upper and lower dots are set. */
static char braille_ascii(uint32_t ch)
{
	bool upper = ch & 0x1B, lower = ch & 0xE4;
	return upper && lower ? ':' : upper ? '\'' : lower ? '.' : ' ';
}

char glyph_ascii(uint32_t ch)
{
	if (ch < 0x80)
		return ch < 0x20 || ch == 0x7F ? '?' : (char)ch;
	if (ch >= 0x2800 && ch <= 0x28FF)
		return braille_ascii(ch);
	for (size_t i = 0; i < sizeof(plain_forms) / sizeof(*plain_forms); i++)
		if (ch >= plain_forms[i].from && ch <= plain_forms[i].to)
			return plain_forms[i].ascii;
	return '?';
}

/* Columns of a character and, through *ch, the one to draw. 0 = combining, -1 = draw nothing. */
static int glyph_width(uint32_t *ch, bool utf8)
{
	if (!plain_shows(*ch)) {
		*ch = utf8 ? REPLACEMENT : '?';
		return 1;
	}
	if (*ch < 0x80)
		return 1;
	int w = *ch >= 0x2800 && *ch <= 0x28FF ? 1 : wcwidth((wchar_t)*ch);
	if (!utf8) {
		*ch = (uint32_t)glyph_ascii(*ch);
		return w == 0 ? -1 : 1;
	}
	if (w >= 0)
		return w;
	*ch = REPLACEMENT;
	return 1;
}

/* Break up a wide character of which one half is about to be overwritten. */
static void break_wide(struct canvas *c, int x, int y)
{
	struct cell *cell = cell_at(c, x, y);
	if (!cell)
		return;
	struct cell *other = cell->width == 2   ? cell_at(c, x + 1, y)
			     : cell->width == 0 ? cell_at(c, x - 1, y)
						: NULL;
	if (!other)
		return;
	other->ch = cell->ch = ' ';
	other->mark = cell->mark = 0;
	other->width = cell->width = 1;
}

static void put_cell(struct canvas *c, int x, int y, uint32_t ch, int w, struct style s)
{
	struct cell *cell = cell_at(c, x, y);
	const struct rect *clip = &c->clip;
	if (!cell || x < clip->x || x + w > clip->x + clip->w || x + w > c->w || y < clip->y ||
	    y >= clip->y + clip->h)
		return;
	for (int i = 0; i < w; i++)
		break_wide(c, x + i, y);
	*cell = (struct cell){.ch = ch, .style = s, .width = (uint8_t)w};
	if (w == 2)
		cell[1] = (struct cell){.ch = ' ', .style = s, .width = 0};
}

void canvas_put(struct canvas *c, int x, int y, uint32_t ch, struct style s)
{
	int w = glyph_width(&ch, c->utf8);
	if (w > 0)
		put_cell(c, x, y, ch, w, s);
}

void canvas_dots(struct canvas *c, int x, int y, uint8_t dots, struct style s)
{
	struct cell *cell = cell_at(c, x, y);
	if (!cell)
		return;
	dots |= cell->dots;
	cell->dots = 0;
	canvas_put(c, x, y, 0x2800u + dots, s);
	cell->dots = dots;
}

void canvas_fill(struct canvas *c, struct rect r, struct style s)
{
	for (int y = r.y; y < r.y + r.h; y++)
		canvas_hline(c, r.x, y, r.w, ' ', s);
}

void canvas_hline(struct canvas *c, int x, int y, int w, uint32_t ch, struct style s)
{
	for (int i = 0; i < w; i++)
		canvas_put(c, x + i, y, ch, s);
}

/* The text by the rule of plain.h: itself, or a copy in `copy`. */
static const char *plain_of(const char *text, struct strbuf *copy)
{
	size_t len = strlen(text);
	if (plain_run(text, len) == len)
		return text;
	plain_add(copy, text, len);
	return copy->buf;
}

int text_width(const char *text, bool utf8)
{
	struct strbuf copy = STRBUF_INIT;
	int width = 0;
	uint32_t ch;
	for (const char *at = plain_of(text ? text : "", &copy); *at;) {
		at += utf8_decode(at, 4, &ch);
		int w = glyph_width(&ch, utf8);
		width += w > 0 ? w : 0;
	}
	strbuf_release(&copy);
	return width;
}

static int draw_text(struct canvas *c, int x, int y, int max_w, struct style s, const char *text)
{
	bool cut = text_width(text, c->utf8) > max_w;
	int limit = cut ? max_w - 1 : max_w, used = 0;
	struct cell *last = NULL;
	uint32_t ch;
	while (*text) {
		text += utf8_decode(text, 4, &ch);
		int w = glyph_width(&ch, c->utf8);
		if (w == 0 && last && !last->mark)
			last->mark = ch;
		if (w <= 0)
			continue;
		if (used + w > limit)
			break;
		put_cell(c, x + used, y, ch, w, s);
		last = cell_at(c, x + used, y);
		last = last && last->ch == ch ? last : NULL; /* it was clipped */
		used += w;
	}
	if (cut)
		canvas_put(c, x + used++, y, 0x2026, s);
	return used;
}

int canvas_text(struct canvas *c, int x, int y, int max_w, struct style s, const char *text)
{
	if (!text || max_w <= 0)
		return 0;
	struct strbuf copy = STRBUF_INIT;
	int used = draw_text(c, x, y, max_w, s, plain_of(text, &copy));
	strbuf_release(&copy);
	return used;
}

int canvas_name(struct canvas *c, int x, int y, int max_w, struct style s, const char *text)
{
	struct strbuf cut = STRBUF_INIT;
	shorten(&cut, text ? text : "", max_w, c->utf8);
	int used = canvas_text(c, x, y, max_w, s, cut.buf);
	strbuf_release(&cut);
	return used;
}

int canvas_textf(struct canvas *c, int x, int y, int max_w, struct style s, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return canvas_text(c, x, y, max_w, s, text);
}

void canvas_right(struct canvas *c, int x, int y, int w, struct style s, const char *text)
{
	int need = text_width(text, c->utf8);
	int skip = need < w ? w - need : 0;
	canvas_text(c, x + skip, y, w - skip, s, text);
}

void canvas_bar(struct canvas *c, int x, int y, int w, double share, struct style s)
{
	if (!(share > 0))
		share = 0;
	if (share > 1)
		share = 1;
	int eighths = (int)lround(share * w * 8);
	struct style track = s;
	track.fg = INK_FRAME;
	for (int i = 0; i < w; i++, eighths -= 8) {
		uint32_t part = eighths >= 8 ? 0x2588 : (uint32_t)(0x2590 - eighths);
		if (eighths <= 0)
			canvas_put(c, x + i, y, c->utf8 ? 0xB7 : '.', track);
		else
			canvas_put(c, x + i, y, part, s);
	}
}

static void dump_char(struct strbuf *out, uint32_t ch)
{
	if (ch < 0x80) {
		strbuf_addch(out, (char)ch);
		return;
	}
	int n = ch < 0x800 ? 1 : ch < 0x10000 ? 2 : 3; /* continuation bytes */
	static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
	strbuf_addch(out, (char)(lead[n] | ch >> (6 * n)));
	while (n-- > 0)
		strbuf_addch(out, (char)(0x80 | (ch >> (6 * n) & 0x3F)));
}

void canvas_dump(const struct canvas *c, bool clocks, struct strbuf *out)
{
	for (int y = 0; y < c->h; y++) {
		for (int x = 0; x < c->w; x++) {
			const struct cell *cell = canvas_at(c, x, y);
			if (!clocks && cell->style.attr & ATTR_CLOCK)
				strbuf_addch(out, ' ');
			else if (cell->width)
				dump_char(out, cell->ch);
			if (cell->mark)
				dump_char(out, cell->mark);
		}
		while (out->len && out->buf[out->len - 1] == ' ')
			strbuf_remove(out, out->len - 1, 1);
		strbuf_addch(out, '\n');
	}
}

void canvas_frame(struct canvas *c, struct rect r, struct style s)
{
	int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
	canvas_hline(c, r.x + 1, r.y, r.w - 2, 0x2500, s);
	canvas_hline(c, r.x + 1, bottom, r.w - 2, 0x2500, s);
	for (int y = r.y + 1; y < bottom; y++) {
		canvas_put(c, r.x, y, 0x2502, s);
		canvas_put(c, right, y, 0x2502, s);
	}
	canvas_put(c, r.x, r.y, 0x256D, s);
	canvas_put(c, right, r.y, 0x256E, s);
	canvas_put(c, r.x, bottom, 0x2570, s);
	canvas_put(c, right, bottom, 0x256F, s);
}
