#include "series.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 2000 }; /* steps after which a mean has forgotten what was before */

static struct series series_new(size_t cap)
{
	double *all = xcalloc(cap * 5, sizeof(double));
	return (struct series){.x = all,
			       .y = all + cap,
			       .lo = all + 2 * cap,
			       .hi = all + 3 * cap,
			       .spike = all + 4 * cap,
			       .known = xcalloc(cap, sizeof(bool))};
}

void series_free(struct series *s)
{
	free(s->x);
	free(s->known);
}

/* A gap where `y` is NaN or absent. */
static void add_point(struct series *s, double x, struct opt_double y)
{
	s->x[s->n] = x;
	s->y[s->n] = s->lo[s->n] = s->hi[s->n] = opt_or_nan(y);
	s->spike[s->n] = NAN;
	s->known[s->n++] = y.valid;
}

static void add_extent(struct series *s, double x, double y, const struct history_extent *e)
{
	add_point(s, x, opt_of(y));
	if (e->n) {
		s->lo[s->n - 1] = e->lo;
		s->hi[s->n - 1] = e->hi;
	}
	if (e->spike > 0)
		s->spike[s->n - 1] = e->spike;
}

double in_epochs(const struct history *h, double iter)
{
	return h->run.iterations > 0 ? iter / (double)h->run.iterations : iter;
}

static int64_t iteration_of(double iter)
{
	return iter > 9e15 ? INT64_MAX - 2 : iter < 1 ? 0 : (int64_t)iter;
}

/* The first iteration that may stand at a place of the axis. */
static int64_t iteration_at(const struct history *h, double epochs)
{
	return iteration_of(h->run.iterations > 0 ? epochs * (double)h->run.iterations : epochs);
}

bool steps_tell(const struct history *h, enum step_figure figure)
{
	size_t n = h->n_steps / HISTORY_BLOCK, blocks = n < h->n_blocks ? n : h->n_blocks, i = 0;
	while (i < blocks && !history_block(h, i)->of[figure].told)
		i++;
	if (i < blocks)
		return true;
	for (i *= HISTORY_BLOCK; i < h->n_steps; i++) {
		struct history_step s = history_step_at(h, i);
		if (history_step_value(&s, figure).valid)
			return true;
	}
	return false;
}

bool epochs_tell(const struct history *h, epoch_fn *value)
{
	size_t i = 0;
	while (i < h->n_epochs && !value(&h->epochs[i]).valid)
		i++;
	return i < h->n_epochs;
}

/* ---- places on the axis ---- */

struct places {
	struct range x;
	size_t n;
};

/* In 0..n - 1; -1 before the axis, n behind it. */
static int64_t place_of(const struct places *p, double epochs)
{
	double place = (epochs - p->x.lo) / (p->x.hi - p->x.lo) * (double)p->n;
	if (place >= (double)p->n) /* the end of the axis is still on it */
		return (int64_t)p->n - (epochs <= p->x.hi + 1e-9);
	return place < 0 ? -1 : (int64_t)place;
}

static double middle_of(const struct places *p, int64_t place)
{
	return p->x.lo + ((double)place + 0.5) * (p->x.hi - p->x.lo) / (double)p->n;
}

/* ---- steps ---- */

struct gathering { /* what has come for the place `at` so far */
	const struct history *h;
	enum step_figure figure;
	struct places places;
	double smooth;
	double mean, missing; /* missing: the weight that no value has had yet */
	int64_t at;
	struct history_extent extent;
	double sum; /* of n means */
	size_t n;
	struct series out;
};

static void finish_place(struct gathering *g)
{
	double x = middle_of(&g->places, g->at), usual = g->mean / (1 - g->missing);
	if (g->at >= 0 && g->at < (int64_t)g->places.n) {
		if (g->n)
			add_extent(&g->out, x, g->sum / (double)g->n, &g->extent);
		else if (g->extent.spike > 0)
			add_extent(&g->out, x, usual, &g->extent);
	}
	g->extent = (struct history_extent){0};
	g->sum = 0;
	g->n = 0;
}

/* Where steps that came for one place are followed by those for the next. */
static void go_to(struct gathering *g, int64_t place)
{
	if (place == g->at)
		return;
	finish_place(g);
	g->at = place;
}

static void add_gap(struct gathering *g, double x, struct opt_double y)
{
	struct series *out = &g->out;
	if (g->at >= 0 && g->at < (int64_t)g->places.n && out->n && isfinite(out->y[out->n - 1]))
		add_point(out, x, y.valid ? opt_of(NAN) : y);
}

static void add_step(struct gathering *g, double x, const struct history_step *s)
{
	struct opt_double v = history_step_value(s, g->figure);
	if (!opt_finite(v)) {
		add_gap(g, x, v);
		g->mean = 0;
		g->missing = 1;
		return;
	}
	history_extent_add(&g->extent, s, g->figure);
	if (g->figure == STEP_LOSS && s->wild)
		return;
	g->mean = g->smooth * g->mean + (1 - g->smooth) * v.value;
	g->missing *= g->smooth;
	g->sum += g->mean / (1 - g->missing);
	g->n++;
}

static void gather_steps(struct gathering *g, size_t from, size_t end)
{
	const struct history *h = g->h;
	size_t i = from > WARM_UP ? from - WARM_UP : 0;
	for (size_t spell = history_spell_of(h, i); i < end; i++) {
		struct history_step s = history_step_next(h, i, &spell);
		double x = in_epochs(h, (double)s.iter);
		go_to(g, i < from ? -1 : place_of(&g->places, x));
		add_step(g, x, &s);
	}
}

static void add_block(struct gathering *g, double x, const struct history_extent *block)
{
	history_extent_join(&g->extent, block);
	g->sum += block->sum;
	g->n += block->n;
	if (block->gap || !block->n)
		add_gap(g, x, block->gap ? opt_of(NAN) : (struct opt_double){0});
}

/* By the block: a place spans several, so its mean is theirs. */
static void gather_blocks(struct gathering *g, size_t from, size_t end)
{
	const struct history *h = g->h;
	size_t i = from / HISTORY_BLOCK * HISTORY_BLOCK;
	for (size_t spell = history_spell_of(h, i); i < end; i += HISTORY_BLOCK) {
		size_t n = h->n_steps - i < HISTORY_BLOCK ? h->n_steps - i : HISTORY_BLOCK;
		struct history_extent part = {0};
		const struct history_extent *whole = &part;
		if (n == HISTORY_BLOCK)
			whole = &history_block(h, i / HISTORY_BLOCK)->of[g->figure];
		for (size_t k = i; n < HISTORY_BLOCK && k < i + n; k++) {
			struct history_step s = history_step_at(h, k);
			history_extent_add(&part, &s, g->figure);
		}
		double x = in_epochs(h, (double)history_step_next(h, i + n / 2, &spell).iter);
		go_to(g, place_of(&g->places, x));
		add_block(g, x, whole);
	}
}

static void begin(struct gathering *g, size_t points)
{
	g->missing = 1;
	g->at = -1;
	g->out = series_new(points * 2 + 4);
}

struct series step_series(const struct history *h, enum step_figure figure, struct range x,
			  size_t points, double smooth)
{
	size_t from = history_step_from(h, iteration_at(h, x.lo)),
	       end = history_step_from(h, iteration_at(h, x.hi) + 2);
	struct gathering g = {.h = h, .figure = figure, .places = {x, points}, .smooth = smooth};
	begin(&g, points);
	if (end - from > points * 2 * HISTORY_BLOCK)
		gather_blocks(&g, from, end);
	else
		gather_steps(&g, from, end);
	finish_place(&g);
	g.out.dense = end - from > 2 * points;
	return g.out;
}

/* ---- points of a name ---- */

static void gather_points(struct gathering *g, const struct history_series *s, size_t from,
			  size_t end)
{
	for (size_t i = from > WARM_UP ? from - WARM_UP : 0; i < end; i++) {
		double x = history_point(s, i)->iter;
		const struct history_step step = {.loss = opt_of(history_point(s, i)->value)};
		go_to(g, i < from ? -1 : place_of(&g->places, x));
		add_step(g, x, &step);
	}
}

static void gather_point_blocks(struct gathering *g, const struct history_series *s, size_t from,
				size_t end)
{
	for (size_t i = from / HISTORY_BLOCK * HISTORY_BLOCK; i < end; i += HISTORY_BLOCK) {
		size_t n = s->n_points - i < HISTORY_BLOCK ? s->n_points - i : HISTORY_BLOCK;
		struct history_extent part = {0};
		for (size_t k = i; n < HISTORY_BLOCK && k < i + n; k++)
			history_extent_add(&part, &(struct history_step){.loss = opt_of(history_point(s, k)->value)},
					   STEP_LOSS);
		double x = history_point(s, i + n / 2)->iter;
		go_to(g, place_of(&g->places, x));
		add_block(g, x, n == HISTORY_BLOCK ? history_series_block(s, i / HISTORY_BLOCK) : &part);
	}
}

struct series point_series(const struct history_series *s, struct range x, size_t points,
			   double smooth)
{
	size_t from = history_point_from(s, iteration_of(x.lo)),
	       end = history_point_from(s, iteration_of(x.hi) + 1);
	struct gathering g = {.figure = STEP_LOSS, .places = {x, points}, .smooth = smooth};
	begin(&g, points);
	if (end - from > points * 2 * HISTORY_BLOCK)
		gather_point_blocks(&g, s, from, end);
	else
		gather_points(&g, s, from, end);
	finish_place(&g);
	g.out.dense = end - from > 2 * points;
	return g.out;
}

/* ---- epochs ---- */

enum { USUAL_EPOCHS = 8 };

/* An accident's figure is a spike, and a gap of the curve. */
static void take_spike_out(struct series *s)
{
	size_t i = s->n - 1, seen = 0;
	double sum = 0;
	for (size_t k = i; k-- > 0 && k + USUAL_EPOCHS >= i;)
		if (isfinite(s->y[k])) {
			sum += s->y[k];
			seen++;
		}
	if (seen && history_wild_loss(s->y[i], sum / (double)seen)) {
		s->spike[i] = s->y[i];
		s->y[i] = s->lo[i] = s->hi[i] = NAN;
	}
}

double place_of_epoch(const struct history *h, const struct history_epoch *e)
{
	bool by_iter = h->run.iterations > 0 || h->run.format;
	return by_iter ? in_epochs(h, (double)e->iter) : (double)e->epoch;
}

/* Points of one place become one: their mean, from the least to the most. */
static void draw_together(struct series *s, const struct places *p)
{
	struct series to = *s;
	to.n = 0;
	for (size_t i = 0; i < s->n;) {
		int64_t at = place_of(p, s->x[i]);
		struct history_extent e = {0};
		bool known = false;
		for (; i < s->n && place_of(p, s->x[i]) == at; i++) {
			struct history_step one = {.loss = opt_of(s->y[i])};
			history_extent_add(&e, &one, STEP_LOSS);
			e.spike = fmax(e.spike, isfinite(s->spike[i]) ? s->spike[i] : 0);
			known |= s->known[i];
		}
		if (at < 0 || at >= (int64_t)p->n)
			continue;
		add_extent(&to, middle_of(p, at), e.n ? e.sum / (double)e.n : NAN, &e);
		to.known[to.n - 1] = known;
	}
	*s = to;
}

struct series epoch_series(const struct history *h, epoch_fn *value, struct range x, size_t points)
{
	struct series out = series_new(h->n_epochs + 1);
	const struct places places = {x, points};
	size_t within = 0;
	for (size_t i = 0; i < h->n_epochs; i++) {
		double at = place_of_epoch(h, &h->epochs[i]);
		add_point(&out, at, value(&h->epochs[i]));
		take_spike_out(&out);
		within += at >= x.lo && at <= x.hi;
	}
	if (points && within > points)
		draw_together(&out, &places);
	out.dense = points && within > points * 2;
	return out;
}

/* ---- reading ---- */

struct opt_double series_at(const struct series *s, double x)
{
	struct opt_double value = {0};
	for (size_t i = 0; i < s->n && s->x[i] <= x + 1e-9; i++) {
		double y = isfinite(s->spike[i]) ? s->spike[i] : s->y[i];
		value = (struct opt_double){y, s->known[i] && isfinite(y)};
	}
	return value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct sorted { /* the finite values of a curve within the window */
	double *v, first, newest;
	size_t n;
};

static struct sorted sort_values(const struct series *s, const double *ys, struct range x)
{
	struct sorted out = {xcalloc(s->n + 1, sizeof(double)), NAN, NAN, 0};
	for (size_t i = 0; i < s->n; i++)
		if (isfinite(ys[i]) && s->x[i] >= x.lo - 1e-9 && s->x[i] <= x.hi + 1e-9)
			out.v[out.n++] = ys[i];
	if (out.n) {
		out.first = out.v[0];
		out.newest = out.v[out.n - 1];
	}
	qsort(out.v, out.n, sizeof(double), by_value);
	return out;
}

enum { FEW = 10, MANY = 40, TAIL = 20 }; /* values; one of TAIL may be wild */

#define FAR 1.5 /* of what all but the wildest keep: press the rest flat beyond that */
#define ACCIDENT_FACTOR 20

static double highest_shown(const struct sorted *s, enum plot_scale scale)
{
	double usual = fmax(s->v[s->n / 2], s->first), most = s->v[s->n - 1];
	size_t i = s->n - 1;
	if (!(usual > 0) || scale == PLOT_PERCENT)
		return most;
	while (i > 0 && s->v[i] > ACCIDENT_FACTOR * usual)
		i--;
	most = s->v[i];
	if (scale != PLOT_LINEAR || s->n < FEW)
		return most;
	double sane = s->v[s->n - 1 - (s->n + TAIL - 1) / TAIL] * 1.1;
	if (most <= FAR * sane)
		return most;
	return s->newest <= most ? fmax(sane, s->newest) : sane;
}

static double lowest_shown(const struct sorted *s, enum plot_scale scale)
{
	double least = s->v[0], low = s->v[s->n / TAIL], high = s->v[s->n - 1 - s->n / TAIL];
	if (s->n < MANY || scale == PLOT_LINEAR)
		return least;
	if (scale == PLOT_LOG)
		return fmax(least, low / 10);
	return fmin(fmax(least, low - (high - low) / 2), s->newest);
}

static void add_middle(const struct series *s, const double *ys, struct range x, struct range *y)
{
	struct sorted sorted = sort_values(s, ys, x);
	if (sorted.n)
		range_add(y, sorted.v[sorted.n / 2]);
	free(sorted.v);
}

void series_range(const struct series *s, struct range x, enum plot_scale scale, struct range *y)
{
	struct sorted sorted = sort_values(s, s->y, x);
	if (sorted.n) {
		range_add(y, lowest_shown(&sorted, scale));
		range_add(y, highest_shown(&sorted, scale));
	}
	free(sorted.v);
	if (s->dense && scale == PLOT_LINEAR) {
		add_middle(s, s->lo, x, y);
		add_middle(s, s->hi, x, y);
	}
}
