/* How far a run is, and what is left of it: iterations and validations, each at the pace of the
 * last ones. */
#include "fold.h"

#include <math.h>
#include <string.h>

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
	for (size_t i = h->n_steps; i-- > 0 && n < WINDOW;) {
		struct history_step s = history_step_at(h, i);
		if (s.iter <= since)
			break;
		if (step_image_seconds(&s) > 0) {
			sum += step_image_seconds(&s);
			n++;
		}
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

/* Operations of a picture, the way back included unless all is frozen: twice those of the way
 * there, down to the lowest layer that learns. */
static double operations(const struct history *h, const struct layerset *frozen)
{
	double sum = 0;
	bool learns = false;
	for (size_t i = 0; i < h->n_layers; i++) {
		const struct history_layer *l = &h->layers[i];
		learns = learns || (history_layer_learns(l) && !layerset_has(frozen, (int)i));
		sum += fmax((double)l->info.flops, 0) * (learns ? 3 : 1);
	}
	return sum;
}

/* What a picture that is only looked at costs, as a share of one that is learnt from now. */
static double share_of_looking(const struct history *h)
{
	struct layerset all;
	layerset_clear(&all, (int)h->n_layers);
	for (size_t i = 0; i < h->n_layers; i++)
		layerset_set(&all, (int)i, true);
	double now = operations(h, &h->frozen);
	return now > 0 ? operations(h, &all) / now : 1;
}

/* What a picture costs in a phase to come, now being 1. */
static double cost_of_phase(const struct history *h, const struct event_phase_plan *p)
{
	struct layerset frozen;
	double now = operations(h, &h->frozen);
	int head = h->head < 0 ? (int)h->n_layers : (int)h->head;
	if (!(now > 0) ||
	    layerset_parse(&frozen, *p->freeze ? p->freeze : "none", (int)h->n_layers, head, NULL))
		return 1;
	return operations(h, &frozen) / now;
}

/* Epochs of iterations that are left, each counted by its cost. */
static double epochs_of_work(const struct history *h)
{
	double to_come = 0, work = 0;
	for (size_t i = phase_now(h) ? (size_t)h->phase + 1 : h->n_phases; i < h->n_phases; i++) {
		double epochs = fmax((double)h->phases[i].epochs, 0);
		to_come += epochs;
		work += epochs * cost_of_phase(h, &h->phases[i]);
	}
	return work + fmax(epochs_planned(h) - to_come - epochs_whole(h) - epoch_part(h), 0);
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
	double train = train_seconds(h),
	       between = opt_finite(h->between_ms) ? h->between_ms.value : 0;
	bool ends =
	    h->ended || h->stopping || (h->busy.waits && strcmp(h->busy.waits, "stop") == 0);
	if (ends || h->run.format || h->ending.on || h->state == RUN_PAUSED || !h->has_run || !(train > 0))
		return false;
	double seconds = epochs_of_work(h) * train;
	seconds += left * valid_seconds(h) + fmax(left - 1, 0) * between / 1000;
	if (left > 0 && validates(h) && history_busy_left_ms(h, &busy))
		seconds += (double)busy / 1000 - valid_seconds(h);
	if (!(seconds * 1000 < 1e15))
		return false;
	*ms = (int64_t)(fmax(seconds, 0) * 1000);
	return true;
}

const char *history_state(const struct history *h)
{
	static const char *const states[RUN_STATE_N] = {
	    [RUN_EMPTY] = "waiting", [RUN_PREPARING] = "preparing", [RUN_TRAINING] = "training",
	    [RUN_PAUSED] = "paused", [RUN_ENDED] = "ended",
	};
	if (h->ended)
		return end_status_name(h->end.status);
	if (h->stopping)
		return "stopping";
	return h->busy.on ? progress_title(h->busy.what) : states[h->state];
}
