/* Up to eight runs over each other: validation accuracy by epoch, and below it each one's best figures
 * and settings. Colour and letter are those of its mark. */
#include "browser_pages.h"

#include "browser_row.h"
#include "panel.h"
#include "thaw/base/file.h"
#include "thaw/base/words.h"
#include "thaw/term/plot.h"

#include <stdio.h>
#include <string.h>

struct compared {
	const struct browser_row *rows[BROWSER_COMPARE_MOST];
	int slots[BROWSER_COMPARE_MOST];
	size_t n;
};

/* ---- the curves ---- */

static void draw_curve(struct plot *p, const struct run_summary *s, int slot)
{
	double xs[RUN_CURVE_MAX], ys[RUN_CURVE_MAX];
	const struct style style = STYLE(browser_slot_ink(slot));
	const uint32_t letter = (uint32_t)browser_slot_letter(slot);
	for (size_t i = 0; i < s->n_curve; i++) {
		xs[i] = (double)s->curve[i].epoch;
		ys[i] = s->curve[i].acc;
	}
	p->letter = letter;
	plot_line(p, xs, ys, s->n_curve, style);
	if (s->n_curve)
		plot_point(p, xs[s->n_curve - 1], ys[s->n_curve - 1], letter,
			   STYLE_BOLD(browser_slot_ink(slot)));
}

static void draw_curves(const struct compared *k, struct canvas *c, struct rect r)
{
	struct range x = {0}, y = {0};
	struct plot p;
	for (size_t i = 0; i < k->n; i++) {
		const struct run_summary *s = k->rows[i]->run;
		for (size_t j = 0; j < s->n_curve; j++) {
			range_add(&x, (double)s->curve[j].epoch);
			range_add(&y, s->curve[j].acc);
		}
	}
	if (!y.any)
		panel_empty(c, r, "none of them has an epoch yet");
	else if (plot_begin_counting(&p, c, r, x, y, PLOT_PERCENT, (struct plot_count){1, "epoch"}))
		for (size_t i = 0; i < k->n; i++)
			draw_curve(&p, k->rows[i]->run, k->slots[i]);
}

/* ---- the table ---- */

static void say_best(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addstr(out, words_opt(words_percent, s->best_acc));
	if (s->best_epoch)
		strbuf_addf(out, " @%lld", (long long)s->best_epoch);
}

static void say_last(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addstr(out, words_opt(words_percent, s->last_acc));
}

static void say_loss(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addstr(out, words_opt(words_loss, s->last_loss));
}

static void say_epochs(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addf(out, "%lld/%lld", (long long)s->n_epochs, (long long)s->epochs);
}

static void say_took(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addstr(out, words_duration(s->seconds));
}

static void say_batch(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addf(out, "%lld", (long long)s->batch);
}

static void say_optimizer(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addstr(out, *s->optimizer ? s->optimizer : "-");
}

static void say_input(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addf(out, "%lldx%lld", (long long)s->input_w, (long long)s->input_h);
}

static void say_phases(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addstr(out, s->phases);
}

static void say_weights(const struct run_summary *s, struct strbuf *out)
{
	strbuf_addstr(out, path_base(s->weights));
}

/* What has no room any more is left out. */
static const struct {
	const char *title;
	int w;
	void (*say)(const struct run_summary *s, struct strbuf *out);
} columns[] = {
    {"BEST %", 9, say_best},     {"LAST %", 6, say_last},    {"LOSS", 6, say_loss},
    {"EPOCHS", 7, say_epochs},   {"PHASES", 34, say_phases}, {"BATCH", 5, say_batch},
    {"OPTIM", 5, say_optimizer}, {"INPUT", 7, say_input},    {"TOOK", 8, say_took},
    {"FROM", 20, say_weights},
};
enum { N_COLUMNS = sizeof(columns) / sizeof(*columns), NAME_W = 24 };

static void draw_titles(struct canvas *c, struct rect r, int name_w)
{
	int x = r.x + 2 + name_w + 2;
	canvas_text(c, r.x + 2, r.y, name_w, STYLE(INK_MUTED), "RUN");
	for (int i = 0; i < N_COLUMNS; i++) {
		if (x + columns[i].w > r.x + r.w)
			continue;
		canvas_text(c, x, r.y, columns[i].w, STYLE(INK_MUTED), columns[i].title);
		x += columns[i].w + 2;
	}
}

static void draw_run(const struct browser_row *row, int slot, struct canvas *c, struct rect r,
		     int name_w)
{
	struct strbuf text = STRBUF_INIT;
	struct style own = STYLE_BOLD(browser_slot_ink(slot));
	int x = r.x + 2 + name_w + 2;
	canvas_put(c, r.x, r.y, (uint32_t)browser_slot_letter(slot), own);
	canvas_name(c, r.x + 2, r.y, name_w, STYLE(browser_slot_ink(slot)), row->run->name);
	for (int i = 0; i < N_COLUMNS; i++) {
		if (x + columns[i].w > r.x + r.w)
			continue;
		strbuf_reset(&text);
		columns[i].say(row->run, &text);
		canvas_text(c, x, r.y, columns[i].w, STYLE(INK_NONE), text.buf);
		x += columns[i].w + 2;
	}
	strbuf_release(&text);
}

void browser_compare(const struct browser_view *v, struct canvas *c, struct rect r)
{
	struct compared k = {.n = 0};
	k.n = browser_compared(v, k.rows, k.slots);
	struct rect in = browser_head(c, r, "Compare: validation accuracy by epoch");
	int name_w = in.w < 60 ? in.w / 3 : NAME_W, rows = (int)k.n + 1;
	if (rows > in.h / 2)
		rows = in.h / 2;
	struct rect line = {in.x + 1, in.y + in.h - rows, in.w - 2, 1};
	draw_curves(&k, c, (struct rect){in.x + 1, in.y, in.w - 2, in.h - rows - 1});
	draw_titles(c, line, name_w);
	for (int i = 0; i + 1 < rows; i++) {
		line.y++;
		draw_run(k.rows[i], k.slots[i], c, line, name_w);
	}
}
