#include "curves.h"

#include "panel.h"
#include "series.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdlib.h>

#define FEW_EPOCHS 2.5

/* The axis grows with the run: early on half of the planned epochs would be empty paper. */
static struct range whole_window(const struct history *h, double now)
{
	/* Another program's log may begin where its run was resumed. */
	double first = h->run.format && h->n_steps
			   ? in_epochs(h, (double)history_step_at(h, 0).iter)
			   : 0;
	double lo = first > now / 4 ? first : 0;
	double planned = h->run.epochs > 0 ? (double)h->run.epochs : 1;
	double hi = now * 2.5 < planned ? ceil(now * 2) : planned;
	if (now > hi)
		hi = ceil(now);
	return (struct range){lo, hi < 1 ? 1 : hi, true};
}

static double newest_place(const struct history *h)
{
	double now = in_epochs(h, (double)h->iter);
	if (h->n_epochs)
		now = fmax(now, place_of_epoch(h, &h->epochs[h->n_epochs - 1]));
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

struct plot_count curve_count(const struct history *h, struct range x)
{
	if (h->run.iterations > 0 && x.hi - x.lo < FEW_EPOCHS)
		return (struct plot_count){(double)h->run.iterations, "it"};
	return (struct plot_count){1, ""};
}

int64_t crosshair_step(const struct history *h, const struct view *v)
{
	struct range x = curve_window(h, v);
	double span = x.hi - x.lo;
	if (h->run.iterations > 0)
		span *= (double)h->run.iterations;
	return span > 100 ? (int64_t)(span / 100) : 1;
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

/* The loss of an iteration, and the highest that an accident made within a step of the crosshair:
 * it may be one of thousands. */
static void add_loss(const struct history *h, const struct view *v, size_t shown,
		     struct strbuf *out)
{
	int64_t step = crosshair_step(h, v), most = INT64_MAX - v->cross_iter;
	struct history_step at = history_step_at(h, shown), spike = {.wild = false};
	size_t i = history_step_from(h, v->cross_iter - step / 2),
	       end = history_step_after(h, v->cross_iter + (step / 2 < most ? step / 2 : most));
	for (size_t spell = history_spell_of(h, i); i < end; i++) {
		struct history_step s = history_step_next(h, i, &spell);
		if (s.wild && (!spike.wild || s.loss.value > spike.loss.value))
			spike = s;
	}
	bool bad = at.loss.valid && !isfinite(at.loss.value);
	strbuf_addf(out, " · loss %s", bad ? "not finite" : words_opt(words_loss, at.loss));
	if (spike.wild && spike.iter != at.iter)
		strbuf_addf(out, ", %s at iteration %lld", words_loss(spike.loss.value),
			    (long long)spike.iter);
}

void crosshair_words(const struct history *h, const struct view *v, struct strbuf *out)
{
	size_t at = history_step_after(h, v->cross_iter);
	int epoch = crosshair_epoch(h, v);
	if (at == 0)
		return;
	struct history_step s = history_step_at(h, at - 1);
	strbuf_addf(out, "iteration %lld · epoch %lld", (long long)v->cross_iter,
		    (long long)s.epoch);
	add_loss(h, v, at - 1, out);
	if (epoch >= 0)
		strbuf_addf(out, " · validation %s, %s %%",
			    words_opt(words_loss, h->epochs[epoch].valid.loss),
			    words_opt(words_percent, h->epochs[epoch].valid.acc));
	strbuf_addf(out, " · lr %s", words_opt(words_rate, s.lr));
	add_markers(h, v, out);
}
