/* The charts of the Train page, with what happened marked where it happened; plain bars by epoch
 * where there are no Braille dots and few epochs. */
#include "curves.h"
#include "panel.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>

#define UNTOLD "the log does not tell it"

static struct opt_double train_loss(const struct history_epoch *e)
{
	return e->train.loss;
}

static struct opt_double valid_loss(const struct history_epoch *e)
{
	return e->valid.loss;
}

static struct opt_double train_acc(const struct history_epoch *e)
{
	return e->train.acc;
}

static struct opt_double valid_acc(const struct history_epoch *e)
{
	return e->valid.acc;
}

struct curves {
	struct series train, valid, raw; /* raw: faint, behind the others */
	struct range x, y;
	enum plot_scale scale;
	struct opt_double (*best)(const struct history_epoch *e); /* NULL: of no epochs */
	double cross; /* in epochs; NaN = no crosshair */
};

/* Which markers are told when several fall on one column: phases first. */
static void draw_markers(const struct history *h, struct plot *p)
{
	for (int phases = 1; phases >= 0; phases--)
		for (size_t i = 0; i < h->n_markers; i++) {
			const struct history_marker *m = &h->markers[i];
			bool planned = m->cause == CAUSE_SCHEDULE && m->kind != MARK_NONFINITE;
			if (m->iter > 0 && !planned && (m->kind == MARK_PHASE) == phases)
				plot_mark(p, in_epochs(h, (double)m->iter),
					  marker_looks[m->kind].ch,
					  STYLE(marker_looks[m->kind].ink));
		}
}

static void draw_band(struct plot *p, const struct series *s, enum ink ink)
{
	if (s->dense)
		plot_band(p, s->x, s->lo, s->hi, s->n, STYLE(ink));
}

static void draw_line(struct plot *p, const struct series *s, enum ink ink, uint32_t letter)
{
	p->letter = letter;
	plot_line(p, s->x, s->y, s->n, STYLE(ink));
}

static void draw_points(struct plot *p, const struct series *s, enum ink ink, uint32_t ch)
{
	plot_points(p, s->x, s->y, s->n, ch, STYLE(ink));
}

static void draw_beyond(struct plot *p, const struct series *s, enum ink ink)
{
	for (size_t i = 0; i < s->n; i++)
		plot_point(p, s->x[i], s->spike[i], 0x2022, STYLE(ink));
	plot_beyond(p, s->x, s->spike, s->n, STYLE(ink));
	plot_beyond(p, s->x, s->y, s->n, STYLE(ink));
}

static void draw_best(struct plot *p, const struct history *h, const struct curves *k)
{
	if (h->best_epoch < 0 || !k->best)
		return;
	const struct history_epoch *e = &h->epochs[h->best_epoch];
	plot_point(p, place_of_epoch(h, e), opt_or_nan(k->best(e)), 0x2605,
		   STYLE_BOLD(INK_ACCENT));
}

#define TRAIN_LETTER '+' /* where there are neither dots nor colours */
#define VALID_LETTER 'o'

static void draw_curves(const struct history *h, struct canvas *c, struct rect r,
			const struct curves *k)
{
	struct plot p;
	if (!plot_begin_counting(&p, c, r, k->x, k->y, k->scale, curve_count(h, k->x)))
		return;
	canvas_zone(c, p.r, ZONE_CHART, 0);
	draw_markers(h, &p);
	draw_band(&p, &k->train, INK_TRAIN_FAINT);
	draw_band(&p, &k->valid, INK_VALID_FAINT);
	draw_line(&p, &k->raw, INK_TRAIN_FAINT, 0);
	draw_line(&p, &k->train, INK_TRAIN, TRAIN_LETTER);
	draw_line(&p, &k->valid, INK_VALID, VALID_LETTER);
	if (k->scale == PLOT_PERCENT)
		draw_points(&p, &k->train, INK_TRAIN, c->utf8 ? 0x2022 : TRAIN_LETTER);
	draw_points(&p, &k->valid, INK_VALID, 0x25CF);
	draw_best(&p, h, k);
	draw_beyond(&p, &k->train, INK_TRAIN);
	draw_beyond(&p, &k->valid, INK_VALID);
	plot_rule(&p, k->cross, 0x2502, STYLE(INK_ACCENT));
}

static void curves_begin(struct curves *k, const struct scene *s, enum plot_scale scale)
{
	const struct view *v = s->view;
	*k = (struct curves){.x = curve_window(s->history, v), .scale = scale, .cross = NAN};
	if (v->cross)
		k->cross = in_epochs(s->history, (double)v->cross_iter);
}

static void curves_release(struct curves *k)
{
	series_free(&k->train);
	series_free(&k->valid);
	series_free(&k->raw);
}

/* The value a legend tells: under the crosshair, else the newest. */
static struct opt_double told(const struct curves *k, const struct series *s)
{
	double half = (k->x.hi - k->x.lo) / 100;
	return series_at(s, isfinite(k->cross) ? k->cross + half : INFINITY);
}

static void legend(struct canvas *c, struct rect r, const char *train, const char *valid)
{
	static const char *const names[][2] = {
	    {"⠤⠤ train ", "● valid "}, {"⠤⠤ train ", "● val "}, {"train ", "● val "}, {"⠤", "●"}};
	static const char *const plain[][2] = {{"+ train ", "o valid "}, {"+", "o"}};
	size_t n = c->utf8 ? sizeof(names) / sizeof(*names) : sizeof(plain) / sizeof(*plain);
	char texts[2][64], both[160];
	for (size_t i = 0; i < n; i++) {
		const char *const *name = c->utf8 ? names[i] : plain[i];
		snprintf(texts[0], sizeof(texts[0]), "%s%s", name[0], train);
		snprintf(texts[1], sizeof(texts[1]), "%s%s", *valid ? name[1] : "", valid);
		snprintf(both, sizeof(both), "%s %s", texts[0], texts[1]);
		if (panel_note_fits(c, r, 0, both))
			break;
	}
	int used = *valid ? panel_note(c, r, 0, STYLE(INK_VALID), texts[1]) : 0;
	panel_note(c, r, used, STYLE(INK_TRAIN), texts[0]);
}

/* How the loss is shown, behind the title. */
static void say_window(const struct view *v, struct canvas *c, struct rect r)
{
	char zoom[16] = "", text[32];
	if (v->zoom > 0)
		snprintf(zoom, sizeof(zoom), "%d×", 1 << v->zoom);
	snprintf(text, sizeof(text), "%s%s%s", v->log_loss ? "log" : "",
		 v->log_loss && *zoom ? " " : "", zoom);
	if (*text)
		panel_word(c, r, text);
}

/* Where there are no dots a row for each epoch says more, as long as they have the room. */
static bool rows_do(const struct scene *s, const struct canvas *c, struct rect r)
{
	const struct view *v = s->view;
	return !c->utf8 && (int)s->history->n_epochs <= r.h && v->zoom <= 0 && !v->cross;
}

static size_t places(struct rect r)
{
	return (size_t)r.w * 2;
}

/* The steps as they are, faint behind their mean, while there are few. */
static struct series faint_steps(const struct scene *s, const struct canvas *c,
				 enum step_figure figure, const struct curves *k, size_t points)
{
	if (k->train.dense || c->colours == 0 || !c->utf8)
		return (struct series){0};
	return step_series(s->history, figure, k->x, points, 0);
}

static void read_losses(const struct scene *s, const struct canvas *c, struct rect r,
			struct curves *k)
{
	const struct history *h = s->history;
	double smooth = fmin(fmax(s->view->smooth, 0), 0.99);
	bool steps = steps_tell(h, STEP_LOSS);
	k->best = valid_loss;
	k->train = steps ? step_series(h, STEP_LOSS, k->x, places(r), smooth)
			 : epoch_series(h, train_loss, k->x, places(r));
	k->valid = epoch_series(h, valid_loss, k->x, places(r));
	if (steps && smooth > 0)
		k->raw = faint_steps(s, c, STEP_LOSS, k, places(r));
}

/* The range of both, with air for the arrows where something lies beyond. */
static void set_range(struct curves *k)
{
	series_range(&k->train, k->x, k->scale, &k->y);
	series_range(&k->valid, k->x, k->scale, &k->y);
	if (k->scale == PLOT_LINEAR)
		k->y.hi *= 1.05;
}

void panel_loss(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	struct curves k;
	if (!h->has_run || (h->n_steps == 0 && h->n_epochs == 0)) {
		panel_empty(c, r, h->n_series ? "no loss yet: the metrics have a page" : "no iteration yet");
		return;
	}
	if (!steps_tell(h, STEP_LOSS) && !epochs_tell(h, train_loss) &&
	    !epochs_tell(h, valid_loss)) {
		panel_empty(c, r, UNTOLD);
		return;
	}
	if (rows_do(s, c, r)) {
		panel_bars(s, c, r, train_loss, valid_loss, words_loss);
		return;
	}
	curves_begin(&k, s, s->view->log_loss ? PLOT_LOG : PLOT_LINEAR);
	read_losses(s, c, r, &k);
	set_range(&k);
	draw_curves(h, c, r, &k);
	say_window(s->view, c, r);
	legend(c, r, k.train.n ? words_opt(words_loss, told(&k, &k.train)) : "",
	       k.valid.n ? words_opt(words_loss, told(&k, &k.valid)) : "");
	curves_release(&k);
}

void panel_accuracy(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	struct curves k;
	if (!h->has_run || h->n_epochs == 0) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	if (!epochs_tell(h, train_acc) && !epochs_tell(h, valid_acc)) {
		panel_empty(c, r, UNTOLD);
		return;
	}
	if (rows_do(s, c, r)) {
		panel_bars(s, c, r, train_acc, valid_acc, words_percent);
		return;
	}
	curves_begin(&k, s, PLOT_PERCENT);
	k.best = valid_acc;
	k.train = epoch_series(h, train_acc, k.x, places(r));
	k.valid = epoch_series(h, valid_acc, k.x, places(r));
	k.train.dense = false; /* one band is enough */
	set_range(&k);
	draw_curves(h, c, r, &k);
	legend(c, r, words_opt(words_percent, told(&k, &k.train)),
	       words_opt(words_percent, told(&k, &k.valid)));
	curves_release(&k);
}

/* A chart of one figure of the steps. */
static void draw_steps(const struct scene *s, struct canvas *c, struct rect r,
		       enum step_figure figure, enum plot_scale scale, double smooth,
		       const char *unit)
{
	const struct history *h = s->history;
	struct curves k;
	if (!h->has_run || h->n_steps == 0) {
		panel_empty(c, r, "no iteration yet");
		return;
	}
	if (!steps_tell(h, figure)) {
		panel_empty(c, r, UNTOLD);
		return;
	}
	curves_begin(&k, s, scale);
	k.train = step_series(h, figure, k.x, places(r), smooth);
	k.train.dense &= smooth > 0;
	if (smooth > 0)
		k.raw = faint_steps(s, c, figure, &k, places(r));
	set_range(&k);
	if (smooth > 0) /* these start at zero */
		range_add(&k.y, 0);
	draw_curves(h, c, r, &k);
	char text[48];
	snprintf(text, sizeof(text), "%s%s", words_opt(words_rate, told(&k, &k.train)), unit);
	panel_note(c, r, 0, STYLE(INK_TRAIN), text);
	curves_release(&k);
}

void panel_rate(const struct scene *s, struct canvas *c, struct rect r)
{
	draw_steps(s, c, r, STEP_LR, PLOT_LOG, 0, "");
}

void panel_speed(const struct scene *s, struct canvas *c, struct rect r)
{
	draw_steps(s, c, r, STEP_IPS, PLOT_LINEAR, 0.9, " img/s");
}
