/* The bar of a replay: its speed, the whole log as a line with epochs, phases and what happened on
 * it, the place that is shown, and the time. With a second row phases and marks stand above it. */
#include "panel.h"
#include "timebar.h"

#include "thaw/base/alloc.h"
#include "thaw/run/go_to.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_W 12  /* columns that the line has at least, before words have any */
#define WORDS_W 90 /* of the screen, from which on epoch and iteration have room */

static const struct marker_look goes_on = {0x25B6, INK_GOOD};

static const struct marker_look *look_of(const struct track_mark *m)
{
	return m->kind == TRACK_GOES_ON ? &goes_on : &marker_looks[m->kind];
}

/* ---- the words beside the line: of one width wherever the replay stands ---- */

static void say_speed(const struct view *v, bool full, struct strbuf *out)
{
	char text[48];
	snprintf(text, sizeof(text), "%s %-*s", v->playing ? "▶" : "‖", full ? 8 : 0,
		 full ? speed_words(v->speed) : "");
	strbuf_addf(out, "%s", text);
}

static int digits(int64_t n)
{
	return snprintf(NULL, 0, "%lld", (long long)n);
}

/* "  3/310" */
static void say_of(struct strbuf *out, const char *unit, int64_t n, int64_t of)
{
	strbuf_addf(out, " · %s %*lld/%lld", unit, digits(of), (long long)n, (long long)of);
}

static void say_place(const struct scene *s, bool full, struct strbuf *out)
{
	const struct view *v = s->view;
	const struct timeline *t = v->log;
	struct strbuf now = STRBUF_INIT, end = STRBUF_INIT;
	go_to_clock(v->play_ms, &now);
	go_to_clock(timeline_ms(t, t->n), &end);
	strbuf_addf(out, "%*s/%s", (int)end.len, now.buf, end.buf);
	strbuf_release(&now);
	strbuf_release(&end);
	if (full && t->track.n_spells)
		say_of(out, "iter", s->history->iter, t->track.last_iter);
	if (full && t->n_epochs)
		say_of(out, "epoch", s->history->epoch, t->epochs[t->n_epochs - 1].epoch);
}

/* ---- the line ---- */

/* Phases are told apart by their ink. */
static struct style line_style(const struct timebar_cell *cell, bool past)
{
	static const unsigned char inks[2][2] = {{INK_FRAME, INK_MUTED}, {INK_ACCENT, INK_GOOD}};
	return STYLE(inks[past][cell->n_phases > 0 && cell->n_phases % 2 == 0]);
}

/* Without its marks; `place` is the column shown now. */
static void draw_line(struct canvas *c, struct rect r, const struct timebar_cell *cells, int place)
{
	for (int x = 0; x < r.w; x++) {
		bool past = x<place, tick = cells[x].epoch_at> 0;
		uint32_t ch = tick ? past ? 0x2503 : 0x2502 : past ? 0x2501 : 0x2500;
		if (!tick && past && !c->utf8)
			ch = '=';
		if (cells[x].best)
			canvas_put(c, r.x + x, r.y, 0x2605, STYLE_BOLD(INK_ACCENT));
		else
			canvas_put(c, r.x + x, r.y, ch, line_style(&cells[x], past));
	}
	canvas_put(c, r.x + place, r.y, c->utf8 ? 0x25CF : 'O', STYLE_BOLD(INK_ACCENT));
}

static void draw_marks(struct canvas *c, struct rect r, const struct timebar_cell *cells,
		       int but_column)
{
	for (int x = 0; x < r.w; x++)
		if (cells[x].mark && x != but_column)
			canvas_put(c, r.x + x, r.y, look_of(cells[x].mark)->ch,
				   STYLE(look_of(cells[x].mark)->ink));
}

static int next_mark(const struct timebar_cell *cells, int w, int x)
{
	for (x++; x < w && !cells[x].mark; x++)
		;
	return x;
}

/* Behind its mark, where the next one leaves room for the whole name. */
static void name_phases(struct canvas *c, struct rect r, const struct timebar_cell *cells)
{
	for (int x = 0; x < r.w; x++) {
		const char *name = cells[x].phase ? cells[x].phase->name : "";
		int end = next_mark(cells, r.w, x);
		if (*name && x + 1 + text_width(name, c->utf8) < end)
			canvas_text(c, r.x + x + 1, r.y, end - x - 1, STYLE(INK_TITLE), name);
	}
}

static void draw_all(const struct view *v, struct canvas *c, struct rect line, int rows)
{
	const struct timeline *t = v->log;
	int place = timebar_column(t->n, line.w, v->position);
	struct timebar_cell *cells = xcalloc((size_t)line.w, sizeof(*cells));
	struct rect low = {line.x, line.y + rows - 1, line.w, 1};
	timebar_cells(t, line.w, cells);
	draw_line(c, low, cells, place);
	draw_marks(c, line, cells, rows == 1 ? place : -1);
	if (rows > 1)
		name_phases(c, line, cells);
	canvas_zone(c, (struct rect){line.x, line.y, line.w, rows}, ZONE_TIMELINE, 0);
	free(cells);
}

static void draw_loading(const struct view *v, struct canvas *c, struct rect r)
{
	char text[48];
	snprintf(text, sizeof(text), "reading the log, %.0f%%", v->loaded * 100);
	int w = canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE(INK_ACCENT), text) + 3;
	canvas_bar(c, r.x + w, r.y, r.w - w - 1, v->loaded, STYLE(INK_ACCENT));
}

void panel_timeline(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct view *v = s->view;
	struct strbuf left = STRBUF_INIT, right = STRBUF_INIT;
	int y = r.y + r.h - 1;
	if (v->loading) {
		draw_loading(v, c, (struct rect){r.x, y, r.w, 1});
		return;
	}
	say_speed(v, r.w >= 40, &left);
	if (r.w >= 30)
		say_place(s, r.w >= WORDS_W, &right);
	int left_w = text_width(left.buf, c->utf8) + 1,
	    right_w = text_width(right.buf, c->utf8) + 1;
	if (right_w > r.w - left_w - LINE_W)
		right_w = 0;
	struct rect line = {r.x + 1 + left_w, r.y, r.w - left_w - right_w - 2, 1};
	canvas_text(c, r.x + 1, y, left_w, STYLE_BOLD(INK_ACCENT), left.buf);
	if (right_w)
		canvas_text(c, r.x + r.w - right_w, y, right_w,
			    (struct style){INK_NONE, INK_NONE, ATTR_CLOCK}, right.buf);
	if (line.w > 0)
		draw_all(v, c, line, r.h);
	strbuf_release(&left);
	strbuf_release(&right);
}
