#include "browser_draw.h"

#include "browser_pages.h"
#include "browser_row.h"
#include "panel.h"
#include "typed.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"
#include "thaw/report/comparison.h"
#include "thaw/term/key.h"
#include "thaw/tui/browser.h"

#include <stdio.h>
#include <string.h>

enum {
	LEAST_W = 24,
	LEAST_H = 6,
	HEAD_ROWS = 3, /* title, head line, titles of columns */
	FOOT_ROWS = 2, /* message, hints */
	FACTS_ROWS = 11,
	FACTS_FROM_H = 30, /* where there is room for the facts unasked */
	MARK_W = 2,
	TROUBLES_MOST = 3
};

static int troubles_shown(const struct browser_view *v)
{
	return v->n_troubles > TROUBLES_MOST ? TROUBLES_MOST : (int)v->n_troubles;
}

static int facts_rows(const struct browser_view *v, int h)
{
	bool shown = v->facts > 0 || (v->facts == 0 && h >= FACTS_FROM_H);
	int room = h - HEAD_ROWS - FOOT_ROWS - troubles_shown(v) - 3;
	int rows = FACTS_ROWS < room ? FACTS_ROWS : room;
	return shown && rows >= 3 && browser_row_now(v) ? rows : 0;
}

void browser_measure(struct browser_view *v, int w, int h)
{
	int facts = facts_rows(v, h), rows = h - HEAD_ROWS - FOOT_ROWS - troubles_shown(v) - facts;
	v->rows_shown = rows > 0 ? rows : 0;
	v->facts_shown = facts > 0;
	v->help_most = v->sweep ? browser_sweep_most(v, w, h) : browser_help_most(w, h);
}

static size_t n_live(const struct browser_view *v)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_rows; i++)
		n += browser_row_live(&v->rows[i]);
	return n;
}

/* ---- around the list ---- */

static void draw_title(const struct browser_view *v, struct canvas *c)
{
	const struct style plain = {INK_BAR, INK_BAR_BG, 0}, muted = {INK_BAR_MUTED, INK_BAR_BG, 0};
	struct strbuf text = STRBUF_INIT;
	canvas_fill(c, (struct rect){0, 0, c->w, 1}, plain);
	int x = 1 + canvas_text(c, 1, 0, c->w - 1,
				(struct style){INK_ACCENT, INK_BAR_BG, ATTR_BOLD}, "thaw");
	strbuf_addf(&text, "%zu live, %s", n_live(v), words_n((int64_t)v->n_rows, "run"));
	if (v->n_marks)
		strbuf_addf(&text, ", %zu marked", v->n_marks);
	x += 2 + canvas_text(c, x + 2, 0, c->w - x - 3, plain, text.buf);
	strbuf_reset(&text);
	if (v->n_unread)
		strbuf_addf(&text, "reading %s", words_n((int64_t)v->n_unread, "log"));
	else if (v->n_places > 1)
		strbuf_addf(&text, "%zu places", v->n_places);
	else if (v->where)
		strbuf_addstr(&text, v->where);
	if (x + 3 + text_width(text.buf, c->utf8) < c->w)
		canvas_right(c, 0, 0, c->w - 1, muted, text.buf);
	strbuf_release(&text);
}

static void draw_row(const struct browser_view *v, const struct browser_columns *k,
		     struct canvas *c, int place, int y)
{
	const struct browser_row *row = browser_row_at(v, place);
	bool selected = place == v->cursor;
	int slot = browser_slot(v, row);
	struct rect line = {0, y, c->w, 1};
	char letter[2] = {slot >= 0 ? comparison_letter(slot) : ' ', 0};
	row_select(c, line, y, selected);
	if (selected)
		canvas_put(c, 0, y, 0x25B8, row_style(STYLE(INK_ACCENT), true));
	if (slot >= 0)
		canvas_text(c, 1, y, 1, row_style(STYLE_BOLD(INK_RUN(slot)), selected),
			    letter);
	browser_row_draw(k, v, row, c, MARK_W + 1, y, selected);
	canvas_zone(c, line, BROWSER_ZONE_ROW, place);
}

/* Nothing to list: why, and what makes a run. */
static void draw_empty(const struct browser_view *v, struct canvas *c, struct rect r)
{
	const char *lines[] = {v->n_unread ? "reading the folders …"
			       : v->waits  ? "waiting for word from there …"
					   : "no runs here yet",
			       "thaw run EXPERIMENT makes one, e.g. thaw run cfg/flowers.yaml;",
			       "it appears here by itself"};
	int n = v->n_unread || v->waits || r.h < 3 ? 1 : 3, y = r.y + (r.h - n) / 2;
	for (int i = 0; i < n; i++) {
		int w = text_width(lines[i], c->utf8), x = r.x + (w < r.w ? (r.w - w) / 2 : 0);
		canvas_text(c, x, y + i, r.w, STYLE(i ? INK_MUTED : INK_NONE), lines[i]);
	}
}

static void draw_list(const struct browser_view *v, struct canvas *c, struct rect r)
{
	struct browser_columns k;
	struct rect in = panel_head(c, r, "Runs");
	int rows = in.h - 1, top = list_top(v->list.n, rows, v->cursor);
	panel_list(c, in, 0, &v->list, top, rows);
	browser_columns(&k, v, c->w - MARK_W - 2);
	if (v->list.n)
		browser_titles(&k, c, MARK_W + 1, in.y);
	else if (!*v->filter)
		draw_empty(v, c, in);
	for (int i = 0; i < rows && top + i < v->list.n; i++)
		draw_row(v, &k, c, top + i, in.y + 1 + i);
}

static void draw_troubles(const struct browser_view *v, struct canvas *c, int y)
{
	int n = troubles_shown(v), more = (int)v->n_troubles - n;
	for (int i = 0; i < n; i++) {
		const struct browser_trouble *t = &v->troubles[i];
		canvas_textf(c, 1, y + i, c->w - 2, STYLE(INK_WARN),
			     i == n - 1 && more ? "! %s: %s; and %d more" : "! %s: %s", t->place,
			     t->words, more);
	}
}

/* ---- the two lines at the bottom ---- */

static const struct {
	const char *before, *behind; /* of the run's name */
	const char *aside;
} prompts[BROWSER_PROMPT_N] = {
    [BROWSER_FILTER] = {"/", NULL,
			"a pattern, e.g. live|best or ^flowers · Enter keeps it · Esc lists all"},
    [BROWSER_RESUME] = {"go on with ", "? y/n", PROMPT_ANSWERS},
    [BROWSER_STOP] = {"save and stop ", "? y/n", PROMPT_ANSWERS},
    [BROWSER_DELETE] = {"delete ", " and all its weights for good? type y ",
			"y and Enter: delete · Esc: no"},
};

static void draw_prompt(const struct browser_view *v, struct canvas *c, struct rect r)
{
	char label[512];
	bool typed = v->prompt == BROWSER_FILTER || v->prompt == BROWSER_DELETE;
	const char *behind = prompts[v->prompt].behind;
	snprintf(label, sizeof(label), "%s%.256s%s", prompts[v->prompt].before,
		 behind && v->asked.path ? path_base(v->asked.path) : "", behind ? behind : "");
	if (typed)
		typed_draw(c, r, &v->input, label);
	else
		canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE_BOLD(INK_WARN), label);
	const char *aside = *v->aside ? v->aside : prompts[v->prompt].aside;
	canvas_text(c, r.x + 1, r.y + 1, r.w - 2, STYLE(v->aside_bad ? INK_BAD : INK_MUTED), aside);
}

/* The observation of the run under the cursor, or what it wants. */
static void say_of_row(const struct browser_view *v, struct canvas *c, struct rect r)
{
	const struct browser_row *row = browser_row_now(v);
	if (!row || !row->known)
		return;
	const struct run_summary *s = row->run;
	const char *text = s->error     ? s->error
			   : s->unsaved ? s->unsaved
			   : s->asks    ? s->asks
			   : *s->why    ? s->why
					: s->observation;
	bool bad = s->error || s->unsaved || s->asks;
	canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE(bad ? INK_BAD : INK_MUTED), text);
}

static void draw_message(const struct browser_view *v, struct canvas *c, struct rect r)
{
	static const unsigned char inks[] = {INK_NONE, INK_NONE, INK_GOOD, INK_BAD};
	if (v->message_kind != MESSAGE_NONE)
		canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE_BOLD(inks[v->message_kind]),
			    v->message);
	else
		say_of_row(v, c, r);
}

static int draw_hint(struct canvas *c, int x, int y, int end, size_t action)
{
	const struct browser_action *a = &browser_actions[action];
	const char *key = key_name(a->keys[0]);
	int w = text_width(key, c->utf8) + 1 + text_width(a->hint, c->utf8), from = x;
	if (x + w > end)
		return x;
	x += canvas_text(c, x, y, end - x, STYLE_BOLD(INK_KEY), key) + 1;
	x += canvas_text(c, x, y, end - x, STYLE(INK_MUTED), a->hint);
	canvas_zone(c, (struct rect){from, y, x - from, 1}, BROWSER_ZONE_ACTION, (int)action);
	return x + 2;
}

static void draw_hints(struct canvas *c, int y)
{
	enum { LAST = 2, LAST_W = 15 }; /* help and quit, the last two, always have room */
	int x = 1;
	size_t hinted[64], n = 0;
	for (size_t i = 0; i < n_browser_actions && n < 64; i++)
		if (browser_actions[i].hint)
			hinted[n++] = i;
	for (size_t i = 0; i + LAST < n; i++)
		x = draw_hint(c, x, y, c->w - LAST_W - 1, hinted[i]);
	x = c->w - LAST_W > 1 ? c->w - LAST_W : 1;
	for (size_t i = n > LAST ? n - LAST : 0; i < n; i++)
		x = draw_hint(c, x, y, c->w, hinted[i]);
}

/* ---- all of it ---- */

static void draw_foot(const struct browser_view *v, struct canvas *c)
{
	struct rect r = {0, c->h - FOOT_ROWS, c->w, FOOT_ROWS};
	if (v->prompt != BROWSER_ASKS_NOTHING) {
		draw_prompt(v, c, r);
		return;
	}
	draw_message(v, c, r);
	draw_hints(c, c->h - 1);
}

/* Too small for a list: how many are live, of how many. */
static void draw_tiny(const struct browser_view *v, struct canvas *c)
{
	char text[96];
	size_t live = n_live(v);
	snprintf(text, sizeof(text), "%zu live, %zu runs", live, v->n_rows);
	if (text_width(text, c->utf8) > c->w)
		snprintf(text, sizeof(text), "%zu/%zu", live, v->n_rows);
	if (text_width(text, c->utf8) > c->w)
		snprintf(text, sizeof(text), "%s", live ? "▶" : "·");
	canvas_text(c, 0, 0, c->w, STYLE(live ? INK_GOOD : INK_MUTED), text);
	const struct browser_row *row = browser_row_now(v);
	if (row && c->h > 1) {
		struct run_look look = browser_look(row);
		canvas_textf(c, 0, 1, c->w, STYLE(look.ink), "%s %s", look.sign, row->run->name);
	}
}

static void draw_list_page(const struct browser_view *v, struct canvas *c)
{
	int facts = facts_rows(v, c->h), troubles = troubles_shown(v);
	int y = c->h - FOOT_ROWS - facts;
	draw_list(v, c, (struct rect){0, 1, c->w, y - 1 - troubles});
	draw_troubles(v, c, y - troubles);
	if (facts)
		browser_facts(v, browser_row_now(v), c, (struct rect){0, y, c->w, facts});
}

void browser_draw(struct canvas *c, const struct browser_view *v)
{
	canvas_unclip(c);
	canvas_clear(c);
	if (c->w < LEAST_W || c->h < LEAST_H + troubles_shown(v)) {
		draw_tiny(v, c);
		return;
	}
	draw_title(v, c);
	draw_list_page(v, c);
	draw_foot(v, c);
	if (v->help)
		(v->sweep ? browser_sweep : browser_help)(v, c);
}
