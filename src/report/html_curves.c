/* The curves, as SVG: loss, accuracy, learning rate over the iterations, ticks at epochs. Phases are
 * shaded, interventions are lines; all name themselves where the pointer rests. */
#include "html.h"

#include "html_chart.h"

#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <stdio.h>
#include <stdlib.h>

#define SMOOTH 0.9 /* as the viewer begins */

struct points {        /* of epochs */
	double *x, *y; /* NaN: a gap */
	size_t n;
};

typedef struct opt_double value_fn(const struct history_epoch *e);

static struct opt_double train_loss(const struct history_epoch *e)
{
	return e->train.loss;
}

static struct opt_double valid_loss(const struct history_epoch *e)
{
	return e->valid.loss;
}

static struct opt_double train_accuracy(const struct history_epoch *e)
{
	return (struct opt_double){100 * e->train.acc.value, e->train.acc.valid};
}

static struct opt_double valid_accuracy(const struct history_epoch *e)
{
	return (struct opt_double){100 * e->valid.acc.value, e->valid.acc.valid};
}

static struct opt_double epoch_rate(const struct history_epoch *e)
{
	return e->lr;
}

/* ---- a curve of epochs ---- */

/* Losses of an accident are gaps: their curve would be all there is to see. */
static struct points points_of(const struct history *h, value_fn *value, bool loss)
{
	struct points p = {xcalloc(h->n_epochs + 1, sizeof(double)),
			   xcalloc(h->n_epochs + 1, sizeof(double)), h->n_epochs};
	double usual = NAN;
	for (size_t i = 0; i < p.n; i++) {
		double v = opt_or_nan(value(&h->epochs[i]));
		p.x[i] = (double)export_place(h, &h->epochs[i]);
		p.y[i] = loss && isfinite(usual) && history_wild_loss(v, usual) ? NAN : v;
		usual = isfinite(p.y[i]) ? p.y[i] : usual;
	}
	return p;
}

static void points_release(struct points *p)
{
	free(p->x);
	free(p->y);
}

static bool points_tell(const struct points *p)
{
	size_t i = 0;
	while (i < p->n && !isfinite(p->y[i]))
		i++;
	return i < p->n;
}

static void points_widen(const struct points *p, struct chart_range *r)
{
	for (size_t i = 0; i < p->n; i++)
		chart_widen(r, p->y[i]);
}

static void draw_line(const struct chart *c, const struct points *p, const char *class)
{
	bool pen = false;
	strbuf_addf(c->out, "<path class=\"curve %s\" d=\"", class);
	for (size_t i = 0; i < p->n; i++)
		pen = chart_point(c, p->x[i], p->y[i], pen);
	strbuf_addstr(c->out, "\"/>");
}

/* Of few epochs each has a dot that tells its figure. */
static void draw_dots(const struct chart *c, const struct history *h, const struct points *p,
		      const char *name, const char *(*words)(double))
{
	enum { MOST = 120 };
	for (size_t i = 0; i < p->n && p->n <= MOST; i++) {
		if (!isfinite(p->y[i]))
			continue;
		strbuf_addf(c->out,
			    "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"><title>",
			    chart_x(c, p->x[i]), chart_y(c, p->y[i]));
		strbuf_addf(c->out, "epoch %lld: %s %s</title></circle>",
			    (long long)h->epochs[i].epoch, name, words(p->y[i]));
	}
	if (h->best_epoch >= 0 && (size_t)h->best_epoch < p->n && isfinite(p->y[h->best_epoch]))
		strbuf_addf(
		    c->out,
		    "<circle class=\"best\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"><title>the best "
		    "epoch, %lld: %s %s</title></circle>",
		    chart_x(c, p->x[h->best_epoch]), chart_y(c, p->y[h->best_epoch]),
		    (long long)h->epochs[h->best_epoch].epoch, name, words(p->y[h->best_epoch]));
}

/* ---- the charts ---- */

static struct chart_range x_of(const struct history *h)
{
	struct chart_range x = CHART_NOTHING;
	if (h->n_steps) {
		chart_widen(&x, (double)history_step_at(h, 0).iter);
		chart_widen(&x, (double)history_step_at(h, h->n_steps - 1).iter);
	}
	if (h->n_epochs) {
		chart_widen(&x, (double)export_place(h, &h->epochs[0]));
		chart_widen(&x, (double)export_place(h, &h->epochs[h->n_epochs - 1]));
	}
	return x;
}

static void loss_chart(struct strbuf *out, const struct history *h)
{
	struct chart c = {.out = out, .h = h, .x = x_of(h), .y = CHART_NOTHING, .bands = true};
	struct chart_steps s = chart_steps(h, STEP_LOSS, c.x, SMOOTH);
	struct points train = points_of(h, train_loss, true),
		      valid = points_of(h, valid_loss, true);
	points_widen(&train, &c.y);
	points_widen(&valid, &c.y);
	chart_steps_widen(&s, &c.y);
	if (chart_begin(&c, "Loss")) {
		if (s.told)
			chart_legend(&c, "band", "training, least and most");
		chart_legend(&c, "train", s.told ? "smoothed" : "training");
		if (points_tell(&valid))
			chart_legend(&c, "valid", "validation");
		chart_frame(&c);
		if (s.told)
			chart_draw_steps(&c, &s);
		else
			draw_line(&c, &train, "train");
		draw_line(&c, &valid, "valid");
		draw_dots(&c, h, &valid, "validation loss", words_loss);
		chart_end(&c);
	}
	chart_steps_release(&s);
	points_release(&train);
	points_release(&valid);
}

static const char *percent(double v)
{
	char *out = words_buffer();
	snprintf(out, WORDS_SIZE, "%s %%", words_percent(v / 100));
	return out;
}

static void accuracy_chart(struct strbuf *out, const struct history *h)
{
	struct chart c = {.out = out, .h = h, .x = x_of(h), .y = CHART_NOTHING};
	struct points train = points_of(h, train_accuracy, false),
		      valid = points_of(h, valid_accuracy, false);
	points_widen(&train, &c.y);
	points_widen(&valid, &c.y);
	if (chart_begin(&c, "Accuracy, %")) {
		if (points_tell(&train))
			chart_legend(&c, "train", "training");
		if (points_tell(&valid))
			chart_legend(&c, "valid", "validation");
		chart_frame(&c);
		draw_line(&c, &train, "train");
		draw_line(&c, &valid, "valid");
		draw_dots(&c, h, &valid, "validation accuracy", percent);
		chart_end(&c);
	}
	points_release(&train);
	points_release(&valid);
}

static void rate_chart(struct strbuf *out, const struct history *h)
{
	struct chart c = {
	    .out = out, .h = h, .x = x_of(h), .y = CHART_NOTHING, .log = true, .stairs = true};
	struct chart_steps s = chart_steps(h, STEP_LR, c.x, 0);
	struct points rates = points_of(h, epoch_rate, false);
	points_widen(&rates, &c.y);
	chart_steps_widen(&s, &c.y);
	if (chart_begin(&c, "Learning rate")) {
		chart_frame(&c);
		if (s.told)
			chart_draw_steps(&c, &s);
		else
			draw_line(&c, &rates, "train");
		chart_end(&c);
	}
	chart_steps_release(&s);
	points_release(&rates);
}

static void speed_chart(struct strbuf *out, const struct history *h)
{
	struct chart c = {.out = out, .h = h, .x = x_of(h), .y = CHART_NOTHING, .bands = true};
	struct chart_steps s = chart_steps(h, STEP_IPS, c.x, SMOOTH);
	chart_steps_widen(&s, &c.y);
	chart_widen(&c.y, s.told ? 0 : NAN);
	if (chart_begin(&c, "Images a second")) {
		chart_legend(&c, "band", "least and most");
		chart_legend(&c, "train", "smoothed");
		chart_frame(&c);
		chart_draw_steps(&c, &s);
		chart_end(&c);
	}
	chart_steps_release(&s);
}

/* A figure under a name of its own. */
static void series_chart(struct strbuf *out, const struct history *h,
			 const struct history_series *s)
{
	struct chart c = {
	    .out = out, .h = h, .x = CHART_NOTHING, .y = CHART_NOTHING, .bands = true};
	if (s->n_points) {
		chart_widen(&c.x, (double)history_point(s, 0)->iter);
		chart_widen(&c.x, (double)history_point(s, s->n_points - 1)->iter);
	}
	struct chart_steps steps = chart_series(s, c.x);
	chart_steps_widen(&steps, &c.y);
	if (chart_begin(&c, s->name)) {
		chart_frame(&c);
		chart_draw_steps(&c, &steps);
		chart_end(&c);
	}
	chart_steps_release(&steps);
}

static void other_figures(struct strbuf *out, const struct history *h)
{
	enum { MOST = 60 };
	if (!h->n_series)
		return;
	strbuf_addstr(out,
		      "<section id=\"figures\"><h2>Other figures</h2><div class=\"charts\">\n");
	for (size_t i = 0; i < h->n_series && i < MOST; i++)
		series_chart(out, h, &h->series[i]);
	strbuf_addstr(out, "</div>");
	if (h->n_series > MOST)
		strbuf_addf(out, "<p class=\"muted\">and %zu more</p>", h->n_series - MOST);
	strbuf_addstr(out, "</section>\n");
}

void html_curves(struct strbuf *out, const struct export_run *x)
{
	const struct history *h = x->report.history;
	if (h->n_steps || h->n_epochs) {
		strbuf_addstr(out,
			      "<section id=\"curves\"><h2>Curves</h2><div class=\"charts\">\n");
		loss_chart(out, h);
		accuracy_chart(out, h);
		rate_chart(out, h);
		speed_chart(out, h);
		strbuf_addstr(out, "</div></section>\n");
	}
	other_figures(out, h);
}
