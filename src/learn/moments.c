#include "thaw/learn/moments.h"

#include <math.h>

/* The first freeze of all: what learnt when training began. */
const struct history_marker *moments_first_freeze(const struct history *h)
{
	for (size_t i = 0; i < h->n_markers; i++)
		if (h->markers[i].kind == MARK_FREEZE)
			return h->markers[i].iter == 0 ? &h->markers[i] : NULL;
	return NULL;
}

const struct history_marker *moments_thaw(const struct history *h)
{
	const struct history_marker *first = moments_first_freeze(h);
	for (size_t i = 0; first && i < h->n_markers; i++) {
		const struct history_marker *m = &h->markers[i];
		if (m->kind == MARK_UNFREEZE && m->iter > 0 && m->value > first->value)
			return m;
	}
	return NULL;
}

static bool is_before(const struct history *h, const struct history_epoch *e)
{
	const struct history_marker *thaw = moments_thaw(h);
	return !thaw || e->iter <= thaw->iter;
}

const struct history_epoch *moments_before(const struct history *h)
{
	size_t i = h->n_epochs;
	while (i && !is_before(h, &h->epochs[i - 1]))
		i--;
	return i ? &h->epochs[i - 1] : NULL;
}

const struct history_epoch *moments_after(const struct history *h)
{
	const struct history_epoch *before = moments_before(h);
	size_t next = before ? (size_t)(before - h->epochs) + 1 : 0;
	return next < h->n_epochs ? &h->epochs[next] : NULL;
}

static const struct history_epoch *best_of(const struct history_epoch *e, size_t n)
{
	const struct history_epoch *best = NULL;
	for (size_t i = 0; i < n; i++)
		if (opt_finite(e[i].valid.acc) &&
		    (!best || e[i].valid.acc.value > best->valid.acc.value))
			best = &e[i];
	return best;
}

const struct history_epoch *moments_best_before(const struct history *h)
{
	const struct history_epoch *last = moments_before(h);
	return last ? best_of(h->epochs, (size_t)(last - h->epochs) + 1) : NULL;
}

const struct history_epoch *moments_best_after(const struct history *h)
{
	const struct history_epoch *first = moments_after(h);
	return first ? best_of(first, h->n_epochs - (size_t)(first - h->epochs)) : NULL;
}

/* The highest rate of the first epoch after an iteration: behind a warm-up, before a schedule fell
 * far. NaN when it is not known. */
static double rate_after(const struct history *h, int64_t iter)
{
	double highest = NAN;
	size_t end = history_step_after(h, iter + h->run.iterations);
	size_t i = history_step_after(h, iter), spell = history_spell_of(h, i);
	for (; i < end; i++) {
		struct opt_double lr = history_step_next(h, i, &spell).lr;
		if (opt_finite(lr))
			highest = fmax(highest, lr.value);
	}
	return highest;
}

double moments_rate_head(const struct history *h)
{
	return rate_after(h, 0);
}

double moments_rate_tune(const struct history *h)
{
	const struct history_marker *thaw = moments_thaw(h);
	return thaw ? rate_after(h, thaw->iter) : NAN;
}

bool moments_thawed(const struct history *h)
{
	return moments_thaw(h) && moments_before(h) && moments_after(h);
}

const struct history_epoch *moments_overfit(const struct history *h)
{
	for (size_t i = 0; i < h->n_epochs; i++)
		if (h->epochs[i].observation == OBS_OVERFITTING)
			return &h->epochs[i];
	return NULL;
}

const struct history_marker *moments_nonfinite(const struct history *h)
{
	for (size_t i = 0; i < h->n_markers; i++)
		if (h->markers[i].kind == MARK_NONFINITE)
			return &h->markers[i];
	return NULL;
}
