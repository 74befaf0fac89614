/* One row an epoch, the newest at the bottom, with what happened in words; hundreds of epochs in
 * groups where nobody looks (epoch_rows.h). */
#include "curves.h"
#include "epoch_rows.h"
#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct column {
	const char *title, *long_title;
	int w, long_w;       /* columns, the space before it included */
	int min_w;           /* of the panel, to be shown */
	enum ink ink;        /* of the title */
	bool left, measured; /* measured: only known when the epoch is over */
	unsigned lack;       /* bit of enum lack with which it goes */
	void (*fill)(const struct history_epoch *e, char *out, size_t size);
};

static void fill_epoch(const struct history_epoch *e, char *out, size_t size)
{
	snprintf(out, size, "%lld", (long long)e->epoch);
}

static void fill_phase(const struct history_epoch *e, char *out, size_t size)
{
	snprintf(out, size, "%s", e->phase ? e->phase : "");
}

static void fill_train_loss(const struct history_epoch *e, char *out, size_t size)
{
	snprintf(out, size, "%s", words_opt(words_loss, e->train.loss));
}

static void fill_train_acc(const struct history_epoch *e, char *out, size_t size)
{
	snprintf(out, size, "%s", words_opt(words_percent, e->train.acc));
}

static void fill_loss(const struct history_epoch *e, char *out, size_t size)
{
	snprintf(out, size, "%s", words_opt(words_loss, e->valid.loss));
}

static void fill_acc(const struct history_epoch *e, char *out, size_t size)
{
	snprintf(out, size, "%s", words_opt(words_percent, e->valid.acc));
}

static void fill_lr(const struct history_epoch *e, char *out, size_t size)
{
	snprintf(out, size, "%s", words_opt(words_rate_column, e->lr));
}

/* Of two classes the top 2 are all. */
static void fill_top2(const struct history_epoch *e, char *out, size_t size)
{
	if (e->valid.top2.valid && e->n_classes != 2)
		snprintf(out, size, "%s", words_percent(e->valid.top2.value));
}

static void fill_saved(const struct history_epoch *e, char *out, size_t size)
{
	if (e->saved.valid)
		snprintf(out, size, "%.0f", e->saved.value * 100);
}

static void fill_seconds(const struct history_epoch *e, char *out, size_t size)
{
	struct opt_double took = history_epoch_seconds(e);
	snprintf(out, size, took.valid ? "%.0f" : "-", took.value);
}

/* clang-format off */
static const struct column columns[] = {
    {"#", "epoch", 4, 6, 0, INK_MUTED, false, false, 0, fill_epoch},
    {"phase", "phase", 7, 9, 40, INK_MUTED, true, false, 0, fill_phase},
    {"loss", "loss", 6, 8, 0, INK_TRAIN, false, false, 0, fill_train_loss},
    {"acc", "acc %", 6, 7, 0, INK_TRAIN, false, true, LACK_ACCURACY, fill_train_acc},
    {"vloss", "val loss", 6, 10, 0, INK_VALID, false, true, 0, fill_loss},
    {"vacc", "val acc %", 6, 11, 0, INK_VALID, false, true, LACK_ACCURACY, fill_acc},
    {"lr", "lr", 9, 9, 59, INK_MUTED, false, false, 0, fill_lr},
    {"sec", "sec", 5, 7, 70, INK_MUTED, false, true, 0, fill_seconds},
    {"top2", "top-2 %", 6, 9, 110, INK_VALID, false, true, 0, fill_top2},
    {"saved", "cached %", 6, 10, 120, INK_FROZEN, false, true, 0, fill_saved},
};
/* clang-format on */

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

#define LONG_W 100 /* panel columns from which the long titles are used */

static int column_w(const struct column *k, const struct scene *s, int panel_w)
{
	if (k->min_w > panel_w || k->lack & s->view->lacks)
		return 0;
	return panel_w >= LONG_W || (k->left && panel_w >= 70) ? k->long_w : k->w;
}

/* Draw one text of a row and return where the next column starts. */
static int draw_column(const struct scene *s, struct canvas *c, struct rect r, int x,
		       const struct column *k, struct style style, const char *text)
{
	int w = column_w(k, s, r.w);
	if (w && k->left)
		canvas_text(c, x + 1, r.y, w - 1, style, text);
	else if (w)
		canvas_right(c, x, r.y, w, style, text);
	return x + w;
}

/* Whether anything can stand in it. */
static bool is_told(const struct column *k, const struct scene *s)
{
	if (k->fill == fill_phase)
		return !(s->view->lacks & LACK_STAGES);
	return k->fill != fill_top2 || s->history->run.n_classes != 2;
}

static void draw_header(const struct scene *s, struct canvas *c, struct rect r)
{
	int x = r.x + 1;
	for (size_t i = 0; i < N_COLUMNS; i++) {
		const struct column *k = &columns[i];
		const char *title = r.w >= LONG_W ? k->long_title : k->title;
		x = draw_column(s, c, r, x, k, STYLE(k->ink), is_told(k, s) ? title : "");
	}
	int room = r.x + r.w - x - 2;
	canvas_text(c, x + 2, r.y, room, STYLE(INK_MUTED), room >= 13 ? "what happened" : "trend");
}

/* Returns where the words start. */
static int draw_cells(const struct scene *scene, struct canvas *c, struct rect r,
		      const struct history_epoch *e, bool best, bool running)
{
	int x = r.x + 1;
	for (size_t i = 0; i < N_COLUMNS; i++) {
		const struct column *k = &columns[i];
		struct style s = STYLE(k->ink == INK_MUTED ? INK_MUTED : INK_NONE);
		char text[48] = "";
		if (best && k->fill == fill_acc)
			s = STYLE_BOLD(INK_ACCENT);
		if (!running || !k->measured)
			k->fill(e, text, sizeof(text));
		x = draw_column(scene, c, r, x, k, s, text);
	}
	return x + 2;
}

static void draw_epoch(const struct scene *s, struct canvas *c, struct rect r, size_t i)
{
	const struct history *h = s->history;
	const struct history_epoch *e = &h->epochs[i];
	bool best = h->best_epoch == (int)i;
	if (best)
		canvas_put(c, r.x, r.y, 0x2605, STYLE(INK_ACCENT));
	if (s->view->cross && crosshair_epoch(h, s->view) == (int)i)
		canvas_put(c, r.x + (best && r.w > 60), r.y, 0x25B8, STYLE_BOLD(INK_ACCENT));
	int x = draw_cells(s, c, r, e, best, false), room = r.x + r.w - x;
	struct strbuf words = STRBUF_INIT; /* the detail line tells the rest */
	const char *text = fitting_words(e, room, c->utf8, &words);
	canvas_text(c, x, r.y, room, STYLE(observation_ink(e->observation)), text);
	strbuf_release(&words);
}

/* ---- groups ---- */

struct group {
	double loss, acc; /* of the training pictures: means; NaN = not told */
	struct range valid;
	const struct history_epoch *best; /* NULL when none has the run's figure */
	int n_bad;                        /* epochs that went wrong */
};

static void add_mean(double *sum, size_t *n, struct opt_double v)
{
	if (!opt_finite(v))
		return;
	*sum += v.value;
	++*n;
}

static bool went_wrong(enum observation o)
{
	return o == OBS_DIVERGED || o == OBS_LOSS_SPIKED || o == OBS_LOSS_SPIKED_LR;
}

static struct group group_of(const struct history *h, const struct epoch_row *row)
{
	struct group g = {0};
	const struct metric m = history_metric(h);
	size_t n_loss = 0, n_acc = 0;
	for (int i = row->first; i <= row->last; i++) {
		const struct history_epoch *e = &h->epochs[i];
		add_mean(&g.loss, &n_loss, e->train.loss);
		add_mean(&g.acc, &n_acc, e->train.acc);
		range_add(&g.valid, opt_or_nan(e->valid.acc));
		if (opt_finite(e->score) &&
		    (!g.best || metric_gains(&m, e->score.value, g.best->score.value, 0)))
			g.best = e;
		g.n_bad += went_wrong(e->observation);
	}
	g.loss = n_loss ? g.loss / (double)n_loss : NAN;
	g.acc = n_acc ? g.acc / (double)n_acc : NAN;
	return g;
}

static const char *mean_words(const char *(*words)(double), double v)
{
	return words_opt(words, (struct opt_double){v, isfinite(v)});
}

/* What a group shows below two columns: their names are one, and so are the validation's. */
static int draw_group_cells(const struct scene *s, struct canvas *c, struct rect r,
			    const struct epoch_row *row, const struct group *g)
{
	const struct history *h = s->history;
	char name[48], valid[48] = "-";
	int x = r.x + 1, from = x,
	    name_w = column_w(&columns[0], s, r.w) + column_w(&columns[1], s, r.w);
	snprintf(name, sizeof(name), "%lld–%lld", (long long)h->epochs[row->first].epoch,
		 (long long)h->epochs[row->last].epoch);
	if (g->valid.any) {
		const char *lo = words_percent(g->valid.lo), *hi = words_percent(g->valid.hi);
		bool same = strcmp(lo, hi) == 0;
		snprintf(valid, sizeof(valid), "%s%s%s", same ? "" : lo, same ? "" : "–", hi);
	}
	canvas_text(c, x, r.y, name_w, STYLE(INK_MUTED), name);
	for (size_t i = 0; i < N_COLUMNS; i++) {
		const struct column *k = &columns[i];
		int w = column_w(k, s, r.w), end = x + w;
		if (k->fill == fill_train_loss)
			draw_column(s, c, r, x, k, STYLE(INK_MUTED),
				    mean_words(words_loss, g->loss));
		if (k->fill == fill_train_acc)
			draw_column(s, c, r, x, k, STYLE(INK_MUTED),
				    mean_words(words_percent, g->acc));
		if (k->fill == fill_loss)
			from = x + 1;
		if (k->fill == fill_acc && w)
			canvas_right(c, from, r.y, end - from, STYLE(INK_NONE), valid);
		x = end;
	}
	return x + 2;
}

/* "best 82.3", or "best loss 0.032" where no accuracy is told. */
static void add_best(const struct history_epoch *best, struct strbuf *out)
{
	if (best->valid.acc.valid || !best->valid.loss.valid)
		strbuf_addf(out, "best %s", words_opt(words_percent, best->valid.acc));
	else
		strbuf_addf(out, "best loss %s", words_opt(words_loss, best->valid.loss));
}

/* "best 82.3 in 417; 2 went wrong", shorter for a brevity of 1 or 2 */
static const char *group_words(const struct group *g, int brevity, struct strbuf *out)
{
	strbuf_reset(out);
	if (g->n_bad && brevity > 0) {
		strbuf_addf(out, "%d went wrong", g->n_bad);
		return out->buf;
	}
	if (g->best)
		add_best(g->best, out);
	if (g->best && brevity < 2)
		strbuf_addf(out, " in %lld", (long long)g->best->epoch);
	if (g->n_bad)
		strbuf_addf(out, "; %d went wrong", g->n_bad);
	return out->buf;
}

static void draw_group(const struct scene *s, struct canvas *c, struct rect r,
		       const struct epoch_row *row)
{
	struct group g = group_of(s->history, row);
	int x = draw_group_cells(s, c, r, row, &g), room = r.x + r.w - x;
	struct strbuf words = STRBUF_INIT;
	if (s->view->cross) {
		int at = crosshair_epoch(s->history, s->view);
		if (at >= row->first && at <= row->last)
			canvas_put(c, r.x, r.y, 0x25B8, STYLE_BOLD(INK_ACCENT));
	}
	for (int brevity = 0; brevity < 3; brevity++)
		if (text_width(group_words(&g, brevity, &words), c->utf8) <= room)
			break;
	canvas_text(c, x, r.y, room, STYLE(g.n_bad ? INK_WARN : INK_MUTED), words.buf);
	strbuf_release(&words);
}

/* The epoch under way, from its steps: mean loss so far and how far it is. */
static void draw_running(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	struct history_epoch e = {.epoch = h->epoch, .lr = h->lr};
	double sum = 0;
	size_t n = 0, known = 0;
	for (size_t i = h->n_steps; i-- > 0; n++) {
		struct history_step step = history_step_at(h, i);
		if (step.epoch != h->epoch)
			break;
		if (step.loss.valid) {
			sum += step.loss.value;
			known++;
		}
	}
	if (known)
		e.train.loss = opt_of(sum / (double)known);
	char phase[64] = "";
	if (h->phase >= 0 && (size_t)h->phase < h->n_phases)
		snprintf(phase, sizeof(phase), "%s", h->phases[h->phase].name);
	e.phase = phase;
	canvas_put(c, r.x, r.y, 0x25B6, STYLE(INK_GOOD));
	int x = draw_cells(s, c, r, &e, false, true), room = r.x + r.w - x;
	double share = h->run.iterations > 0 ? (double)n / (double)h->run.iterations : 0;
	if (room < 6 || h->run.format) /* another program's steps need not be all that it made */
		return;
	int bar = room - 5 < 24 ? room - 5 : 24;
	canvas_bar(c, x, r.y, bar, share, STYLE(INK_GOOD));
	canvas_textf(c, x + bar + 1, r.y, 4, STYLE(INK_MUTED), "%.0f%%", fmin(share, 1) * 100);
}

static bool is_running(const struct history *h)
{
	bool done = h->n_epochs && h->epochs[h->n_epochs - 1].epoch >= h->epoch;
	return !h->ended && h->epoch > 0 && !done && h->n_steps &&
	       history_step_at(h, h->n_steps - 1).epoch == h->epoch;
}

/* Behind the last single row: the newest, what was scrolled to, or some rows below the crosshair. */
static int end_of(const struct scene *s, int n, int rows)
{
	int at = s->view->cross ? crosshair_epoch(s->history, s->view) : -1;
	if (s->view->cross && s->history->n_steps > 0)
		return at < 0 ? n : at + 1 + rows / 3;
	return n - s->view->epochs_up;
}

/* The line below the table: the last epoch shown in more words, or what the crosshair reads. */
static void draw_detail(const struct scene *s, struct canvas *c, struct rect r, int last)
{
	const struct history *h = s->history;
	if (s->view->cross) {
		struct strbuf words = STRBUF_INIT;
		crosshair_words(h, s->view, &words);
		canvas_text(c, r.x, r.y, r.w, STYLE(INK_ACCENT), words.buf);
		strbuf_release(&words);
		return;
	}
	size_t told = last > (int)h->n_epochs ? h->n_epochs - 1 : (size_t)last - 1;
	const struct history_epoch *e = &h->epochs[told];
	struct strbuf words = STRBUF_INIT;
	int room = r.w - snprintf(NULL, 0, "%lld: ", (long long)e->epoch);
	canvas_textf(c, r.x, r.y, r.w, STYLE(observation_ink(e->observation)), "%lld: %s",
		     (long long)e->epoch, fitting_words(e, room, c->utf8, &words));
	strbuf_release(&words);
}

static void draw_row(const struct scene *s, struct canvas *c, struct rect r,
		     const struct epoch_row *row)
{
	canvas_zone(c, r, ZONE_EPOCH, row->last);
	if (row->last >= (int)s->history->n_epochs)
		draw_running(s, c, r);
	else if (row->first == row->last)
		draw_epoch(s, c, r, (size_t)row->last);
	else
		draw_group(s, c, r, row);
}

/* Returns behind which epoch the single rows end. */
static int draw_rows(const struct scene *s, struct canvas *c, struct rect r, int n)
{
	struct epoch_table table = {n, end_of(s, n, r.h), s->history->best_epoch, r.h};
	struct epoch_row *rows = xcalloc((size_t)r.h + 1, sizeof(*rows));
	int first, end, used = epoch_rows(&table, rows, &first, &end);
	char note[64];
	for (int i = 0; i < used; i++)
		draw_row(s, c, (struct rect){r.x, r.y + i, r.w, 1}, &rows[i]);
	free(rows);
	snprintf(note, sizeof(note), "%d-%d of %d", first + 1, end, n);
	if (end - first < n)
		panel_note(c, (struct rect){r.x, r.y - 1, r.w, r.h + 1}, 0, STYLE(INK_MUTED), note);
	return end;
}

void panel_epochs(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	int n = (int)h->n_epochs + is_running(h), rows = r.h - 1;
	if (n == 0) {
		panel_empty(c, r,
			    h->has_run ? "the first epoch is to come"
				       : "waiting for the run to begin");
		return;
	}
	draw_header(s, c, r);
	bool cross = s->view->cross && h->n_steps > 0;
	bool detail = rows >= 4 && (cross || (h->n_epochs && r.w < LONG_W + 20));
	rows -= detail;
	if (rows < 1)
		return;
	int end = draw_rows(s, c, (struct rect){r.x, r.y + 1, r.w, rows}, n);
	if (detail)
		draw_detail(s, c, (struct rect){r.x + 1, r.y + r.h - 1, r.w - 1, 1}, end);
}
