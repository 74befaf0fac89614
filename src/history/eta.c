/* How far a run is, and what is left of it: iterations and validations, each at the pace of the
 * last ones. */
#include "thaw/history/history.h"

#include <math.h>

static const struct history_epoch *last_epoch(const struct history *h)
{
	return h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL;
}

static const struct event_phase_plan *phase_now(const struct history *h)
{
	return h->phase >= 0 && (size_t)h->phase < h->n_phases ? &h->phases[h->phase] : NULL;
}

static double epochs_whole(const struct history *h)
{
	return h->n_epochs ? (double)last_epoch(h)->epoch : 0;
}

/* The share of the epoch in progress whose iterations are done. */
static double epoch_part(const struct history *h)
{
	double since = (double)h->iter - (h->n_epochs ? (double)last_epoch(h)->iter : 0);
	double part = h->run.iterations > 0 ? since / (double)h->run.iterations : 0;
	return fmin(fmax(part, 0), 1);
}

/* The number of the last epoch as planned now: a phase left early makes the run shorter. */
static double epochs_planned(const struct history *h)
{
	if (!phase_now(h) || phase_now(h)->first_epoch < 1)
		return (double)h->run.epochs;
	double end = (double)phase_now(h)->first_epoch - 1;
	for (size_t i = (size_t)h->phase; i < h->n_phases; i++)
		end += fmax((double)h->phases[i].epochs, 0);
	return end;
}

double history_progress(const struct history *h)
{
	if (h->ended && h->end.status == END_FINISHED)
		return 1;
	double planned = epochs_planned(h);
	double done = epochs_whole(h) + epoch_part(h);
	return planned > 0 ? fmin(fmax(done / planned, 0), 1) : 0;
}

/* The last iteration before those that go at the present pace: with this phase and frozen set. */
static int64_t pace_since(const struct history *h)
{
	for (size_t i = h->n_markers; i-- > 0;) {
		enum marker_kind kind = h->markers[i].kind;
		if (kind == MARK_FREEZE || kind == MARK_UNFREEZE || kind == MARK_PHASE)
			return h->markers[i].iter;
	}
	return 0;
}

/* Seconds of a picture in training, over the latest iterations; 0 when there are none. */
static double picture_seconds(const struct history *h, int64_t since)
{
	enum { WINDOW = 20 };
	double sum = 0;
	int n = 0;
	for (size_t i = h->n_steps; i-- > 0 && n < WINDOW && h->steps[i].iter > since;)
		if (opt_finite(h->steps[i].ips) && h->steps[i].ips.value > 0) {
			sum += 1 / h->steps[i].ips.value;
			n++;
		}
	return n ? sum / n : 0;
}

/* Of an epoch's iterations: the last epoch's, when all of it went at this pace. */
static double train_seconds(const struct history *h)
{
	const struct history_epoch *last = last_epoch(h);
	int64_t since = pace_since(h);
	if (last && opt_finite(last->seconds.train) && last->seconds.train.value > 0 &&
	    last->iter - h->run.iterations >= since)
		return last->seconds.train.value;
	return picture_seconds(h, since) * fmax((double)h->run.n_train, 0);
}

/* Operations of a picture that is only looked at, as a share of those of one that is learnt from:
 * what learns is gone through twice more, on the way back. */
static double share_of_looking(const struct history *h)
{
	double forward = 0, back = 0;
	bool learns = false;
	for (size_t i = 0; i < h->n_layers; i++) {
		const struct history_layer *l = &h->layers[i];
		double operations = fmax((double)l->info.flops, 0);
		learns = learns || (history_layer_learns(l) && !l->frozen);
		forward += operations;
		back += learns ? 2 * operations : 0;
	}
	return forward > 0 ? forward / (forward + back) : 1;
}

/* The last one's; before the first by the pace at which pictures were looked at, for the head's
 * start or in its own beginning, or as operations tell. */
static double valid_seconds(const struct history *h)
{
	const struct history_epoch *last = last_epoch(h);
	if (last)
		return fmax(opt_finite(last->seconds.valid) ? last->seconds.valid.value : 0, 0);
	double each = opt_finite(h->look_ms) ? h->look_ms.value / 1000
					     : picture_seconds(h, 0) * share_of_looking(h);
	return each * fmax((double)h->run.n_valid, 0);
}

static bool validates(const struct history *h)
{
	return h->busy.on && h->busy.what == PROGRESS_VALID;
}

bool history_busy_left_ms(const struct history *h, int64_t *ms)
{
	const struct history_busy *b = &h->busy;
	double left = 0;
	if (!b->on || b->total <= 0)
		return false;
	if (b->done > 0)
		left = (double)(h->t_ms - b->since_ms) / (double)b->done *
		       (double)(b->total - b->done);
	else if (validates(h))
		left = valid_seconds(h) * 1000;
	if (!(left > 0) || !(left < 1e15))
		return false;
	*ms = (int64_t)left;
	return true;
}

bool history_eta_ms(const struct history *h, int64_t *ms)
{
	int64_t busy;
	double left = fmax(epochs_planned(h) - epochs_whole(h), 0);
	double train = train_seconds(h), between = opt_finite(h->between_ms) ? h->between_ms.value : 0;
	if (h->ended || h->stopping || h->state == RUN_PAUSED || !h->has_run || !(train > 0))
		return false;
	double seconds = fmax(left - epoch_part(h), 0) * train;
	seconds += left * valid_seconds(h) + fmax(left - 1, 0) * between / 1000;
	if (left > 0 && validates(h) && history_busy_left_ms(h, &busy))
		seconds += (double)busy / 1000 - valid_seconds(h);
	if (!(seconds * 1000 < 1e15))
		return false;
	*ms = (int64_t)(fmax(seconds, 0) * 1000);
	return true;
}
