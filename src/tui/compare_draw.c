/* Around the comparison's pages: the title, the message, the hints. */
#include "compare_pages.h"

#include "panel.h"
#include "typed.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"
#include "thaw/term/key.h"
#include "thaw/tui/compare.h"

#include <stdio.h>
#include <string.h>

enum { LEAST_W = 24, LEAST_H = 8, FOOT_ROWS = 2 };

/* ---- the title ---- */

static void title_right(const struct compare_view *v, struct strbuf *out)
{
	struct strbuf smooth = STRBUF_INIT;
	double progress = compare_progress(v);
	if (progress < 1)
		strbuf_addf(out, "reading %.0f %%  ", progress * 100);
	if (v->page != COMPARE_CURVES)
		goto out;
	smoothing_words(&v->smoothing, &smooth);
	strbuf_addf(out, "by %s", axis_names[v->axis]);
	if (smoothing_on(&v->smoothing))
		strbuf_addf(out, ", smoothing %s", smooth.buf);
	if (v->zoom)
		strbuf_addf(out, ", %d×", 1 << v->zoom);
out:
	strbuf_release(&smooth);
}

static int draw_pages(const struct compare_view *v, struct canvas *c, int x)
{
	for (int i = 0; i < COMPARE_PAGE_N; i++) {
		bool now = i == (int)v->page;
		struct style s = {now ? INK_BAR : INK_BAR_MUTED, INK_BAR_BG, now ? ATTR_BOLD : 0};
		x += canvas_textf(c, x, 0, c->w - x, s, now ? "[%d %s]" : " %d %s ", i + 1,
				  compare_page_names[i]);
	}
	return x;
}

static void draw_title(const struct compare_view *v, struct canvas *c)
{
	const struct style plain = {INK_BAR, INK_BAR_BG, 0}, muted = {INK_BAR_MUTED, INK_BAR_BG, 0};
	struct strbuf text = STRBUF_INIT;
	size_t shown = compare_n_shown(v), live = compare_n_live(v);
	canvas_fill(c, (struct rect){0, 0, c->w, 1}, plain);
	int x = 1 + canvas_text(c, 1, 0, c->w - 1,
				(struct style){INK_ACCENT, INK_BAR_BG, ATTR_BOLD}, "compare");
	if (shown < v->n_runs)
		strbuf_addf(&text, "%zu of ", shown);
	strbuf_addstr(&text, words_n((int64_t)v->n_runs, "run"));
	if (live)
		strbuf_addf(&text, ", %zu live", live);
	x = draw_pages(v, c, x + 1);
	x += 1 + canvas_text(c, x + 1, 0, c->w - x - 2, plain, text.buf);
	strbuf_reset(&text);
	title_right(v, &text);
	if (x + 2 + text_width(text.buf, c->utf8) < c->w)
		canvas_right(c, 0, 0, c->w - 1, muted, text.buf);
	strbuf_release(&text);
}

/* ---- the two lines at the bottom ---- */

static void draw_prompt(const struct compare_view *v, struct canvas *c, struct rect r)
{
	typed_draw(c, r, &v->input, "/");
	canvas_text(c, r.x + 1, r.y + 1, r.w - 2, STYLE(v->aside_bad ? INK_BAD : INK_MUTED),
		    *v->aside
			? v->aside
			: "a pattern, e.g. ^flowers or lr=0.001 · Enter keeps it · Esc lists all");
}

static void draw_message(const struct compare_view *v, struct canvas *c, struct rect r)
{
	static const unsigned char inks[] = {INK_NONE, INK_NONE, INK_GOOD, INK_BAD};
	if (v->message_kind != MESSAGE_NONE)
		canvas_text(c, r.x + 1, r.y, r.w - 2, STYLE_BOLD(inks[v->message_kind]),
			    v->message);
}

static int draw_hint(struct canvas *c, int x, int y, int end, size_t action)
{
	const struct compare_action *a = &compare_actions[action];
	const char *key = key_name(a->keys[0]);
	int gap = *a->hint ? 1 : 0,
	    w = text_width(key, c->utf8) + gap + text_width(a->hint, c->utf8);
	int from = x;
	if (x + w > end)
		return x;
	x += canvas_text(c, x, y, end - x, STYLE_BOLD(INK_KEY), key) + gap;
	x += canvas_text(c, x, y, end - x, STYLE(INK_MUTED), a->hint);
	canvas_zone(c, (struct rect){from, y, x - from, 1}, COMPARE_ZONE_ACTION, (int)action);
	return x + (*a->hint ? 2 : 1);
}

static void draw_hints(const struct compare_view *v, struct canvas *c, int y)
{
	enum { LAST = 2, LAST_W = 15 }; /* help and quit, the last two, always have room */
	int x = 1;
	size_t hinted[64], n = 0;
	for (size_t i = 0; i < n_compare_actions && n < 64; i++) {
		const struct compare_action *a = &compare_actions[i];
		if (a->hint && (!a->pages || a->pages & 1u << v->page))
			hinted[n++] = i;
	}
	for (size_t i = 0; i + LAST < n; i++)
		x = draw_hint(c, x, y, c->w - LAST_W - 1, hinted[i]);
	x = c->w - LAST_W > 1 ? c->w - LAST_W : 1;
	for (size_t i = n > LAST ? n - LAST : 0; i < n; i++)
		x = draw_hint(c, x, y, c->w, hinted[i]);
}

/* ---- all of it ---- */

static void draw_foot(const struct compare_view *v, struct canvas *c)
{
	struct rect r = {0, c->h - FOOT_ROWS, c->w, FOOT_ROWS};
	if (v->asks) {
		draw_prompt(v, c, r);
		return;
	}
	draw_message(v, c, r);
	draw_hints(v, c, c->h - 1);
}

/* Too small for a chart: the best accuracy of each, as many as there is room for. */
static void draw_tiny(const struct compare_view *v, struct canvas *c)
{
	for (size_t i = 0; i < v->n_list && (int)i < c->h; i++) {
		const struct compare_run *r = &v->runs[v->list[i]];
		canvas_textf(c, 0, (int)i, c->w, STYLE(INK_RUN(r->slot)), "%c %s %s",
			     comparison_letter(r->slot),
			     words_opt(words_percent, history_best(&r->course.history).acc),
			     r->name);
	}
}

void compare_draw(struct canvas *c, struct compare_view *v)
{
	static void (*const pages[COMPARE_PAGE_N])(struct compare_view * v, struct canvas * c,
						   struct rect r) = {
	    compare_draw_curves, compare_draw_sheet, compare_draw_classes};
	canvas_unclip(c);
	canvas_clear(c);
	v->help_most = compare_help_most(c->w, c->h);
	if (c->w < LEAST_W || c->h < LEAST_H) {
		draw_tiny(v, c);
		return;
	}
	draw_title(v, c);
	pages[v->page](v, c, (struct rect){0, 1, c->w, c->h - 1 - FOOT_ROWS});
	draw_foot(v, c);
	if (v->help)
		compare_help(v, c);
}
