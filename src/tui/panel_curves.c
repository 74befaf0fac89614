/* The loss and accuracy curves, with what happened marked where it happened. */
#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/tui/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct series {
	double *x, *y;
	size_t n;
};

static struct series series_new(size_t cap)
{
	return (struct series){xcalloc(cap, sizeof(double)), xcalloc(cap, sizeof(double)), 0};
}

static void series_add(struct series *s, double x, double y)
{
	s->x[s->n] = x;
	s->y[s->n++] = y;
}

static void series_free(struct series *s)
{
	free(s->x);
	free(s->y);
}

/* Iterations in epochs, so that every chart shares one axis. */
static double in_epochs(const struct history *h, int64_t iter)
{
	return h->run.iterations > 0 ? (double)iter / (double)h->run.iterations : (double)iter;
}

/* The axis grows with the run: early on half of the planned epochs would be empty paper. */
static struct range x_range(const struct history *h)
{
	double planned = h->run.epochs > 0 ? (double)h->run.epochs : 1, now = in_epochs(h, h->iter);
	if (h->n_epochs && (double)h->epochs[h->n_epochs - 1].epoch > now)
		now = (double)h->epochs[h->n_epochs - 1].epoch;
	double hi = now * 2.5 < planned ? ceil(now * 2) : planned;
	if (now > hi)
		hi = ceil(now);
	return (struct range){0, hi < 1 ? 1 : hi, true};
}

/* Training loss smoothed over about an eighth of an epoch, then averaged to `points` places on
 * the axis. A loss that is not finite makes a gap. */
static struct series smoothed_loss(const struct history *h, struct range x, size_t points)
{
	struct series out = series_new(points * 2 + 2);
	double tau = fmin(fmax((double)h->run.iterations / 8, 1), 40), mean = 0, weight = 0;
	double sum = 0;
	size_t n = 0, at = 0;
	for (size_t i = 0; i <= h->n_steps; i++) {
		double ex = i < h->n_steps ? in_epochs(h, h->steps[i].iter) : x.hi + 1;
		double place = fmin(fmax(ex / x.hi * (double)points, 0), (double)points + 1);
		size_t bucket = (size_t)place;
		if (bucket != at && n && out.n < points * 2)
			series_add(&out, ((double)at + 0.5) * x.hi / (double)points,
				   sum / (double)n);
		if (bucket != at) {
			at = bucket;
			sum = 0;
			n = 0;
		}
		if (i == h->n_steps)
			break;
		if (!isfinite(h->steps[i].loss)) {
			if (out.n < points * 2)
				series_add(&out, ex, NAN);
			mean = weight = 0;
			continue;
		}
		mean += (h->steps[i].loss - mean) / fmin(++weight, tau);
		sum += mean;
		n++;
	}
	return out;
}

static struct series epoch_series(const struct history *h,
				  double (*value)(const struct history_epoch *e))
{
	struct series out = series_new(h->n_epochs + 1);
	for (size_t i = 0; i < h->n_epochs; i++) {
		const struct history_epoch *e = &h->epochs[i];
		series_add(&out, h->run.iterations > 0 ? in_epochs(h, e->iter) : (double)e->epoch,
			   value(e));
	}
	return out;
}

static double valid_loss(const struct history_epoch *e)
{
	return e->valid.loss;
}

static double train_acc(const struct history_epoch *e)
{
	return e->train.acc;
}

static double valid_acc(const struct history_epoch *e)
{
	return e->valid.acc;
}

static struct range y_range(const struct series *a, const struct series *b)
{
	struct range r = {0, 0, false};
	for (size_t i = 0; i < a->n; i++)
		range_add(&r, a->y[i]);
	for (size_t i = 0; i < b->n; i++)
		range_add(&r, b->y[i]);
	return r;
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

/* The losses of the first iterations and of accidents would press all others flat. */
static struct range loss_range(const struct series *train, const struct series *valid)
{
	struct range r = y_range(train, valid);
	double limit = sane_limit(train);
	for (size_t i = 0; i < valid->n; i++)
		if (isfinite(valid->y[i]) && (i + 1 == valid->n || valid->y[i] < 2 * limit))
			limit = fmax(limit, valid->y[i]);
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
				plot_mark(p, in_epochs(h, m->iter), marker_looks[m->kind].ch,
					  STYLE(marker_looks[m->kind].ink));
		}
}

struct curves {
	struct series train, valid;
	struct range x, y;
	enum plot_scale scale;
};

static void draw_curves(const struct history *h, struct canvas *c, struct rect r,
			const struct curves *k)
{
	const struct series *train = &k->train, *valid = &k->valid;
	struct plot p;
	if (!plot_begin(&p, c, r, k->x, k->y, k->scale))
		return;
	draw_markers(h, &p);
	plot_line(&p, train->x, train->y, train->n, STYLE(INK_TRAIN));
	if (k->scale == PLOT_PERCENT)
		plot_points(&p, train->x, train->y, train->n, 0x2022, STYLE(INK_TRAIN));
	plot_line(&p, valid->x, valid->y, valid->n, STYLE(INK_VALID));
	plot_points(&p, valid->x, valid->y, valid->n, 0x25CF, STYLE(INK_VALID));
	plot_beyond(&p, train->x, train->y, train->n, STYLE(INK_TRAIN));
	plot_beyond(&p, valid->x, valid->y, valid->n, STYLE(INK_VALID));
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

void panel_loss(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (!h->has_run || (h->n_steps == 0 && h->n_epochs == 0)) {
		panel_empty(c, r, "no iteration yet");
		return;
	}
	struct curves k = {.x = x_range(h)};
	k.train = smoothed_loss(h, k.x, (size_t)r.w * 2);
	k.valid = epoch_series(h, valid_loss);
	k.scale = s->view->log_loss ? PLOT_LOG : PLOT_LINEAR;
	k.y = s->view->log_loss ? y_range(&k.train, &k.valid) : loss_range(&k.train, &k.valid);
	draw_curves(h, c, r, &k);
	if (s->view->log_loss)
		panel_word(c, r, "log");
	legend(c, r, k.train.n ? text_loss(k.train.y[k.train.n - 1]) : "",
	       k.valid.n ? text_loss(k.valid.y[k.valid.n - 1]) : "");
	series_free(&k.train);
	series_free(&k.valid);
}

void panel_accuracy(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (!h->has_run || h->n_epochs == 0) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	struct curves k = {.x = x_range(h), .scale = PLOT_PERCENT};
	k.train = epoch_series(h, train_acc);
	k.valid = epoch_series(h, valid_acc);
	k.y = y_range(&k.train, &k.valid);
	draw_curves(h, c, r, &k);
	legend(c, r, text_percent(k.train.y[k.train.n - 1]),
	       text_percent(k.valid.y[k.valid.n - 1]));
	series_free(&k.train);
	series_free(&k.valid);
}
