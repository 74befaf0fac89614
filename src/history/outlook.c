#include "outlook.h"

#include <stdlib.h>

enum { WINDOW = 8, WINDOW_MIN = 3 }; /* steps */

/* Of a whole window in one piece; NaN where it must be looked at more closely. */
static double mean_of_window(const struct history *h, size_t from)
{
	size_t n = 0;
	const double *v = from < h->n_steps ? history_losses(h, from, &n) : NULL;
	double sum =
	    n < WINDOW ? NAN : v[0] + v[1] + v[2] + v[3] + v[4] + v[5] + v[6] + v[7];
	return isfinite(sum) ? sum / WINDOW : NAN;
}

/* Mean loss of the steps [from, from+n); NaN when too few are finite. */
static double mean_loss(const struct history *h, size_t from, size_t n)
{
	double sum = 0;
	int finite = 0;
	for (size_t i = from, end = from + n, here; i < end && i < h->n_steps; i += here) {
		const double *losses = history_losses(h, i, &here);
		here = here < end - i ? here : end - i;
		for (size_t k = 0; k < here; k++)
			if (isfinite(losses[k])) {
				sum += losses[k];
				finite++;
			}
	}
	return finite >= WINDOW_MIN ? sum / finite : NAN;
}

/* Index of the first step after iteration `iter`. */
static size_t step_after(const struct history *h, int64_t iter)
{
	return history_step_after(h, iter);
}

/* The highest mean loss over a window, of the steps from `from` on. */
static double highest_window(const struct history *h, size_t from, int64_t *iter)
{
	double highest = NAN;
	for (size_t i = from; i < h->n_steps; i++) {
		double mean = mean_of_window(h, i);
		if (isnan(mean))
			mean = mean_loss(h, i, WINDOW);
		if (isfinite(mean) && !(mean <= highest)) {
			highest = mean;
			*iter = history_step_at(h, i).iter;
		}
		if (i + WINDOW >= h->n_steps)
			break;
	}
	return highest;
}

/* A change after iteration k acts from k+1 on; a loss that is not finite was met in iteration k
 * itself. */
static void look_at_markers(struct outlook *o)
{
	int64_t from = o->prev ? o->prev->iter : -1, to = o->e->iter;
	for (size_t i = 0; i < o->h->n_markers; i++) {
		const struct history_marker *m = &o->h->markers[i];
		if (m->kind == MARK_LR_UP && m->iter >= from && m->iter < to && m->was > 0 &&
		    m->value >= 1.5 * m->was)
			o->lr_up = m;
		if (m->kind == MARK_NONFINITE && m->iter > from && m->iter <= to)
			o->nonfinite = m;
	}
}

static void look_at_steps(struct outlook *o)
{
	o->spike_from = o->prev ? train_loss(o->prev) : NAN;
	o->spike_to = train_loss(o->e);
	o->spike_iter = o->e->iter;
	if (o->lr_up) {
		size_t at = step_after(o->h, o->lr_up->iter);
		size_t n = at < WINDOW ? at : WINDOW;
		double before = mean_loss(o->h, at - n, n);
		double after = highest_window(o->h, at, &o->spike_iter);
		if (isfinite(before) && isfinite(after)) {
			o->spike_from = before;
			o->spike_to = after;
		}
		return;
	}
	double highest =
	    o->prev ? highest_window(o->h, step_after(o->h, o->prev->iter), &o->spike_iter) : NAN;
	if (isfinite(highest))
		o->spike_to = fmax(highest, train_loss(o->e));
}

/* ---- epochs ---- */

enum { MOST_EPOCHS = 25 }; /* of a window: a tenth of the run */

static double mean_of(double (*figure)(const struct history_epoch *e), const struct history *h,
		      size_t from, size_t end)
{
	double sum = 0;
	size_t n = 0;
	for (size_t i = from; i < end; i++) {
		double v = figure(&h->epochs[i]);
		sum += isfinite(v) ? v : 0;
		n += isfinite(v);
	}
	return n ? sum / (double)n : NAN;
}

/* Of the n epochs before index `end`. */
static struct outlook_means means_of(const struct history *h, size_t end, size_t n)
{
	size_t from = end > n ? end - n : 0;
	return (struct outlook_means){mean_of(acc, h, from, end), mean_of(valid_loss, h, from, end),
				      mean_of(train_loss, h, from, end)};
}

/* A validation loss is judged by its mean over so many epochs, or one that swings would be at its
 * lowest by luck. */
enum { SINGLY = 12 }; /* epochs are judged one by one */

static size_t loss_window(size_t i)
{
	size_t quarter = (i + 1) / 4;
	return i < SINGLY ? 1 : quarter < 3 ? 3 : quarter > MOST_EPOCHS ? MOST_EPOCHS : quarter;
}

enum { MOST_BENDS = 16, EARLY_BENDS = 5, FEWEST_BENDS = 3 };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Standard deviation of the validation loss around its course: of the last epochs, by what three in
 * a row lie beside a straight line; their median, or the turn of the course itself would count.
 * NaN while there are too few. */
static double loss_noise(const struct history *h, size_t i)
{
	double bends[MOST_BENDS];
	size_t n = 0, most = i < SINGLY ? EARLY_BENDS : MOST_BENDS; /* early on it falls steeply */
	for (size_t k = i; k >= 2 && n < most; k--) {
		double bend = valid_loss(&h->epochs[k]) - 2 * valid_loss(&h->epochs[k - 1]) +
			      valid_loss(&h->epochs[k - 2]);
		if (!isfinite(bend))
			break;
		bends[n++] = fabs(bend);
	}
	if (n < FEWEST_BENDS)
		return NAN;
	qsort(bends, n, sizeof(*bends), by_value);
	return 1.4826 * bends[n / 2] / sqrt(6);
}

#define LOSS_RISE 0.05    /* of the lowest: what counts as risen */
#define EARLY_RISE 0.1    /* ... while one epoch is all there is to judge by */
#define NOISE_RISE 5      /* ... times the noise of such a mean: the lowest is low by luck, too */
#define LOSS_STAYS 0.02   /* ... and as still up, once it has */
#define LOSS_GAIN 0.99    /* of the last gain's: what counts as another */
#define TRAIN_FALLS 0.99  /* what the training loss came down to meanwhile */
#define TRAIN_STANDS 1.02 /* ... or where it stays, when it is far below the validation loss */
#define TRAIN_LOW 0.5

/* Take the mean loss over the `n` epochs that end at index i, if it is the lowest so far. */
static void add_low(const struct history *h, size_t i, size_t n, struct history_so_far *s)
{
	double mean = mean_of(valid_loss, h, i + 1 > n ? i + 1 - n : 0, i + 1);
	if (!isfinite(mean) || (s->low >= 0 && mean >= s->low_loss))
		return;
	s->low = (int64_t)i;
	s->low_loss = mean;
}

/* Means over few epochs cannot be compared with those over many: luck makes them lower. */
static void tell_low(const struct history *h, size_t i, struct history_so_far *s)
{
	size_t n = loss_window(i);
	if (i > 0 && n == loss_window(i - 1)) {
		add_low(h, i, n, s);
		return;
	}
	s->low = -1;
	for (size_t k = n - 1; k <= i; k++)
		add_low(h, k, n, s);
}

/* The training loss has come down since it was `before`, or has no way down left. */
static bool has_learnt(const struct outlook_means *now, double before)
{
	return now->train_loss <= TRAIN_FALLS * before ||
	       (now->train_loss <= TRAIN_STANDS * before &&
		now->train_loss < TRAIN_LOW * now->valid_loss);
}

/* Since when the validation loss rises while the training loss falls; 0 = it does not. */
static int64_t overfitting_since(const struct history *h, size_t i, const struct outlook_means *now)
{
	const struct history_so_far *s = &h->epochs[i].so_far;
	size_t window = loss_window(i), low = (size_t)s->low, n = window;
	if (s->low < 0 || i < low + (window > 2 ? window : 2))
		return 0;
	double risen = mean_of(valid_loss, h, i + 1 - n, i + 1) - s->low_loss,
	       noise = NOISE_RISE * loss_noise(h, i) / sqrt((double)n),
	       train = mean_of(train_loss, h, low + 1 - window, low + 1);
	double least = (window > 1 ? LOSS_RISE : EARLY_RISE) * s->low_loss;
	bool rises = risen > least && !(risen <= noise) &&
		     valid_loss(&h->epochs[i - 1]) > s->low_loss + least / 2;
	bool stays = s->overfit_since && risen > LOSS_STAYS * s->low_loss && !(risen <= noise / 2);
	if (!(rises || stays) || !has_learnt(now, train))
		return 0;
	return s->overfit_since ? s->overfit_since : h->epochs[low - window / 2 + 1].epoch;
}

/* What the epochs up to this one amount to, from what they did up to the one before. */
static void tell_so_far(struct history *h, size_t i)
{
	struct history_epoch *e = &h->epochs[i];
	struct history_so_far *s = &e->so_far;
	*s = i ? h->epochs[i - 1].so_far
	       : (struct history_so_far){.best = -1, .gain = -1, .low = -1};
	struct outlook_means now = means_of(h, i + 1, loss_window(i));
	if (isfinite(acc(e)) && (s->best < 0 || acc(e) > acc(&h->epochs[s->best])))
		s->best = s->gain = (int64_t)i;
	if (isfinite(valid_loss(e)) &&
	    (s->gain < 0 || !(s->gain_loss > 0) || valid_loss(e) < LOSS_GAIN * s->gain_loss)) {
		s->gain_loss = valid_loss(e);
		s->gain = (int64_t)i;
	}
	tell_low(h, i, s);
	if (opt_finite(e->lr))
		s->peak_lr = fmax(s->peak_lr, e->lr.value);
	s->overfit_since = overfitting_since(h, i, &now);
}

/* One standard error of an accuracy measured on so many pictures, and never less than one picture:
 * what is within it is noise. */
static double accuracy_noise(double p, double n_valid)
{
	if (!(n_valid > 0))
		return 0.005;
	p = isfinite(p) ? fmin(fmax(p, 0), 1) : 0.5;
	return fmax(sqrt(p * (1 - p) / n_valid), 1 / n_valid);
}

static void look_at_epochs(struct outlook *o)
{
	const struct history *h = o->h;
	size_t n = h->n_epochs, tenth = n / 10;
	const struct history_so_far *s = &o->e->so_far;
	o->window = tenth < 1 ? 1 : tenth > MOST_EPOCHS ? MOST_EPOCHS : tenth;
	o->now = means_of(h, n, o->window);
	o->then = means_of(h, n - o->window, n > o->window ? o->window : 0);
	o->tolerance = accuracy_noise(o->now.acc, o->n_valid) + 1e-9; /* 0.785 - 0.780 > 0.005 */
	o->mean_tolerance = o->tolerance / sqrt((double)o->window);
	o->idle = s->gain >= 0 ? (int64_t)n - 1 - s->gain : 0;
	o->best_before = NAN;
	if (o->prev && o->prev->so_far.best >= 0) {
		const struct history_epoch *best = &h->epochs[o->prev->so_far.best];
		o->best_before = acc(best);
		o->best_number = best->epoch;
	}
}

void look(struct outlook *o, struct history *h, const char *thawed)
{
	tell_so_far(h, h->n_epochs - 1);
	*o = (struct outlook){.h = h, .e = &h->epochs[h->n_epochs - 1], .thawed = thawed};
	o->prev = back(o, 1);
	for (size_t i = 0; i < o->e->n_classes; i++)
		o->n_valid += fmax((double)o->e->classes[i].n, 0);
	if (!(o->n_valid > 0))
		o->n_valid = fmax((double)h->run.n_valid, 0);
	o->n_classes = (double)(o->e->n_classes ? o->e->n_classes : h->run.n_classes);
	look_at_epochs(o);
	look_at_markers(o);
	look_at_steps(o);
}
