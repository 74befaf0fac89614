/* One row an epoch, the newest at the bottom, with what happened in words. */
#include "curves.h"
#include "panel.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>

struct column {
	const char *title, *long_title;
	int w, long_w;       /* columns, the space before it included */
	int min_w;           /* of the panel, to be shown */
	enum ink ink;        /* of the title */
	bool left, measured; /* measured: only known when the epoch is over */
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

static void fill_top2(const struct history_epoch *e, char *out, size_t size)
{
	if (e->valid.top2.valid)
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
    {"#", "epoch", 4, 6, 0, INK_MUTED, false, false, fill_epoch},
    {"phase", "phase", 7, 9, 40, INK_MUTED, true, false, fill_phase},
    {"loss", "loss", 6, 8, 0, INK_TRAIN, false, false, fill_train_loss},
    {"acc", "acc %", 6, 7, 0, INK_TRAIN, false, true, fill_train_acc},
    {"vloss", "val loss", 6, 10, 0, INK_VALID, false, true, fill_loss},
    {"vacc", "val acc %", 6, 11, 0, INK_VALID, false, true, fill_acc},
    {"lr", "lr", 9, 9, 59, INK_MUTED, false, false, fill_lr},
    {"sec", "sec", 5, 7, 70, INK_MUTED, false, true, fill_seconds},
    {"top2", "top-2 %", 6, 9, 110, INK_VALID, false, true, fill_top2},
    {"saved", "cached %", 6, 10, 120, INK_FROZEN, false, true, fill_saved},
};
/* clang-format on */

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

#define LONG_W 100 /* panel columns from which the long titles are used */

static int column_w(const struct column *k, int panel_w)
{
	if (k->min_w > panel_w)
		return 0;
	return panel_w >= LONG_W || (k->left && panel_w >= 70) ? k->long_w : k->w;
}

/* Draw one text of a row and return where the next column starts. */
static int draw_column(struct canvas *c, struct rect r, int x, const struct column *k,
		       struct style s, const char *text)
{
	int w = column_w(k, r.w);
	if (w && k->left)
		canvas_text(c, x + 1, r.y, w - 1, s, text);
	else if (w)
		canvas_right(c, x, r.y, w, s, text);
	return x + w;
}

static enum ink observation_ink(enum observation o)
{
	static const unsigned char inks[OBS_N] = {
	    [OBS_IMPROVING] = INK_GOOD,
	    [OBS_BEST] = INK_GOOD,
	    [OBS_RECOVERED] = INK_GOOD,
	    [OBS_PLATEAU] = INK_WARN,
	    [OBS_OVERFITTING] = INK_WARN,
	    [OBS_LOSS_SPIKED_LR] = INK_WARN,
	    [OBS_LOSS_SPIKED] = INK_WARN,
	    [OBS_WORSE] = INK_WARN,
	    [OBS_DIVERGED] = INK_BAD,
	    [OBS_CHANCE] = INK_WARN,
	    [OBS_FINETUNING_STARTED] = INK_ACCENT,
	};
	return o < OBS_N ? (enum ink)inks[o] : INK_NONE;
}

static void draw_header(struct canvas *c, struct rect r)
{
	int x = r.x + 1;
	for (size_t i = 0; i < N_COLUMNS; i++)
		x = draw_column(c, r, x, &columns[i], STYLE(columns[i].ink),
				r.w >= LONG_W ? columns[i].long_title : columns[i].title);
	int room = r.x + r.w - x - 2;
	canvas_text(c, x + 2, r.y, room, STYLE(INK_MUTED), room >= 13 ? "what happened" : "trend");
}

/* Returns where the words start. */
static int draw_cells(struct canvas *c, struct rect r, const struct history_epoch *e, bool best,
		      bool running)
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
		x = draw_column(c, r, x, k, s, text);
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
	int x = draw_cells(c, r, e, best, false), room = r.x + r.w - x;
	bool fits =
	    e->words && text_width(e->words, c->utf8) <= room; /* else the detail line tells it */
	const char *words = fits                         ? e->words
			    : e->observation == OBS_NONE ? "steady"
							 : observation_name(e->observation);
	canvas_text(c, x, r.y, room, STYLE(observation_ink(e->observation)), words);
}

/* The epoch under way, from its steps: mean loss so far and how far it is. */
static void draw_running(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	struct history_epoch e = {.epoch = h->epoch, .lr = h->lr};
	double sum = 0;
	size_t n = 0, known = 0;
	for (size_t i = h->n_steps; i-- > 0 && h->steps[i].epoch == h->epoch; n++)
		if (h->steps[i].loss.valid) {
			sum += h->steps[i].loss.value;
			known++;
		}
	if (known)
		e.train.loss = opt_of(sum / (double)known);
	char phase[64] = "";
	if (h->phase >= 0 && (size_t)h->phase < h->n_phases)
		snprintf(phase, sizeof(phase), "%s", h->phases[h->phase].name);
	e.phase = phase;
	canvas_put(c, r.x, r.y, 0x25B6, STYLE(INK_GOOD));
	int x = draw_cells(c, r, &e, false, true), room = r.x + r.w - x;
	double share = h->run.iterations > 0 ? (double)n / (double)h->run.iterations : 0;
	if (room < 6)
		return;
	int bar = room - 5 < 24 ? room - 5 : 24;
	canvas_bar(c, x, r.y, bar, share, STYLE(INK_GOOD));
	canvas_textf(c, x + bar + 1, r.y, 4, STYLE(INK_MUTED), "%.0f%%", fmin(share, 1) * 100);
}

static bool is_running(const struct history *h)
{
	bool done = h->n_epochs && h->epochs[h->n_epochs - 1].epoch >= h->epoch;
	return !h->ended && h->epoch > 0 && !done && h->n_steps &&
	       h->steps[h->n_steps - 1].epoch == h->epoch;
}

/* How many rows below the last one shown so that the crosshair's epoch is in the middle. */
static int rows_below(const struct scene *s, int n, int rows)
{
	int at = crosshair_epoch(s->history, s->view);
	return at < 0                                 ? 0
	       : n - rows - list_top(n, rows, at) < 0 ? 0
						      : n - rows - list_top(n, rows, at);
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
	canvas_textf(c, r.x, r.y, r.w, STYLE(observation_ink(e->observation)), "%lld: %s",
		     (long long)e->epoch, e->words ? e->words : "");
}

void panel_epochs(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	bool running = is_running(h);
	int n = (int)h->n_epochs + running, rows = r.h - 1;
	if (n == 0) {
		panel_empty(c, r,
			    h->has_run ? "the first epoch is to come"
				       : "waiting for the run to begin");
		return;
	}
	draw_header(c, r);
	bool cross = s->view->cross && h->n_steps > 0;
	bool detail = rows >= 4 && (cross || (h->n_epochs && r.w < LONG_W + 20));
	rows -= detail;
	int last = n - (cross ? rows_below(s, n, rows) : s->view->epochs_up);
	last = last < rows ? (n < rows ? n : rows) : last;
	int first = last > rows ? last - rows : 0;
	for (int i = first; i < last; i++) {
		struct rect row = {r.x, r.y + 1 + i - first, r.w, 1};
		canvas_zone(c, row, ZONE_EPOCH, i);
		if (i < (int)h->n_epochs)
			draw_epoch(s, c, row, (size_t)i);
		else
			draw_running(s, c, row);
	}
	if (last < n || first > 0) {
		char note[64];
		snprintf(note, sizeof(note), "%d-%d of %d", first + 1, last, n);
		panel_note(c, r, 0, STYLE(INK_MUTED), note);
	}
	if (detail)
		draw_detail(s, c, (struct rect){r.x + 1, r.y + r.h - 1, r.w - 1, 1}, last);
}
