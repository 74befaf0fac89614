#include "outlook.h"

enum { WINDOW = 8, WINDOW_MIN = 3 }; /* steps */

/* Mean loss of the steps [from, from+n); NaN when too few are finite. */
static double mean_loss(const struct history *h, size_t from, size_t n)
{
	double sum = 0;
	int finite = 0;
	for (size_t i = from; i < from + n && i < h->n_steps; i++)
		if (opt_finite(h->steps[i].loss)) {
			sum += h->steps[i].loss.value;
			finite++;
		}
	return finite >= WINDOW_MIN ? sum / finite : NAN;
}

/* Index of the first step after iteration `iter`. */
static size_t step_after(const struct history *h, int64_t iter)
{
	size_t i = h->n_steps;
	while (i && h->steps[i - 1].iter > iter)
		i--;
	return i;
}

/* The highest mean loss over a window, of the steps from `from` on. */
static double highest_window(const struct history *h, size_t from, int64_t *iter)
{
	double highest = NAN;
	for (size_t i = from; i < h->n_steps; i++) {
		double mean = mean_loss(h, i, WINDOW);
		if (isfinite(mean) && !(mean <= highest)) {
			highest = mean;
			*iter = h->steps[i].iter;
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
static size_t loss_window(size_t i)
{
	return i < 9 ? 1 : i < 99 ? 3 : 5;
}

/* Standard deviation of the validation loss around its course: of the last epochs, by what three in
 * a row lie beside a straight line. */
static double loss_noise(const struct history *h, size_t i)
{
	double sum = 0;
	size_t n = 0;
	for (size_t k = i; k >= 2 && n < 8; k--) {
		double bend = valid_loss(&h->epochs[k]) - 2 * valid_loss(&h->epochs[k - 1]) +
			      valid_loss(&h->epochs[k - 2]);
		if (!isfinite(bend))
			break;
		sum += bend * bend;
		n++;
	}
	return n >= 3 ? sqrt(sum / (6 * (double)n)) : 0;
}

#define LOSS_RISE 1.05    /* of the lowest: what counts as risen */
#define NOISE_RISE 3      /* times its noise that it rises at least: the lowest of many is low by luck */
#define LOSS_STAYS 1.02   /* ... and as still up, once it has */
#define LOSS_GAIN 0.99    /* of the last gain's: what counts as another */
#define TRAIN_STANDS 1.02 /* the training loss has not risen with it */

/* Since when the validation loss rises while the training loss falls; 0 = it does not. */
static int64_t overfitting_since(const struct history *h, size_t i, const struct outlook_means *now)
{
	const struct history_so_far *s = &h->epochs[i].so_far;
	if (s->low < 0 || i < (size_t)s->low + 2)
		return 0;
	size_t low = (size_t)s->low, n = loss_window(i);
	n = n < i - low ? n : i - low;
	double risen = mean_of(valid_loss, h, i + 1 - n, i + 1),
	       train = mean_of(train_loss, h, low + 1 - loss_window(low), low + 1);
	bool rises = risen > LOSS_RISE * s->low_loss &&
		     risen > s->low_loss + NOISE_RISE * loss_noise(h, i) / sqrt((double)n) &&
		     valid_loss(&h->epochs[i - 1]) > s->low_loss;
	bool stays = s->overfit_since == h->epochs[low + 1].epoch && /* as the epoch before said */
		     risen > LOSS_STAYS * s->low_loss;
	bool falls = now->train_loss <= TRAIN_STANDS * train;
	return (rises || stays) && falls ? h->epochs[low + 1].epoch : 0;
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
	if (isfinite(valid_loss(e)) && (s->gain < 0 || !(s->gain_loss > 0) ||
					valid_loss(e) < LOSS_GAIN * s->gain_loss)) {
		s->gain_loss = valid_loss(e);
		s->gain = (int64_t)i;
	}
	if (isfinite(now.valid_loss) && (s->low < 0 || now.valid_loss < s->low_loss)) {
		s->low = (int64_t)i;
		s->low_loss = now.valid_loss;
	}
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
