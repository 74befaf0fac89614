/* The comparison's tables: what the runs were set to and how they came out, and their classes. Rows down, a
 * column a run; titles and names stay while both ways are scrolled. */
#include "compare_pages.h"

#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TITLE_W = 30, LEAST_W = 8, MOST_W = 44, GAP = 2 };

struct entry {
	char *text; /* owned; NULL: empty */
	enum ink ink;
	bool bold;
};

struct line {
	char *title; /* owned */
	bool heading;
	struct entry *cells; /* [n_runs] owned; NULL of a heading */
};

struct table {
	struct comparand *runs; /* [n] owned */
	size_t n;
	struct line *lines; /* [n_lines] */
	size_t n_lines, cap;
	int title_w, *w; /* of the titles; [n] owned, of each column */
};

static void table_init(struct table *t, const struct compare_view *v)
{
	*t = (struct table){.runs = xcalloc(v->n_runs + 1, sizeof(*t->runs)),
			    .w = xcalloc(v->n_runs + 1, sizeof(*t->w))};
	t->n = compare_comparands(v, t->runs);
}

static void table_release(struct table *t)
{
	for (size_t i = 0; i < t->n_lines; i++) {
		for (size_t k = 0; t->lines[i].cells && k < t->n; k++)
			free(t->lines[i].cells[k].text);
		free(t->lines[i].cells);
		free(t->lines[i].title);
	}
	free(t->lines);
	free(t->runs);
	free(t->w);
}

static struct line *add_line(struct table *t, const char *title, bool heading)
{
	ALLOC_GROW(t->lines, t->n_lines + 1, t->cap);
	t->lines[t->n_lines] =
	    (struct line){.title = xstrdup(title),
			  .heading = heading,
			  .cells = heading ? NULL : xcalloc(t->n + 1, sizeof(struct entry))};
	return &t->lines[t->n_lines++];
}

/* Each as wide as what stands in it, within bounds; wider where few runs leave room. */
static void measure(struct table *t, const struct canvas *c, int w)
{
	t->title_w = LEAST_W;
	for (size_t i = 0; i < t->n_lines; i++) {
		int wide = text_width(t->lines[i].title, c->utf8);
		t->title_w = !t->lines[i].heading && wide > t->title_w ? wide : t->title_w;
	}
	int title_most = w / 3 < TITLE_W ? w / 3 : TITLE_W;
	t->title_w = t->title_w > title_most ? title_most : t->title_w;
	int room = t->n ? (w - t->title_w - 2) / (int)t->n - GAP : 0,
	    most = room > MOST_W ? room : MOST_W;
	for (size_t k = 0; k < t->n; k++) {
		int wide = text_width(t->runs[k].name, c->utf8) + 2;
		for (size_t i = 0; i < t->n_lines; i++) {
			const struct entry *cell = t->lines[i].cells ? &t->lines[i].cells[k] : NULL;
			int own = cell && cell->text ? text_width(cell->text, c->utf8) : 0;
			wide = own > wide ? own : wide;
		}
		t->w[k] = wide < LEAST_W ? LEAST_W : wide > most ? most : wide;
	}
}

/* The first column that may be scrolled out so that the last still fills the screen. */
static int most_left(const struct table *t, int room)
{
	int used = 0;
	size_t k = t->n;
	while (k > 0 && used + t->w[k - 1] + GAP <= room)
		used += t->w[--k] + GAP;
	return k < t->n ? (int)k : t->n ? (int)t->n - 1 : 0;
}

static int clamp(int v, int most)
{
	return v > most ? most : v < 0 ? 0 : v;
}

/* The columns that column `k` gets at `x`; 0: too few to read it by. */
static int room_for(const struct table *t, size_t k, int x, int end)
{
	int room = end - x;
	return t->w[k] <= room ? t->w[k] : room >= 2 * LEAST_W ? room : 0;
}

static void draw_names(const struct table *t, struct canvas *c, struct rect r, int left)
{
	int x = r.x + 1 + t->title_w + GAP, end = r.x + r.w;
	for (size_t k = (size_t)left; k < t->n && room_for(t, k, x, end); k++) {
		const struct comparand *run = &t->runs[k];
		int w = room_for(t, k, x, end);
		canvas_put(c, x, r.y, (uint32_t)comparison_letter(run->slot),
			   STYLE_BOLD(INK_RUN(run->slot)));
		if (w > 2)
			canvas_name(c, x + 2, r.y, w - 2, STYLE(INK_RUN(run->slot)), run->name);
		x += t->w[k] + GAP;
	}
}

static void draw_line(const struct table *t, const struct line *l, struct canvas *c, struct rect r,
		      int left)
{
	int x = r.x + 1 + t->title_w + GAP, end = r.x + r.w;
	if (l->heading) {
		canvas_text(c, r.x, r.y, r.w, STYLE_BOLD(INK_ACCENT), l->title);
		return;
	}
	canvas_name(c, r.x + 1, r.y, t->title_w, STYLE(INK_MUTED), l->title);
	for (size_t k = (size_t)left; k < t->n && room_for(t, k, x, end); k++) {
		const struct entry *cell = &l->cells[k];
		struct style s = {cell->ink, INK_NONE, cell->bold ? ATTR_BOLD : 0};
		if (cell->text)
			canvas_text(c, x, r.y, room_for(t, k, x, end), s, cell->text);
		x += t->w[k] + GAP;
	}
}

/* What of it is shown, on the head line. */
static void say_place(const struct compare_view *v, const struct table *t, struct canvas *c,
		      struct rect in, int rows)
{
	char text[96] = "";
	int top = v->top[v->page], left = v->left[v->page], used = 0;
	if (v->most_left)
		snprintf(text, sizeof(text), "runs %d.. of %zu", left + 1, t->n);
	if (*text)
		used = panel_note(c, in, 0, STYLE(INK_ACCENT), text);
	if (rows < (int)t->n_lines) {
		snprintf(text, sizeof(text), "%d-%d of %zu", top + 1,
			 top + rows > (int)t->n_lines ? (int)t->n_lines : top + rows, t->n_lines);
		panel_note(c, in, used, STYLE(INK_ACCENT), text);
	}
}

static void draw_table(struct compare_view *v, struct table *t, struct canvas *c, struct rect in)
{
	int rows = in.h - 1;
	measure(t, c, in.w);
	v->rows_shown = rows;
	v->most_top = (int)t->n_lines > rows ? (int)t->n_lines - rows : 0;
	v->most_left = most_left(t, in.w - t->title_w - GAP - 1);
	int top = v->top[v->page] = clamp(v->top[v->page], v->most_top);
	int left = v->left[v->page] = clamp(v->left[v->page], v->most_left);
	say_place(v, t, c, in, rows);
	draw_names(t, c, (struct rect){in.x, in.y, in.w, 1}, left);
	for (int i = 0; i < rows && top + i < (int)t->n_lines; i++)
		draw_line(t, &t->lines[top + i], c, (struct rect){in.x, in.y + 1 + i, in.w, 1},
			  left);
}

/* ---- settings and results ---- */

static enum ink status_ink(enum run_status s)
{
	static const enum ink inks[RUN_STATUS_N] = {
	    [RUN_STATUS_FINISHED] = INK_GOOD, [RUN_STATUS_STOPPED] = INK_WARN,
	    [RUN_STATUS_FAILED] = INK_BAD,    [RUN_STATUS_RUNNING] = INK_GOOD,
	    [RUN_STATUS_UNSAVED] = INK_BAD,   [RUN_STATUS_CRASHED] = INK_BAD};
	return inks[s];
}

static void fill_sheet(struct table *t, const struct sheet *s, bool all)
{
	char text[96];
	for (size_t i = 0; i < s->n_rows; i++) {
		const struct sheet_row *row = &s->rows[i];
		if (!i || row->part != s->rows[i - 1].part)
			add_line(t, sheet_titles[row->part], true);
		struct line *l = add_line(t, row->title, false);
		for (size_t k = 0; k < t->n; k++)
			l->cells[k] = (struct entry){
			    xstrdup(row->cells[k]),
			    i == 0 ? status_ink(t->runs[k].status) : INK_NONE, all && row->differs};
	}
	if (!s->n_same)
		return;
	snprintf(text, sizeof(text), "%s the same in all of them; d shows them",
		 words_n((int64_t)s->n_same, "setting"));
	add_line(t, text, true);
}

void compare_draw_sheet(struct compare_view *v, struct canvas *c, struct rect r)
{
	struct table t;
	struct sheet s;
	struct rect in = panel_head(
	    c, r, v->all_settings ? "Table: all settings" : "Table: settings that differ");
	table_init(&t, v);
	sheet_make(&s, t.runs, t.n, v->all_settings);
	if (t.n) {
		fill_sheet(&t, &s, v->all_settings);
		draw_table(v, &t, c, in);
	} else {
		panel_empty(c, in, "no run is shown; a shows all of them");
	}
	sheet_release(&s);
	table_release(&t);
}

/* ---- classes ---- */

/* "86.1 +3.2": the value, and how far it is from that of the first run. */
static struct entry class_cell(const struct class_row *row, size_t k)
{
	struct opt_double v = row->values[k], first = row->values[0];
	struct strbuf text = STRBUF_INIT;
	struct entry cell = {.ink = INK_NONE};
	if (!v.valid)
		return cell;
	double change = (v.value - first.value) * 100;
	strbuf_addf(&text, "%5s", words_percent(v.value));
	if (k && first.valid) {
		strbuf_addf(&text, " %+6.1f", change);
		cell.ink = change > 0.05 ? INK_GOOD : change < -0.05 ? INK_BAD : INK_MUTED;
	}
	cell.text = strbuf_detach(&text);
	return cell;
}

static void fill_classes(struct table *t, const struct class_rows *r)
{
	struct line *l = add_line(t, "of epoch", false);
	for (size_t k = 0; k < t->n; k++)
		if (r->epochs[k])
			l->cells[k] = (struct entry){xasprintf("%lld", (long long)r->epochs[k]),
						     INK_MUTED, false};
	for (size_t i = 0; i < r->n; i++) {
		l = add_line(t, r->at[i].name, false);
		for (size_t k = 0; k < t->n; k++)
			l->cells[k] = class_cell(&r->at[i], k);
	}
}

void compare_draw_classes(struct compare_view *v, struct canvas *c, struct rect r)
{
	struct table t;
	struct class_rows rows;
	char title[160];
	table_init(&t, v);
	snprintf(title, sizeof(title), "Classes: %s %% at the %s epoch, %s%s",
		 class_figure_names[v->class_figure], v->class_last ? "last" : "best",
		 class_order_names[v->class_order], v->class_reverse ? ", turned round" : "");
	struct rect in = panel_head(c, r, title);
	class_rows_make(&rows, t.runs, t.n, v->class_figure, v->class_last, v->class_order,
			v->class_reverse);
	if (rows.n) {
		fill_classes(&t, &rows);
		draw_table(v, &t, c, in);
	} else {
		panel_empty(c, in,
			    t.n ? "none of these runs tells of classes"
				: "no run is shown; a shows all of them");
	}
	class_rows_release(&rows);
	table_release(&t);
}
