/* The runs of a comparison below its charts: letter, name, the figures of the charts at the crosshair
 * or at the end, and what else there is room for. */
#include "compare_pages.h"

#include "panel.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>

enum { HEAD_ROWS = 2, RUNS_MOST = 8, NAME_W = 28, LEAST_NAME_W = 10, VALUE_W = 7, SIGN_W = 4 };

int compare_list_rows(const struct compare_view *v, int h)
{
	int n = (int)v->n_list < 1 ? 1 : (int)v->n_list;
	int most = h / 3 - HEAD_ROWS;
	most = most > RUNS_MOST ? RUNS_MOST : most < 1 ? 1 : most;
	return HEAD_ROWS + (n < most ? n : most);
}

/* ---- columns behind those of the charts ---- */

static void say_best(const struct compare_run *r, struct strbuf *out)
{
	struct history_best best = history_best(&r->course.history);
	if (best.acc.valid)
		strbuf_addf(out, "%s @%lld", words_percent(best.acc.value), (long long)best.epoch);
	else if (best.loss.valid)
		strbuf_addf(out, "%s @%lld", words_loss(best.loss.value), (long long)best.epoch);
}

static void say_epochs(const struct compare_run *r, struct strbuf *out)
{
	const struct history *h = &r->course.history;
	strbuf_addf(out, "%zu", h->n_epochs);
	if (h->run.epochs > 0)
		strbuf_addf(out, "/%lld", (long long)h->run.epochs);
}

static void say_took(const struct compare_run *r, struct strbuf *out)
{
	strbuf_addstr(out, words_duration(history_seconds(&r->course.history)));
}

static void say_status(const struct compare_run *r, struct strbuf *out)
{
	if (!r->course.whole)
		strbuf_addf(out, "%.0f %%", course_progress(&r->course) * 100);
	else
		strbuf_addstr(out, run_status_name(r->status));
}

static void say_interventions(const struct compare_run *r, struct strbuf *out)
{
	size_t n = n_interventions(&r->course.history);
	if (n)
		strbuf_addf(out, "%zu", n);
}

static void say_device(const struct compare_run *r, struct strbuf *out)
{
	history_device_name(&r->course.history, out);
}

static const struct {
	const char *title;
	int w;
	void (*say)(const struct compare_run *r, struct strbuf *out);
} columns[] = {
    {"BEST", 9, say_best}, {"STATUS", 8, say_status},         {"EPOCHS", 7, say_epochs},
    {"TOOK", 8, say_took}, {"CHANGES", 7, say_interventions}, {"DEVICE", 12, say_device},
};
enum { N_COLUMNS = sizeof(columns) / sizeof(*columns) };

/* ---- values ---- */

/* Under the crosshair, else the newest; empty where the run does not tell it there. */
static struct opt_double value_of(const struct compare_view *v, const struct compare_run *r,
				  size_t figure)
{
	const struct curve *k = &r->curves[figure].curve;
	double lo, hi;
	if (!r->curves[figure].version || !figure_span(&r->course, v->axis, &lo, &hi))
		return (struct opt_double){0};
	return curve_at(k, v->cross ? v->cross_x : hi, hi);
}

struct place {
	struct canvas *c;
	int x, y, end;
};

static bool fits(const struct place *p, int w)
{
	return p->x + w <= p->end;
}

static void put(struct place *p, int w, struct style s, const char *text)
{
	if (fits(p, w))
		canvas_right(p->c, p->x, p->y, w, s, text);
	p->x += w + 2;
}

static void draw_titles(const struct compare_view *v, struct place p, const size_t *charts,
			size_t n_charts)
{
	for (size_t i = 0; i < n_charts; i++)
		put(&p, VALUE_W, STYLE(v->cross ? INK_ACCENT : INK_MUTED),
		    figures[charts[i]].brief);
	if (*v->filter && fits(&p, VALUE_W)) {
		canvas_text(p.c, p.x, p.y, p.end - p.x, STYLE(INK_MUTED), "MATCHED");
		return;
	}
	for (int i = 0; i < N_COLUMNS; i++)
		put(&p, columns[i].w, STYLE(INK_MUTED), columns[i].title);
}

static void draw_cells(const struct compare_view *v, const struct compare_run *r, struct place p,
		       const size_t *charts, size_t n_charts, bool selected)
{
	struct style plain = row_style(STYLE(r->hidden ? INK_MUTED : INK_NONE), selected);
	struct strbuf text = STRBUF_INIT;
	for (size_t i = 0; i < n_charts; i++) {
		struct opt_double value =
		    compare_shown(r) ? value_of(v, r, charts[i]) : (struct opt_double){0};
		put(&p, VALUE_W, plain, value.valid ? figures[charts[i]].words(value.value) : "");
	}
	if (*v->filter && fits(&p, VALUE_W)) {
		canvas_text(p.c, p.x, p.y, p.end - p.x, row_style(STYLE(INK_ACCENT), selected),
			    r->match ? r->match : "its name");
	} else {
		for (int i = 0; i < N_COLUMNS; i++) {
			strbuf_reset(&text);
			columns[i].say(r, &text);
			put(&p, columns[i].w, plain, text.buf);
		}
	}
	strbuf_release(&text);
}

static void draw_run(struct compare_view *v, int at, struct place p, int name_w,
		     const size_t *charts, size_t n_charts)
{
	const struct compare_run *r = &v->runs[v->list[at]];
	bool selected = at == v->cursor;
	struct rect line = {0, p.y, p.end, 1};
	struct style own = STYLE(r->hidden ? INK_MUTED : INK_RUN(r->slot));
	row_select(p.c, line, p.y, selected);
	if (selected)
		canvas_put(p.c, 0, p.y, 0x25B8, row_style(STYLE(INK_ACCENT), true));
	canvas_put(p.c, 1, p.y, (uint32_t)comparison_letter(r->slot),
		   row_style((struct style){own.fg, INK_NONE, ATTR_BOLD}, selected));
	canvas_put(p.c, 2, p.y,
		   r->hidden   ? '-'
		   : r->pinned ? 0x2605
			       : ' ',
		   row_style(STYLE(r->hidden ? INK_MUTED : INK_ACCENT), selected));
	own.attr = r->pinned ? ATTR_BOLD : 0;
	canvas_name(p.c, SIGN_W, p.y, name_w, row_style(own, selected), r->name);
	canvas_zone(p.c, line, COMPARE_ZONE_RUN, at);
	p.x = SIGN_W + name_w + 2;
	draw_cells(v, r, p, charts, n_charts, selected);
}

static void draw_head(const struct compare_view *v, struct canvas *c, struct rect r, int top,
		      int rows)
{
	char text[EDIT_MAX + 64];
	struct strbuf at = STRBUF_INIT;
	struct rect in = panel_head(c, r, "Runs");
	if (v->cross)
		compare_place_words(v->axis, v->cross_x, &at);
	int used = at.len ? panel_note(c, in, 0, STYLE(INK_ACCENT), at.buf) : 0;
	if (*v->filter) {
		snprintf(text, sizeof(text), "%zu of %zu /%s/", v->n_list, v->n_runs, v->filter);
		used = panel_note(c, in, used, STYLE_BOLD(INK_ACCENT), text);
	}
	if (rows < (int)v->n_list) {
		snprintf(text, sizeof(text), "%d-%d of %zu", top + 1, top + rows, v->n_list);
		panel_note(c, in, used, STYLE(INK_MUTED), text);
	}
	strbuf_release(&at);
}

/* As wide as the longest name, and at most what the values leave. */
static int name_width(const struct compare_view *v, const struct canvas *c, size_t n_charts)
{
	int w = LEAST_NAME_W,
	    room = c->w - SIGN_W - (int)n_charts * (VALUE_W + 2) - columns[0].w - 4;
	for (size_t i = 0; i < v->n_list; i++) {
		int wide = text_width(v->runs[v->list[i]].name, c->utf8);
		w = wide > w ? wide : w;
	}
	w = w > NAME_W ? NAME_W : w;
	return w < room ? w : room > LEAST_NAME_W ? room : LEAST_NAME_W;
}

void compare_draw_list(struct compare_view *v, struct canvas *c, struct rect r,
		       const size_t *charts, size_t n_charts)
{
	int rows = r.h - HEAD_ROWS, top = list_top((int)v->n_list, rows, v->cursor);
	int name_w = name_width(v, c, n_charts);
	struct place p = {c, SIGN_W + name_w + 2, r.y + 1, r.x + r.w};
	draw_head(v, c, r, top, rows);
	v->rows_shown = rows;
	canvas_text(c, SIGN_W, p.y, name_w, STYLE(INK_MUTED), "NAME");
	draw_titles(v, p, charts, n_charts);
	if (!v->n_list)
		panel_empty(c, (struct rect){r.x, r.y + HEAD_ROWS, r.w, 1},
			    "no run matches; / asks for another pattern, Esc lists all");
	for (int i = 0; i < rows && top + i < (int)v->n_list; i++) {
		p.y++;
		draw_run(v, top + i, p, name_w, charts, n_charts);
	}
}
