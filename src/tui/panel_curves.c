/* The charts of the Train page, with what happened marked where it happened; plain bars by epoch
 * where there are no Braille dots. */
#include "curves.h"
#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

/* Of the points on the part of the axis that is shown. */
static void add_range(struct range *r, const struct series *s, struct range x)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->x[i] >= x.lo - 1e-9 && s->x[i] <= x.hi + 1e-9)
			range_add(r, s->y[i]);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* A limit that all but the wildest seventh of a curve keep, and its newest value too; INFINITY when
 * even the wildest stay near it. */
static double sane_limit(const struct series *s)
{
	double *sorted = xcalloc(s->n + 1, sizeof(*sorted)), limit = INFINITY, newest = 0;
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		if (isfinite(s->y[i]))
			newest = sorted[n++] = s->y[i];
	qsort(sorted, n, sizeof(*sorted), by_value);
	if (n >= 10) {
		limit = fmax(sorted[n - 1 - n * 3 / 20] * 1.1, newest);
		limit = sorted[n - 1] > limit * 1.5 ? limit : INFINITY;
	}
	free(sorted);
	return limit;
}

struct curves {
	struct series train, valid, raw; /* raw: faint, behind the others */
	struct range x, y;
	enum plot_scale scale;
	double cross; /* in epochs; NaN = no crosshair */
};

/* The losses of the first iterations and of accidents would press all others flat. */
static struct range loss_range(const struct curves *k)
{
	struct range r = k->y;
	double limit = sane_limit(&k->train);
	for (size_t i = 0; i < k->valid.n; i++)
		if (isfinite(k->valid.y[i]) && k->valid.x[i] >= k->x.lo &&
		    (i + 1 == k->valid.n || k->valid.y[i] < 2 * limit))
			limit = fmax(limit, k->valid.y[i]);
	if (r.hi > limit)
		r.hi = limit * 1.12; /* air for the arrows */
	return r;
}

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

static void draw_curves(const struct history *h, struct canvas *c, struct rect r,
			const struct curves *k)
{
	const struct series *train = &k->train, *valid = &k->valid;
	struct plot p;
	if (!plot_begin(&p, c, r, k->x, k->y, k->scale))
		return;
	canvas_zone(c, p.r, ZONE_CHART, 0);
	draw_markers(h, &p);
	plot_line(&p, k->raw.x, k->raw.y, k->raw.n, STYLE(INK_TRAIN_FAINT));
	plot_line(&p, train->x, train->y, train->n, STYLE(INK_TRAIN));
	if (k->scale == PLOT_PERCENT)
		plot_points(&p, train->x, train->y, train->n, 0x2022, STYLE(INK_TRAIN));
	plot_line(&p, valid->x, valid->y, valid->n, STYLE(INK_VALID));
	plot_points(&p, valid->x, valid->y, valid->n, 0x25CF, STYLE(INK_VALID));
	plot_beyond(&p, train->x, train->y, train->n, STYLE(INK_TRAIN));
	plot_beyond(&p, valid->x, valid->y, valid->n, STYLE(INK_VALID));
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
	if (isfinite(k->cross))
		return series_at(s, k->cross + half);
	return series_at(s, INFINITY);
}

static void legend(struct canvas *c, struct rect r, const char *train, const char *valid)
{
	static const char *const names[][2] = {
	    {"⠤⠤ train ", "● valid "}, {"⠤⠤ train ", "● val "}, {"train ", "● val "}, {"⠤", "●"}};
	char texts[2][64], both[160];
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(texts[0], sizeof(texts[0]), "%s%s", names[i][0], train);
		snprintf(texts[1], sizeof(texts[1]), "%s%s", *valid ? names[i][1] : "", valid);
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

void panel_loss(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	struct curves k;
	if (!h->has_run || (h->n_steps == 0 && h->n_epochs == 0)) {
		panel_empty(c, r, "no iteration yet");
		return;
	}
	if (!steps_tell(h, step_loss) && !epochs_tell(h, train_loss) &&
	    !epochs_tell(h, valid_loss)) {
		panel_empty(c, r, UNTOLD);
		return;
	}
	if (!c->utf8) {
		panel_bars(s, c, r, train_loss, valid_loss, words_loss);
		return;
	}
	curves_begin(&k, s, s->view->log_loss ? PLOT_LOG : PLOT_LINEAR);
	size_t points = (size_t)r.w * 2;
	double smooth = fmin(fmax(s->view->smooth, 0), 0.99);
	k.train = steps_tell(h, step_loss) ? smooth_series(h, step_loss, k.x, points, smooth)
					   : epoch_series(h, train_loss);
	if (smooth > 0 && c->colours > 0)
		k.raw = raw_series(h, step_loss, k.x, points);
	k.valid = epoch_series(h, valid_loss);
	add_range(&k.y, &k.train, k.x);
	add_range(&k.y, &k.valid, k.x);
	if (!s->view->log_loss)
		k.y = loss_range(&k);
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
	if (!c->utf8) {
		panel_bars(s, c, r, train_acc, valid_acc, words_percent);
		return;
	}
	curves_begin(&k, s, PLOT_PERCENT);
	k.train = epoch_series(h, train_acc);
	k.valid = epoch_series(h, valid_acc);
	add_range(&k.y, &k.train, k.x);
	add_range(&k.y, &k.valid, k.x);
	draw_curves(h, c, r, &k);
	legend(c, r, words_opt(words_percent, told(&k, &k.train)),
	       words_opt(words_percent, told(&k, &k.valid)));
	curves_release(&k);
}

/* A chart of one figure of the steps. */
static void draw_steps(const struct scene *s, struct canvas *c, struct rect r, step_fn *value,
		       enum plot_scale scale, double smooth, const char *unit)
{
	const struct history *h = s->history;
	struct curves k;
	if (!h->has_run || h->n_steps == 0) {
		panel_empty(c, r, "no iteration yet");
		return;
	}
	if (!steps_tell(h, value)) {
		panel_empty(c, r, UNTOLD);
		return;
	}
	curves_begin(&k, s, scale);
	size_t points = (size_t)r.w * 2;
	k.train = smooth_series(h, value, k.x, points, smooth);
	if (smooth > 0 && c->colours > 0)
		k.raw = raw_series(h, value, k.x, points);
	add_range(&k.y, &k.train, k.x);
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
	draw_steps(s, c, r, step_lr, PLOT_LOG, 0, "");
}

void panel_speed(const struct scene *s, struct canvas *c, struct rect r)
{
	draw_steps(s, c, r, step_ips, PLOT_LINEAR, 0.9, " img/s");
}
