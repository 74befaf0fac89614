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

static void draw_markers(const struct history *h, struct plot *p)
{
	for (size_t i = 0; i < h->n_markers; i++) {
		const struct history_marker *m = &h->markers[i];
		if (m->iter > 0 && (m->cause != CAUSE_SCHEDULE || m->kind == MARK_NONFINITE))
			plot_mark(p, in_epochs(h, m->iter), marker_looks[m->kind].ch,
				  STYLE(marker_looks[m->kind].ink));
	}
	for (size_t i = 0; i < h->n_markers; i++) /* phases win where several fall on one column */
		if (h->markers[i].kind == MARK_PHASE && h->markers[i].iter > 0)
			plot_mark(p, in_epochs(h, h->markers[i].iter), 0x25C6, STYLE(INK_ACCENT));
}

static void draw_curves(const struct history *h, struct canvas *c, struct rect r, struct range x,
			const struct series *train, const struct series *valid, bool percent)
{
	struct plot p;
	if (!plot_begin(&p, c, r, x, y_range(train, valid), percent))
		return;
	draw_markers(h, &p);
	plot_line(&p, train->x, train->y, train->n, STYLE(INK_TRAIN));
	if (percent)
		plot_points(&p, train->x, train->y, train->n, 0x2022, STYLE(INK_TRAIN));
	plot_line(&p, valid->x, valid->y, valid->n, STYLE(INK_VALID));
	plot_points(&p, valid->x, valid->y, valid->n, 0x25CF, STYLE(INK_VALID));
}

static void legend(struct canvas *c, struct rect r, const char *train, const char *valid)
{
	char text[64];
	bool words = r.w >= 40;
	snprintf(text, sizeof(text), words ? "● valid %s" : "●%s", valid);
	int used = panel_note(c, r, 0, STYLE(INK_VALID), text);
	snprintf(text, sizeof(text), words ? "─ train %s" : "─%s", train);
	panel_note(c, r, used, STYLE(INK_TRAIN), text);
}

void panel_loss(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (!h->has_run || (h->n_steps == 0 && h->n_epochs == 0)) {
		panel_empty(c, r, "no iteration yet");
		return;
	}
	struct range x = x_range(h);
	struct series train = smoothed_loss(h, x, (size_t)r.w * 2),
		      valid = epoch_series(h, valid_loss);
	draw_curves(h, c, r, x, &train, &valid, false);
	legend(c, r, train.n ? text_loss(train.y[train.n - 1]) : "",
	       valid.n ? text_loss(valid.y[valid.n - 1]) : "");
	series_free(&train);
	series_free(&valid);
}

void panel_accuracy(const struct scene *s, struct canvas *c, struct rect r)
{
	const struct history *h = s->history;
	if (!h->has_run || h->n_epochs == 0) {
		panel_empty(c, r, "after the first epoch");
		return;
	}
	struct series train = epoch_series(h, train_acc), valid = epoch_series(h, valid_acc);
	draw_curves(h, c, r, x_range(h), &train, &valid, true);
	legend(c, r, text_percent(train.y[train.n - 1]), text_percent(valid.y[valid.n - 1]));
	series_free(&train);
	series_free(&valid);
}
