#include "curves.h"

#include "panel.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdlib.h>

static struct series series_new(size_t cap)
{
	return (struct series){xcalloc(cap, sizeof(double)), xcalloc(cap, sizeof(double)),
			       xcalloc(cap, sizeof(bool)), 0};
}

static void series_add_opt(struct series *s, double x, struct opt_double y)
{
	s->x[s->n] = x;
	s->y[s->n] = opt_or_nan(y);
	s->known[s->n++] = y.valid;
}

static void series_add(struct series *s, double x, double y)
{
	series_add_opt(s, x, opt_of(y));
}

void series_free(struct series *s)
{
	free(s->x);
	free(s->y);
	free(s->known);
}

double in_epochs(const struct history *h, double iter)
{
	return h->run.iterations > 0 ? iter / (double)h->run.iterations : iter;
}

/* The axis grows with the run: early on half of the planned epochs would be empty paper. */
static struct range whole_window(const struct history *h, double now)
{
	double planned = h->run.epochs > 0 ? (double)h->run.epochs : 1;
	double hi = now * 2.5 < planned ? ceil(now * 2) : planned;
	if (now > hi)
		hi = ceil(now);
	return (struct range){0, hi < 1 ? 1 : hi, true};
}

static double newest_place(const struct history *h)
{
	double now = in_epochs(h, (double)h->iter);
	if (h->n_epochs && (double)h->epochs[h->n_epochs - 1].epoch > now)
		now = (double)h->epochs[h->n_epochs - 1].epoch;
	return now;
}

struct range curve_window(const struct history *h, const struct view *v)
{
	double now = newest_place(h), least = in_epochs(h, 8);
	struct range all = whole_window(h, now);
	if (v->zoom <= 0)
		return all;
	double span = fmax(fmax(now, least) / pow(2, v->zoom), least);
	double end = fmax(now, span);
	if (v->cross)
		end = fmin(fmax(in_epochs(h, (double)v->cross_iter) + span / 2, span), end);
	return (struct range){end - span, end, true};
}

/* Two dots a column, as plot.h has them. */
int64_t curve_iteration(const struct history *h, const struct view *v, int column, int w)
{
	struct range x = curve_window(h, v);
	double share = w > 1 ? (2.0 * column + 0.5) / (2.0 * w - 1) : 0;
	double at = x.lo + share * (x.hi - x.lo);
	return llround(h->run.iterations > 0 ? at * (double)h->run.iterations : at);
}

int64_t crosshair_step(const struct history *h, const struct view *v)
{
	struct range x = curve_window(h, v);
	double span = x.hi - x.lo;
	if (h->run.iterations > 0)
		span *= (double)h->run.iterations;
	return span > 100 ? (int64_t)(span / 100) : 1;
}

struct opt_double step_loss(const struct history_step *s)
{
	return s->loss;
}

struct opt_double step_lr(const struct history_step *s)
{
	return s->lr;
}

struct opt_double step_ips(const struct history_step *s)
{
	return s->ips;
}

bool steps_tell(const struct history *h, step_fn *value)
{
	size_t i = 0;
	while (i < h->n_steps && !value(&h->steps[i]).valid)
		i++;
	return i < h->n_steps;
}

bool epochs_tell(const struct history *h, epoch_fn *value)
{
	size_t i = 0;
	while (i < h->n_epochs && !value(&h->epochs[i]).valid)
		i++;
	return i < h->n_epochs;
}

/* Place of a step on the axis, in 0..points - 1; -1 before it, `points` behind it. */
static int64_t place_of(double epochs, struct range x, size_t points)
{
	double place = (epochs - x.lo) / (x.hi - x.lo) * (double)points;
	if (place >= (double)points) /* the end of the axis is still on it */
		return (int64_t)points - (epochs <= x.hi + 1e-9);
	return place < 0 ? -1 : (int64_t)place;
}

static double middle_of(int64_t place, struct range x, size_t points)
{
	return x.lo + ((double)place + 0.5) * (x.hi - x.lo) / (double)points;
}

struct series smooth_series(const struct history *h, step_fn *value, struct range x, size_t points,
			    double smooth)
{
	struct series out = series_new(points * 2 + 4);
	double mean = 0, missing = 1, sum = 0; /* missing: the weight that no value has had yet */
	int64_t at = -1;
	size_t n = 0;
	for (size_t i = 0; i < h->n_steps; i++) {
		struct opt_double v = value(&h->steps[i]);
		double place = in_epochs(h, (double)h->steps[i].iter);
		int64_t to = place_of(place, x, points);
		if (to != at && n && at >= 0)
			series_add(&out, middle_of(at, x, points), sum / (double)n);
		if (to != at) {
			at = to;
			sum = 0;
			n = 0;
		}
		if (to == (int64_t)points)
			break;
		if (!opt_finite(v)) {
			if (to >= 0 && out.n && isfinite(out.y[out.n - 1]))
				series_add_opt(&out, place, v.valid ? opt_of(NAN) : v);
			mean = 0;
			missing = 1;
			continue;
		}
		mean = smooth * mean + (1 - smooth) * v.value;
		missing *= smooth;
		sum += mean / (1 - missing);
		n++;
	}
	if (n && at >= 0 && at < (int64_t)points)
		series_add(&out, middle_of(at, x, points), sum / (double)n);
	return out;
}

struct series raw_series(const struct history *h, step_fn *value, struct range x, size_t points)
{
	struct series out = series_new(points * 2 + 4);
	struct range extent = {0, 0, false};
	int64_t at = -1;
	for (size_t i = 0; i <= h->n_steps; i++) {
		double place = i < h->n_steps ? in_epochs(h, (double)h->steps[i].iter) : INFINITY;
		int64_t to = place_of(place, x, points);
		if (to != at && extent.any && at >= 0) {
			bool down =
			    out.n && out.y[out.n - 1] > extent.hi; /* the shorter way first */
			series_add(&out, middle_of(at, x, points), down ? extent.hi : extent.lo);
			series_add(&out, middle_of(at, x, points), down ? extent.lo : extent.hi);
		}
		if (to != at)
			extent.any = false;
		at = to;
		if (to == (int64_t)points)
			break;
		range_add(&extent, opt_or_nan(value(&h->steps[i])));
	}
	return out;
}

struct series epoch_series(const struct history *h, epoch_fn *value)
{
	struct series out = series_new(h->n_epochs + 1);
	for (size_t i = 0; i < h->n_epochs; i++) {
		const struct history_epoch *e = &h->epochs[i];
		series_add_opt(
		    &out, h->run.iterations > 0 ? in_epochs(h, (double)e->iter) : (double)e->epoch,
		    value(e));
	}
	return out;
}

struct opt_double series_at(const struct series *s, double x)
{
	struct opt_double value = {0};
	for (size_t i = 0; i < s->n && s->x[i] <= x + 1e-9; i++)
		value = (struct opt_double){s->y[i], s->known[i]};
	return value;
}

/* Index of the step at an iteration, or of the last one before it; n_steps when there is none. */
static size_t step_at(const struct history *h, int64_t iter)
{
	size_t lo = 0, hi = h->n_steps;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (h->steps[middle].iter <= iter)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo ? lo - 1 : h->n_steps;
}

int crosshair_epoch(const struct history *h, const struct view *v)
{
	for (size_t i = 0; i < h->n_epochs; i++)
		if (h->epochs[i].iter >= v->cross_iter)
			return (int)i;
	return -1;
}

/* What happened within one step of the crosshair. */
static void add_markers(const struct history *h, const struct view *v, struct strbuf *out)
{
	int64_t near = crosshair_step(h, v);
	for (size_t i = 0; i < h->n_markers; i++) {
		const struct history_marker *m = &h->markers[i];
		bool planned = m->cause == CAUSE_SCHEDULE && m->kind != MARK_NONFINITE;
		if (planned || llabs(m->iter - v->cross_iter) >= near || m->iter <= 0)
			continue;
		strbuf_addstr(out, " · ");
		strbuf_addstr(out, m->text ? m->text : "");
	}
}

void crosshair_words(const struct history *h, const struct view *v, struct strbuf *out)
{
	size_t at = step_at(h, v->cross_iter);
	int epoch = crosshair_epoch(h, v);
	if (at == h->n_steps)
		return;
	const struct history_step *s = &h->steps[at];
	strbuf_addf(out, "iteration %lld · epoch %lld · loss %s", (long long)v->cross_iter,
		    (long long)s->epoch, words_opt(words_loss, s->loss));
	if (epoch >= 0)
		strbuf_addf(out, " · validation %s, %s %%",
			    words_opt(words_loss, h->epochs[epoch].valid.loss),
			    words_opt(words_percent, h->epochs[epoch].valid.acc));
	strbuf_addf(out, " · lr %s", words_opt(words_rate, s->lr));
	add_markers(h, v, out);
}
