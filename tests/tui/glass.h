/* A terminal (libvterm) that is painted on, and whether it looks like the canvas. */
#ifndef TESTS_TUI_GLASS_H
#define TESTS_TUI_GLASS_H

#include "check.h"

#include "thaw/term/paint.h"

#include <vterm.h>

struct glass { /* a terminal */
	VTerm *vterm;
	VTermScreen *screen;
	struct painter painter;
	size_t sent;
};

static inline void glass_open(struct glass *g, int w, int h, int colours)
{
	memset(g, 0, sizeof(*g));
	g->painter = (struct painter){
	    .dim = true, .underline = true, .corner = true, .colours = colours, .x = -1};
	g->vterm = vterm_new(h, w);
	vterm_set_utf8(g->vterm, 1);
	g->screen = vterm_obtain_screen(g->vterm);
	vterm_screen_reset(g->screen, 1);
}

static inline void glass_close(struct glass *g)
{
	painter_release(&g->painter);
	vterm_free(g->vterm);
}

static inline bool glass_paint(struct glass *g, const struct canvas *c, size_t most)
{
	struct strbuf bytes = STRBUF_INIT;
	bool done = paint(&g->painter, c, most, &bytes);
	vterm_input_write(g->vterm, bytes.buf, bytes.len);
	g->sent += bytes.len;
	strbuf_release(&bytes);
	return done;
}

static inline bool has_colour(VTermColor colour, int32_t want, int colours)
{
	if (want < 0)
		return VTERM_COLOR_IS_DEFAULT_FG(&colour) || VTERM_COLOR_IS_DEFAULT_BG(&colour);
	if (colours >= COLOURS_TRUE)
		return VTERM_COLOR_IS_RGB(&colour) && colour.rgb.red == (want >> 16 & 0xFF) &&
		       colour.rgb.green == (want >> 8 & 0xFF) && colour.rgb.blue == (want & 0xFF);
	return VTERM_COLOR_IS_INDEXED(&colour) && colour.indexed.idx == want;
}

static inline void expect_cell(struct glass *g, const struct canvas *c, int x, int y)
{
	VTermScreenCell seen;
	const struct cell *cell = canvas_at(c, x, y);
	struct look want = theme_look(cell->style, c->colours);
	bool blank = cell->ch == ' ';
	if (cell->width == 0)
		return;
	vterm_screen_get_cell(g->screen, (VTermPos){y, x}, &seen);
	uint32_t ch = seen.chars[0] ? seen.chars[0] : ' ';
	bool same = ch == cell->ch && has_colour(seen.bg, want.bg, c->colours) &&
		    seen.attrs.reverse == !!(want.attr & ATTR_REVERSE) &&
		    seen.attrs.underline == !!(want.attr & ATTR_UNDERLINE);
	if (!blank)
		same = same && has_colour(seen.fg, want.fg, c->colours) &&
		       seen.attrs.bold == !!(want.attr & ATTR_BOLD);
	if (!same)
		fail_msg("cell %d,%d: U+%04X for U+%04X, colours %d %d", x, y, ch, cell->ch,
			 want.fg, want.bg);
}

static inline void expect_canvas(struct glass *g, const struct canvas *c)
{
	for (int y = 0; y < c->h; y++)
		for (int x = 0; x < c->w; x++)
			expect_cell(g, c, x, y);
}

#endif
