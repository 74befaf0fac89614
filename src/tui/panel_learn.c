/* The Learn page: the lesson behind the tool, told with this run's numbers, and what happened at
 * each epoch of it. */
#include "thaw/learn/lesson.h"
#include "panel.h"
#include "prose.h"

#include "thaw/tui/action.h"
#include "thaw/base/words.h"

#include <stdio.h>
#include <string.h>

#define READABLE_W 84 /* longer lines are hard to follow */

/* ---- the lesson ---- */

static const struct stage_look {
	uint32_t mark;
	enum ink ink;
} stage_looks[STAGE_STATE_N] = {
    [STAGE_STARTED] = {0x25B6, INK_ACCENT},
    [STAGE_DONE] = {0x2713, INK_GOOD},
    [STAGE_SKIPPED] = {'-', INK_MUTED},
};

static void add_heading(struct prose *p, const struct history *h, int section)
{
	char text[64];
	prose_gap(p);
	const struct history_stage *st = &h->stages[section];
	struct stage_look look =
	    st->seen ? stage_looks[st->state] : (struct stage_look){0xB7, INK_MUTED};
	snprintf(text, sizeof(text), "%d %s", section + 1, stage_title(section));
	size_t at = prose_add(p, 2, STYLE_BOLD(st->seen ? INK_TITLE : INK_MUTED), text);
	prose_mark(p, at, look.mark, STYLE(look.ink));
	if (st->seen && st->state == STAGE_DONE && st->done_ms >= st->started_ms)
		prose_beside(p, at, 0, STYLE(INK_MUTED),
			     words_duration((double)(st->done_ms - st->started_ms) / 1000));
}

/* What went in and what came out, as the log has it. */
static void add_in_out(struct prose *p, const struct history *h, int section)
{
	const struct history_stage *st = &h->stages[section];
	char text[256];
	if (!st->seen)
		return;
	bool in = st->in && *st->in, out = st->out && *st->out;
	snprintf(text, sizeof(text), "%.120s%s%.120s", in ? st->in : "", in && out ? " → " : "",
		 out ? st->out : "");
	if (in || out)
		prose_add(p, 2, STYLE(INK_ACCENT), text);
}

static void add_piece(void *arg, bool figure, const char *text)
{
	prose_add(arg, 2, STYLE(figure ? INK_ACCENT : INK_NONE), text);
}

static int prose_width(struct rect r)
{
	return r.w - 1 < READABLE_W ? r.w - 1 : READABLE_W;
}

/* "1-12 of 40" on the head line when not all is seen. */
static void note_rows(struct canvas *c, struct rect r, int top, int n)
{
	char text[64];
	snprintf(text, sizeof(text), "PgDn · %d-%d of %d", top + 1, top + r.h < n ? top + r.h : n,
		 n);
	if (n > r.h)
		panel_note(c, r, 0, STYLE(INK_MUTED), text);
}

/* What there is of a quiz. */
static void add_quiz_line(struct prose *p, const struct view *v)
{
	char text[1200];
	int n = 0;
	if (v->quiz_why) {
		snprintf(text, sizeof(text), "No quiz: %s", v->quiz_why);
		prose_add(p, 2, STYLE(INK_WARN), text);
		return;
	}
	n = snprintf(text, sizeof(text), "z: a quiz about this run");
	if (v->scores.tries > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "; best of %lld %s: %lld of %lld",
			      (long long)v->scores.tries, v->scores.tries == 1 ? "try" : "tries",
			      (long long)v->scores.best_right, (long long)v->scores.best_asked);
	if (v->scores.n_ignored > 0)
		snprintf(text + n, sizeof(text) - (size_t)n,
			 " (%lld lines of the file are no scores)", (long long)v->scores.n_ignored);
	prose_add(p, 2, STYLE(INK_KEY), text);
}

/* Whether the insight has a panel of its own. */
static bool insight_aside(const struct canvas *c)
{
	struct layout l;
	layout_page(&l, PAGE_LEARN, c->w, c->h);
	return layout_find(&l, PANEL_INSIGHT).w > 0;
}

static void write_lesson(struct prose *p, const struct scene *s, const struct canvas *c)
{
	const struct facts f = {s->history, NULL};
	add_quiz_line(p, s->view);
	for (int section = 0; section < STAGE_N; section++) {
		add_heading(p, s->history, section);
		add_in_out(p, s->history, section);
		lesson_tell(&f, section, add_piece, p);
	}
	if (insight_aside(c))
		return;
	prose_gap(p);
	prose_add(p, 2, STYLE_BOLD(INK_TITLE), INSIGHT_TITLE);
	lesson_tell(&f, LESSON_INSIGHT, add_piece, p);
}

int panel_lesson_most(const struct scene *s, const struct canvas *c, struct rect inner)
{
	struct prose p;
	prose_init(&p, c, prose_width(inner));
	if (s->history->has_run)
		write_lesson(&p, s, c);
	int most = prose_most(&p, inner.h);
	prose_release(&p);
	return most;
}

void panel_lesson(const struct scene *s, struct canvas *c, struct rect r)
{
	struct prose p;
	if (!s->history->has_run) {
		panel_empty(c, r, "waiting for the run to begin");
		return;
	}
	prose_init(&p, c, prose_width(r));
	write_lesson(&p, s, c);
	int most = prose_most(&p, r.h);
	int top = s->view->lesson_down < most ? s->view->lesson_down : most;
	prose_draw(&p, c, r, top);
	note_rows(c, r, top, (int)p.n);
	prose_release(&p);
}

void panel_insight(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct facts f = {s->history, NULL};
	struct prose p;
	prose_init(&p, c, prose_width(r));
	lesson_tell(&f, LESSON_INSIGHT, add_piece, &p);
	prose_draw(&p, c, (struct rect){r.x - 1, r.y, r.w + 1, r.h}, 0);
	prose_release(&p);
}

/* ---- the trace ---- */

static const struct history_epoch *epoch_before(const struct history *h, size_t i)
{
	return i > 0 ? &h->epochs[i - 1] : NULL;
}

#define MARKS_W 4

static int phase_w(struct rect r)
{
	return r.w >= 56 ? 8 : 5;
}

/* What was done in the epoch, a sign each; planned rates of a phase's start say nothing new. */
static void draw_marks(const struct history *h, size_t i, struct canvas *c, int x, int y, bool on)
{
	bool seen[MARK_N] = {false};
	int used = 0;
	for (size_t k = 0; k < h->n_markers && used < MARKS_W - 1; k++) {
		const struct history_marker *m = &h->markers[k];
		bool planned =
		    m->cause == CAUSE_PHASE && (m->kind == MARK_LR_UP || m->kind == MARK_LR_DOWN);
		if (seen[m->kind] || planned || !lesson_near(m, epoch_before(h, i), &h->epochs[i]))
			continue;
		seen[m->kind] = true;
		canvas_put(c, x + used++, y, marker_looks[m->kind].ch,
			   row_style(STYLE(marker_looks[m->kind].ink), on));
	}
}

static void draw_point(const struct scene *s, struct canvas *c, struct rect r, size_t i, bool on)
{
	const struct history *h = s->history;
	const struct history_epoch *e = &h->epochs[i];
	const struct style plain = row_style(STYLE(INK_NONE), on),
			   muted = row_style(STYLE(INK_MUTED), on);
	char text[32];
	int x = r.x + 1;
	row_select(c, r, r.y, on);
	if (on)
		canvas_put(c, r.x, r.y, 0x25B8, row_style(STYLE(INK_ACCENT), on));
	snprintf(text, sizeof(text), "%lld", (long long)e->epoch);
	canvas_right(c, x, r.y, 3, plain, text);
	canvas_text(c, x + 4, r.y, phase_w(r), muted, e->phase ? e->phase : "");
	x += 4 + phase_w(r);
	canvas_right(c, x, r.y, 6, row_style(STYLE(INK_TRAIN), on),
		     words_opt(words_loss, e->train.loss));
	canvas_right(c, x + 6, r.y, 6, row_style(STYLE(INK_VALID), on),
		     words_opt(words_percent, e->valid.acc));
	draw_marks(h, i, c, x + 13, r.y, on);
	x += 13 + MARKS_W;
	struct strbuf words = STRBUF_INIT;
	int room = r.x + r.w - x;
	canvas_text(c, x, r.y, room, plain, fitting_words(e, room, c->utf8, &words));
	strbuf_release(&words);
}

static void draw_columns(struct canvas *c, struct rect r)
{
	int x = r.x + 1;
	canvas_right(c, x, r.y, 3, STYLE(INK_MUTED), "#");
	canvas_text(c, x + 4, r.y, phase_w(r), STYLE(INK_MUTED), "phase");
	x += 4 + phase_w(r);
	canvas_right(c, x, r.y, 6, STYLE(INK_TRAIN), "loss");
	canvas_right(c, x + 6, r.y, 6, STYLE(INK_VALID), "acc %");
	x += 13 + MARKS_W;
	canvas_text(c, x, r.y, r.x + r.w - x, STYLE(INK_MUTED), "what it shows");
}

/* What was done near the point, one line each, and what that does: of what a person or an accident
 * caused; the plan's own steps are told by the stages. */
static void add_markers(struct prose *p, const struct history *h, size_t i)
{
	for (size_t k = 0; k < h->n_markers; k++) {
		const struct history_marker *m = &h->markers[k];
		if (!lesson_near(m, epoch_before(h, i), &h->epochs[i]))
			continue;
		char text[512];
		const char *why = m->cause == CAUSE_PHASE ? NULL : lesson_marker(m->kind);
		if (m->text && strstr(m->text, "iteration"))
			snprintf(text, sizeof(text), "%.300s", m->text);
		else
			snprintf(text, sizeof(text), "iteration %lld: %.300s%s%s",
				 (long long)m->iter, m->text ? m->text : "", why ? ". " : "",
				 why ? why : "");
		size_t at = prose_add(p, 3, STYLE(INK_MUTED), text);
		prose_mark(p, at, marker_looks[m->kind].ch, STYLE(marker_looks[m->kind].ink));
	}
}

static void explain(const struct scene *s, struct prose *p, size_t i, bool whole)
{
	const struct facts f = {s->history, &s->history->epochs[i]};
	struct strbuf text = STRBUF_INIT;
	const struct history_epoch *e = f.point;
	strbuf_addf(&text, "Epoch %lld: %s", (long long)e->epoch, e->words ? e->words : "");
	if (whole)
		prose_add(p, 1, STYLE_BOLD(INK_TITLE), text.buf);
	strbuf_reset(&text);
	lesson_point(&f, &text);
	if (text.len)
		prose_add(p, 1, STYLE(INK_NONE), text.buf);
	add_markers(p, s->history, i);
	strbuf_release(&text);
}

void panel_points(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	int n = (int)h->n_epochs, at = n - 1 - s->view->points_up;
	if (n == 0) {
		panel_empty(c, r, "the first epoch is to come");
		return;
	}
	struct list list;
	list_make(&list, LIST_POINTS, h, s->view);
	struct prose p = {0};
	int room = r.h - 2 - (r.h >= 9 ? 3 : 1); /* of the words, beside head, rule and some rows */
	for (int whole = 1; whole == 1 || (whole == 0 && (int)p.n > room); whole--) {
		prose_release(&p);
		prose_init(&p, c, prose_width(r));
		explain(s, &p, (size_t)at, whole);
	}
	int words = (int)p.n < room ? (int)p.n : room < 0 ? 0 : room;
	int rows = r.h - 1 - (words ? words + 1 : 0);
	int top = list_top(list.n, rows, list_row(&list, at));
	rows = rows > list.n ? list.n : rows;
	draw_columns(c, r);
	for (int i = 0; i < rows && top + i < list.n; i++)
		draw_point(s, c, (struct rect){r.x, r.y + 1 + i, r.w, 1},
			   (size_t)list.at[top + i], list.at[top + i] == at);
	panel_list(c, r, 0, &list, top, rows);
	list_release(&list);
	if (words)
		canvas_hline(c, r.x, r.y + 1 + rows, r.w, 0x2500, STYLE(INK_FRAME));
	prose_draw(&p, c, (struct rect){r.x, r.y + 2 + rows, r.w, r.h - 2 - rows}, 0);
	prose_release(&p);
}
