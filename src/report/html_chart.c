#include "html_chart.h"

#include "html.h"

#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <stdlib.h>

enum { WIDTH = 520, HEIGHT = 260, LEFT = 50, RIGHT = 12, TOP = 20, BOTTOM = 32 };
enum { TICKS_X = 10, TICKS_Y = 5, MOST_MARKS = 200 };
#define LARGEST 1e30 /* what is drawn; differences of larger figures may not be finite */

/* ---- places ---- */

void chart_widen(struct chart_range *r, double v)
{
	if (!(fabs(v) <= LARGEST))
		return;
	r->lo = fmin(r->lo, v);
	r->hi = fmax(r->hi, v);
}

double chart_x(const struct chart *c, double x)
{
	return LEFT + (x - c->x.lo) / (c->x.hi - c->x.lo) * (WIDTH - LEFT - RIGHT);
}

double chart_y(const struct chart *c, double y)
{
	double lo = c->y.lo, hi = c->y.hi;
	if (c->log) {
		y = log10(fmax(y, lo));
		lo = log10(lo);
		hi = log10(hi);
	}
	return TOP + (hi - fmin(fmax(y, lo), hi)) / (hi - lo) * (HEIGHT - TOP - BOTTOM);
}

bool chart_point(const struct chart *c, double x, double y, bool pen)
{
	if (!(fabs(y) <= LARGEST))
		return false;
	strbuf_addf(c->out, "%c%.1f %.1f", pen ? 'L' : 'M', chart_x(c, x), chart_y(c, y));
	return true;
}

/* ---- the frame ---- */

/* 1, 2 or 5 times a power of ten, so that about n of them span a range. */
static double nice_step(double span, int n)
{
	double power = pow(10, floor(log10(span / n))), lead = span / n / power;
	return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

/* Rates that fall to nearly nothing are cut off there: four powers of ten are enough to see. */
static bool settle_log(struct chart_range *y)
{
	enum { DECADES = 4 };
	if (!(y->hi > 0))
		return false;
	y->hi = pow(10, ceil(log10(y->hi) - 1e-9));
	y->lo = fmax(y->lo, y->hi / pow(10, DECADES));
	y->lo = pow(10, floor(log10(y->lo) + 1e-9));
	return y->hi > 1.5 * y->lo;
}

static void settle(struct chart *c)
{
	if (c->x.hi <= c->x.lo) {
		c->x.lo -= 0.5;
		c->x.hi += 0.5;
	}
	if (c->log && c->y.hi > 4 * c->y.lo && settle_log(&c->y))
		return;
	c->log = false;
	double span = c->y.hi - c->y.lo;
	if (!(span > 0))
		span = c->y.hi != 0 ? fabs(c->y.hi) : 1;
	c->step = nice_step(span, TICKS_Y);
	c->y.lo = floor(c->y.lo / c->step + 1e-9) * c->step;
	c->y.hi = ceil(c->y.hi / c->step - 1e-9) * c->step;
	if (c->y.hi <= c->y.lo)
		c->y.hi = c->y.lo + c->step;
}

bool chart_begin(struct chart *c, const char *title)
{
	if (c->x.lo > c->x.hi || c->y.lo > c->y.hi)
		return false;
	settle(c);
	strbuf_addstr(c->out, "<figure><figcaption>");
	html_element(c->out, "b", title);
	return true;
}

void chart_legend(const struct chart *c, const char *class, const char *name)
{
	strbuf_addf(c->out, "<i class=\"key %s\"></i>%s", class, name);
}

static void draw_phase(const struct chart *c, const struct history_marker *m, double end, int even)
{
	double x = chart_x(c, fmax((double)m->iter, c->x.lo)), w = chart_x(c, end) - x;
	const struct history *h = c->h;
	size_t i = (size_t)m->value;
	if (!(w > 0))
		return;
	strbuf_addf(c->out,
		    "<g><rect class=\"phase%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
		    even ? " even" : "", x, TOP, w, HEIGHT - TOP - BOTTOM);
	html_element(c->out, "title", m->text);
	if (i < h->n_phases && w > 40) {
		strbuf_addf(c->out, "<text x=\"%.1f\" y=\"%d\">", x + 3, TOP - 6);
		html_text(c->out, h->phases[i].name);
		strbuf_addstr(c->out, "</text>");
	}
	strbuf_addstr(c->out, "</g>\n");
}

static void draw_phases(const struct chart *c)
{
	const struct history *h = c->h;
	const struct history_marker *open = NULL;
	int n = 0;
	for (const struct history_marker *m = h->markers; m < h->markers + h->n_markers; m++) {
		if (m->kind != MARK_PHASE)
			continue;
		if (open)
			draw_phase(c, open, fmin((double)m->iter, c->x.hi), n++ % 2);
		open = m;
	}
	if (open)
		draw_phase(c, open, c->x.hi, n % 2);
}

/* What the plan did by itself is no intervention. */
static bool is_intervention(const struct history_marker *m)
{
	return m->kind != MARK_PHASE && m->cause != CAUSE_PHASE && m->cause != CAUSE_SCHEDULE;
}

static bool has_interventions(const struct history *h)
{
	size_t i = 0;
	while (i < h->n_markers && !is_intervention(&h->markers[i]))
		i++;
	return i < h->n_markers;
}

static void draw_marks(const struct chart *c)
{
	const struct history *h = c->h;
	int n = 0;
	for (const struct history_marker *m = h->markers; m < h->markers + h->n_markers; m++) {
		double x = chart_x(c, fmin(fmax((double)m->iter, c->x.lo), c->x.hi));
		if (!is_intervention(m) || ++n > MOST_MARKS)
			continue;
		strbuf_addf(c->out,
			    "<g class=\"mark\"><path d=\"M%.1f %dV%d\"/><path class=\"flag\" "
			    "d=\"M%.1f %dl-4 -7h8z\"/><title>iteration %lld: ",
			    x, TOP, HEIGHT - BOTTOM, x, TOP, (long long)m->iter);
		html_text(c->out, m->text);
		strbuf_addstr(c->out, "</title></g>\n");
	}
}

static void draw_tick_y(const struct chart *c, double v)
{
	double y = chart_y(c, v);
	strbuf_addf(c->out,
		    "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
		    "text-anchor=\"end\">%.6g</text>",
		    LEFT, y, WIDTH - RIGHT, LEFT - 5, y + 4, fabs(v) < 1e-12 ? 0 : v);
}

static void draw_ticks_y(const struct chart *c)
{
	int n = c->log ? (int)lround(log10(c->y.hi / c->y.lo))
		       : (int)lround((c->y.hi - c->y.lo) / c->step);
	for (int i = 0; i <= n; i++)
		draw_tick_y(c, c->log ? c->y.lo * pow(10, i) : c->y.lo + i * c->step);
}

static void draw_tick_x(const struct chart *c, double x, double label)
{
	strbuf_addf(c->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.10g</text>",
		    chart_x(c, x), HEIGHT - BOTTOM + 14, label);
}

/* At the ends of epochs, where there are any. */
static void draw_ticks_x(const struct chart *c)
{
	const struct history *h = c->h;
	double first = h->n_epochs ? (double)h->epochs[0].epoch : c->x.lo,
	       last = h->n_epochs ? (double)h->epochs[h->n_epochs - 1].epoch : c->x.hi;
	double step = fmax(1, nice_step(fmax(last - first, 1), TICKS_X));
	if (h->n_epochs) {
		for (size_t i = 0; i < h->n_epochs; i++)
			if (h->epochs[i].epoch % (int64_t)step == 0)
				draw_tick_x(c, (double)export_place(h, &h->epochs[i]),
					    (double)h->epochs[i].epoch);
	} else {
		for (double v = ceil(c->x.lo / step) * step; v <= c->x.hi; v += step)
			draw_tick_x(c, v, v);
	}
	strbuf_addf(c->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", WIDTH - RIGHT,
		    HEIGHT - 4, h->n_epochs ? "epoch" : "iteration");
}

void chart_frame(struct chart *c)
{
	if (has_interventions(c->h))
		chart_legend(c, "mark", "interventions");
	strbuf_addf(c->out, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH,
		    HEIGHT);
	draw_phases(c);
	draw_ticks_y(c);
	draw_ticks_x(c);
}

void chart_end(struct chart *c)
{
	draw_marks(c);
	strbuf_addstr(c->out, "</svg></figure>\n");
}

/* ---- curves of iterations ---- */

struct smoother {
	double factor, mean, missing; /* missing: the weight that no value has had yet */
};

static double smooth_next(struct smoother *s, struct opt_double v)
{
	if (!opt_finite(v)) {
		s->mean = 0;
		s->missing = 1;
		return NAN;
	}
	s->mean = s->factor * s->mean + (1 - s->factor) * v.value;
	s->missing *= s->factor;
	return s->mean / (1 - s->missing);
}

static int place_of(struct chart_range x, double at)
{
	double place = (at - x.lo) / fmax(x.hi - x.lo, 1) * CHART_PLACES;
	return (int)fmin(fmax(place, 0), CHART_PLACES - 1);
}

struct chart_steps chart_steps(const struct history *h, enum step_figure figure,
			       struct chart_range x, double smooth)
{
	struct chart_steps out = {.places = xcalloc(CHART_PLACES, sizeof(*out.places)), .x = x};
	struct smoother s = {smooth, 0, 1};
	for (int i = 0; i < CHART_PLACES; i++)
		out.places[i].mean = NAN;
	for (size_t i = 0, spell = 0; i < h->n_steps; i++) {
		struct history_step step = history_step_next(h, i, &spell);
		struct opt_double v = history_step_value(&step, figure);
		struct chart_place *p = &out.places[place_of(x, (double)step.iter)];
		history_extent_add(&p->extent, &step, figure);
		out.told = out.told || opt_finite(v);
		if (figure == STEP_LOSS && step.wild)
			continue;
		double mean = smooth_next(&s, v);
		p->mean = isfinite(mean) ? mean : p->mean;
	}
	return out;
}

struct chart_steps chart_series(const struct history_series *s, struct chart_range x)
{
	struct chart_steps out = {.places = xcalloc(CHART_PLACES, sizeof(*out.places)), .x = x};
	for (size_t i = 0; i < s->n_points; i++) {
		struct chart_place *p = &out.places[place_of(x, (double)history_point(s, i)->iter)];
		struct history_step as_step = {.lr = opt_of(history_point(s, i)->value)};
		history_extent_add(&p->extent, &as_step, STEP_LR);
		out.told = out.told || isfinite(history_point(s, i)->value);
	}
	for (int i = 0; i < CHART_PLACES; i++) {
		const struct history_extent *e = &out.places[i].extent;
		out.places[i].mean = e->n ? e->sum / (double)e->n : NAN;
	}
	return out;
}

void chart_steps_release(struct chart_steps *s)
{
	free(s->places);
}

void chart_steps_widen(const struct chart_steps *s, struct chart_range *y)
{
	for (int i = 0; i < CHART_PLACES; i++)
		if (s->places[i].extent.n) {
			chart_widen(y, s->places[i].extent.lo);
			chart_widen(y, s->places[i].extent.hi);
		}
}

static double middle_of(const struct chart_steps *s, int i)
{
	return s->x.lo + (i + 0.5) * (s->x.hi - s->x.lo) / CHART_PLACES;
}

/* Around the places from..end - 1: along their tops, and back along their bottoms. */
static void draw_band(const struct chart *c, const struct chart_steps *s, int from, int end)
{
	bool pen = false;
	for (int i = from; i < end; i++)
		if (s->places[i].extent.n)
			pen = chart_point(c, middle_of(s, i), s->places[i].extent.hi, pen);
	for (int i = end; i-- > from;)
		if (s->places[i].extent.n)
			pen = chart_point(c, middle_of(s, i), s->places[i].extent.lo, pen);
	strbuf_addstr(c->out, "Z");
}

static void draw_bands(const struct chart *c, const struct chart_steps *s)
{
	int from = -1;
	strbuf_addstr(c->out, "<path class=\"band\" d=\"");
	for (int i = 0; i < CHART_PLACES; i++) {
		const struct history_extent *e = &s->places[i].extent;
		if (from < 0 && e->n)
			from = i;
		if (from >= 0 && e->gap) {
			draw_band(c, s, from, e->n ? i + 1 : i);
			from = -1;
		}
	}
	if (from >= 0)
		draw_band(c, s, from, CHART_PLACES);
	strbuf_addstr(c->out, "\"/>\n");
}

static void draw_spikes(const struct chart *c, const struct chart_steps *s)
{
	for (int i = 0; i < CHART_PLACES; i++)
		if (s->places[i].extent.spike > 0)
			strbuf_addf(c->out,
				    "<path class=\"spike\" d=\"M%.1f %dl4 7h-8z\"><title>a loss of "
				    "%s</title></path>\n",
				    chart_x(c, middle_of(s, i)), TOP,
				    words_loss(s->places[i].extent.spike));
}

/* Places that no iteration falls on are skipped; a gap is where one was not finite. */
void chart_draw_steps(const struct chart *c, const struct chart_steps *s)
{
	bool pen = false;
	if (c->bands)
		draw_bands(c, s);
	strbuf_addstr(c->out, "<path class=\"curve train\" d=\"");
	for (int i = 0; i < CHART_PLACES; i++) {
		const struct chart_place *p = &s->places[i];
		if (isfinite(p->mean) && pen && c->stairs)
			strbuf_addf(c->out, "H%.1f", chart_x(c, middle_of(s, i)));
		if (isfinite(p->mean))
			pen = chart_point(c, middle_of(s, i), p->mean, pen);
		else if (p->extent.gap)
			pen = false;
	}
	strbuf_addstr(c->out, "\"/>\n");
	draw_spikes(c, s);
}
