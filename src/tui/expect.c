#include "expect.h"

#include "panel.h"
#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>

/* Of one picture in one layer, in milliseconds or, where no layer was ever measured, in operations.
 */
struct cost {
	double forward, backward;
};

static bool is_frozen(const struct layerset *s, size_t i)
{
	return i < (size_t)s->n && layerset_has(s, (int)i);
}

int64_t expect_learning(const struct history *h, const struct layerset *frozen)
{
	int64_t n = 0;
	for (size_t i = 0; i < h->n_layers; i++)
		if (history_layer_learns(&h->layers[i]) && !is_frozen(frozen, i))
			n += h->layers[i].info.params;
	return n;
}

/* The newest measurement of a kind, 0 when there is none. */
static double measured(const struct history_layer *l, bool backward)
{
	for (size_t i = l->n_stats; i-- > 0;) {
		double ms = backward ? history_stat(l, i)->backward_ms : history_stat(l, i)->forward_ms;
		if (isfinite(ms) && ms > 0)
			return ms;
	}
	return 0;
}

static double operations(const struct history_layer *l)
{
	return l->info.flops > 0 ? (double)l->info.flops : 0;
}

/* Milliseconds an operation, over the layers of which both are known; 0 when those do less than a
 * tenth of all operations: the head alone tells nothing of a large convolution. */
static double pace(const struct history *h, bool backward)
{
	double ms = 0, work = 0, all = 0;
	for (size_t i = 0; i < h->n_layers; i++) {
		double one = measured(&h->layers[i], backward);
		all += operations(&h->layers[i]);
		if (one > 0) {
			ms += operations(&h->layers[i]) > 0 ? one : 0;
			work += operations(&h->layers[i]);
		}
	}
	return work > 0 && work >= 0.1 * all ? ms / work : 0;
}

/* Costs of all layers, [n_layers], to be freed. *timed: they are milliseconds. */
static struct cost *costs(const struct history *h, bool *timed)
{
	struct cost *out = xcalloc(h->n_layers, sizeof(*out));
	double forward = pace(h, false), backward = pace(h, true);
	*timed = forward > 0;
	if (!*timed)
		forward = 1;
	if (!*timed || !(backward > 0))
		backward = 2 * forward; /* one product for the weights, one for what lies below */
	for (size_t i = 0; i < h->n_layers; i++) {
		const struct history_layer *l = &h->layers[i];
		double f = *timed ? measured(l, false) : 0, b = *timed ? measured(l, true) : 0;
		out[i].forward = f > 0 ? f : operations(l) * forward;
		out[i].backward = b > 0 ? b : operations(l) * backward;
	}
	return out;
}

/* The work of an epoch; `spared`: the share of the pictures whose outputs up to layer `cached` are
 * kept. */
static double work(const struct history *h, const struct cost *c, const struct layerset *frozen,
		   int cached, double spared)
{
	double train = 0, valid = 0;
	bool backward = false;
	for (size_t i = 0; i < h->n_layers; i++) {
		bool learns = history_layer_learns(&h->layers[i]) && !is_frozen(frozen, i);
		double forward = c[i].forward * ((int)i <= cached ? 1 - spared : 1);
		backward = backward || learns;
		valid += forward;
		train += forward;
		if (backward) /* a frozen layer only hands the gradient down */
			train += c[i].backward * (learns ? 1 : 0.5);
	}
	return train * (double)h->run.n_train + valid * fmax((double)h->run.n_valid, 0);
}

enum cache_fate expect_cache(const struct history *h, const struct layerset *frozen, int *layer)
{
	int now = layerset_first_missing(frozen), before = layerset_first_missing(&h->frozen);
	*layer = now - 1;
	if (!h->has_cache) /* what was kept may have ended before */
		return h->cache.epoch > 0 && h->cache.images > 0 && now > 0 ? CACHE_STARTS_OVER
									    : CACHE_UNKNOWN;
	if (now <= before && now > h->cache.layer) {
		*layer = (int)h->cache.layer;
		return CACHE_STAYS;
	}
	return CACHE_STARTS_OVER;
}

/* The first of the epochs that went by as the last one did: with the same layers frozen. */
static size_t first_alike(const struct history *h)
{
	size_t first = h->n_epochs - 1;
	int64_t changed = 0;
	for (size_t i = 0; i < h->n_markers; i++) {
		const struct history_marker *m = &h->markers[i];
		if ((m->kind == MARK_FREEZE || m->kind == MARK_UNFREEZE) &&
		    m->iter < h->epochs[h->n_epochs - 1].iter)
			changed = m->iter;
	}
	while (first > 0 && (first > 1 ? h->epochs[first - 2].iter : 0) >= changed)
		first--;
	return first;
}

static double epoch_seconds(const struct history_epoch *e)
{
	return opt_or_nan(history_epoch_seconds(e));
}

/* The work of an epoch past, by what the cache spared it. */
static double epoch_work(const struct history *h, const struct cost *c,
			 const struct history_epoch *e)
{
	double forward = 0, saved = e->saved.valid ? e->saved.value : 0;
	for (size_t i = 0; i < h->n_layers; i++)
		forward += c[i].forward;
	forward *= (double)h->run.n_train + fmax((double)h->run.n_valid, 0);
	return work(h, c, &h->epoch_frozen, -1, 0) - saved * forward;
}

/* seconds = fixed + rate * work */
struct fit {
	double fixed, rate;
};

/* From epochs that the cache spared more and less, of equals the newest. One kind alone tells the
 * rate only when most of the work was done: a cached epoch's time is not that of its layers. */
static bool fit_epochs(const struct history *h, const struct cost *c, struct fit *fit)
{
	const struct history_epoch *most = NULL, *least = NULL;
	for (size_t i = first_alike(h); i < h->n_epochs; i++) {
		const struct history_epoch *e = &h->epochs[i];
		if (!most || epoch_work(h, c, e) >= epoch_work(h, c, most))
			most = e;
		if (!least || epoch_work(h, c, e) <= epoch_work(h, c, least))
			least = e;
	}
	double slow = epoch_seconds(most), quick = epoch_seconds(least);
	double much = epoch_work(h, c, most), little = epoch_work(h, c, least);
	if (little > 0 && much > 1.2 * little && slow > quick)
		fit->rate = (slow - quick) / (much - little);
	else if (much > 0.5 * work(h, c, &h->epoch_frozen, -1, 0))
		fit->rate = slow / much;
	else
		return false;
	fit->fixed = fmax(slow - fit->rate * much, 0);
	return true;
}

/* Milliseconds are known: what the last epoch took beyond them is the same for every epoch. */
static struct fit fit_times(const struct history *h, const struct cost *c)
{
	const struct history_epoch *e = &h->epochs[h->n_epochs - 1];
	double seconds = epoch_seconds(e), layers = epoch_work(h, c, e) / 1000;
	if (layers > seconds) /* several pictures at a time, say */
		return (struct fit){0, seconds / layers / 1000};
	return (struct fit){seconds - layers, 0.001};
}

/* The share of an epoch's pictures that the cache serves once it is filled: with random crops the
 * validation's alone. */
static double looked_up(const struct history *h)
{
	double all = (double)h->run.n_train + fmax((double)h->run.n_valid, 0);
	return fmin(fmax((double)h->cache.hits, 0) + fmax((double)h->cache.misses, 0), all) / all;
}

bool expect_seconds(const struct history *h, const struct layerset *frozen, double *last,
		    double *then)
{
	bool timed,
	    ok = h->n_epochs > 0 && h->n_layers > 0 && h->epoch_frozen_known && h->run.n_train > 0;
	struct fit fit = {0, 0};
	int cached;
	if (!ok)
		return false;
	*last = epoch_seconds(&h->epochs[h->n_epochs - 1]);
	struct cost *c = costs(h, &timed);
	if (timed)
		fit = fit_times(h, c);
	else
		ok = fit_epochs(h, c, &fit);
	if (expect_cache(h, frozen, &cached) == CACHE_UNKNOWN)
		cached = -1;
	*then = fit.fixed + fit.rate * work(h, c, frozen, cached, looked_up(h));
	free(c);
	return ok && isfinite(*last) && *last > 0 && isfinite(*then) && *then > 0;
}
