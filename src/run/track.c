#include "thaw/run/track.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MS 60000 /* a longer wait is one of somebody who is away */

void track_release(struct track *t)
{
	for (size_t i = 0; i < t->n_phases; i++)
		free(t->phases[i].name);
	free(t->phases);
	free(t->spells);
	free(t->marks);
	memset(t, 0, sizeof(*t));
}

/* ---- reading ---- */

static void pass_time(struct track *t, int64_t t_ms)
{
	int64_t gone = t_ms - t->t_ms;
	t->active_ms += gone < 0 ? 0 : gone > IDLE_MS ? IDLE_MS : gone;
	t->t_ms = t_ms;
}

static size_t spell_end(const struct track_spell *s)
{
	return s->at + s->n - 1;
}

/* Of the same cause, with no iteration in between. */
static bool joins(const struct track *t, int64_t cause)
{
	const struct track_mark *last = t->n_marks ? &t->marks[t->n_marks - 1] : NULL;
	const struct track_spell *s = t->n_spells ? &t->spells[t->n_spells - 1] : NULL;
	bool together = cause == CAUSE_PHASE || cause == CAUSE_RESUME || cause == CAUSE_BACK;
	return together && last && last->cause == cause && (!s || spell_end(s) < last->at);
}

static void add_mark(struct track *t, size_t at, int64_t iter, int kind, int64_t cause)
{
	bool joined = joins(t, cause);
	ALLOC_GROW(t->marks, t->n_marks + 1, t->cap_marks);
	t->marks[t->n_marks++] = (struct track_mark){at, iter, kind, cause, joined};
}

/* Steps that fail one after the other, and the rate lowered for them, are one mark. */
static void mark_bad(struct track *t, size_t at, int64_t iter, int64_t cause)
{
	const struct track_mark *last = t->n_marks ? &t->marks[t->n_marks - 1] : NULL;
	bool known =
	    last && last->kind == MARK_NONFINITE && (uint64_t)iter - (uint64_t)t->bad_iter <= 1;
	t->bad_iter = iter;
	if (!known)
		add_mark(t, at, iter, MARK_NONFINITE, cause);
}

void track_take_steps(struct track *t, int64_t t_ms, size_t at, int64_t iter, int64_t n, bool bad)
{
	struct track_spell *s = t->n_spells ? &t->spells[t->n_spells - 1] : NULL;
	pass_time(t, t_ms);
	if (n < 1 || iter < 0 || iter > RECORD_COUNT_MAX - n + 1)
		return;
	if (s && spell_end(s) + 1 == at && s->per == n && s->iter + (int64_t)s->n * n == iter) {
		s->n++;
	} else {
		ALLOC_GROW(t->spells, t->n_spells + 1, t->cap_spells);
		t->spells[t->n_spells++] = (struct track_spell){at, 1, iter, n};
	}
	t->first_iter = t->first_iter && t->first_iter < iter ? t->first_iter : iter;
	t->last_iter = t->last_iter > iter + n - 1 ? t->last_iter : iter + n - 1;
	if (bad)
		mark_bad(t, at, iter + n - 1, CAUSE_NONFINITE);
}

static void take_step(struct track *t, const struct event *ev, size_t at)
{
	struct opt_double loss = ev->step.loss;
	track_take_steps(t, ev->t_ms, at, ev->step.iter, 1, loss.valid && !isfinite(loss.value));
}

static void take_steps(struct track *t, const struct event *ev, size_t at)
{
	bool bad = false;
	for (size_t i = 0; i < ev->steps.n_loss; i++)
		bad |= !isfinite(ev->steps.loss[i]);
	track_take_steps(t, ev->t_ms, at, ev->steps.iter, (int64_t)ev->steps.n_loss, bad);
}

static void take_run(struct track *t, const struct event *ev, size_t at)
{
	(void)ev;
	if (t->has_run)
		add_mark(t, at, track_iter_at(t, at), TRACK_GOES_ON, CAUSE_RESUME);
	t->has_run = true;
}

static void add_phase(struct track *t, size_t at, int64_t iter, int64_t index, const char *name)
{
	char *copy = xstrdup(name ? name : "");
	ALLOC_GROW(t->phases, t->n_phases + 1, t->cap_phases);
	t->phases[t->n_phases++] = (struct track_phase){at, iter, index, copy};
}

static void take_phase(struct track *t, const struct event *ev, size_t at)
{
	int64_t iter = track_iter_at(t, at);
	add_mark(t, at, iter, MARK_PHASE, CAUSE_PHASE);
	add_phase(t, at, iter, ev->phase.index, ev->phase.name);
}

/* The phase in which an iteration was done goes on. */
static void phase_again(struct track *t, size_t at, int64_t iter)
{
	size_t i = t->n_phases;
	while (i && t->phases[i - 1].iter >= iter)
		i--;
	if (i && t->phases[i - 1].index != t->phases[t->n_phases - 1].index)
		add_phase(t, at, iter, t->phases[i - 1].index, t->phases[i - 1].name);
}

/* Without a network nothing but the text is known: any of the largest that there is. */
static void take_freeze(struct track *t, const struct event *ev, size_t at)
{
	const struct event_freeze *f = &ev->freeze;
	struct layerset now, was;
	bool known = !layerset_parse(&now, f->frozen, LAYERSET_MAX, LAYERSET_MAX, NULL) &&
		     !layerset_parse(&was, f->was, LAYERSET_MAX, LAYERSET_MAX, NULL);
	if (known && layerset_equal(&now, &was))
		return;
	if (known)
		layerset_remove(&was, &now);
	bool thaws = known && layerset_count(&was) > 0;
	add_mark(t, at, f->iter, thaws ? MARK_UNFREEZE : MARK_FREEZE, f->cause);
}

/* A schedule moves the rate a little every iteration: nobody intervened. */
static void take_lr(struct track *t, const struct event *ev, size_t at)
{
	const struct event_lr *lr = &ev->lr;
	if (lr->cause == CAUSE_NONFINITE || lr->cause == CAUSE_DIVERGED ||
	    lr->cause == CAUSE_ACCIDENT)
		mark_bad(t, at, lr->iter, lr->cause);
	else if (lr->value != lr->was && lr->cause != CAUSE_SCHEDULE)
		add_mark(t, at, lr->iter, lr->value > lr->was ? MARK_LR_UP : MARK_LR_DOWN,
			 lr->cause);
}

static void take_scale(struct track *t, const struct event *ev, size_t at)
{
	add_mark(t, at, ev->scale.iter, MARK_SCALE, ev->scale.cause);
}

static void take_control(struct track *t, const struct event *ev, size_t at)
{
	static const signed char kinds[CONTROL_N] = {
	    [CONTROL_PAUSED] = MARK_PAUSE,
	    [CONTROL_UNPAUSED] = TRACK_GOES_ON,
	    [CONTROL_NEXT_PHASE] = MARK_RULE,
	    [CONTROL_STOPPING] = MARK_RULE,
	    [CONTROL_CONTINUED] = TRACK_GOES_ON,
	    [CONTROL_BACK] = MARK_BACK,
	    [CONTROL_TAKEN] = -1,
	    [CONTROL_GIVEN_UP] = -1,
	    [CONTROL_ENDING] = MARK_RULE,
	    [CONTROL_KEEP_GOING] = MARK_RULE,
	};
	const struct event_control *c = &ev->control;
	if (c->what < 0 || c->what >= CONTROL_N || kinds[c->what] < 0)
		return;
	bool voids = c->what == CONTROL_BACK || c->what == CONTROL_CONTINUED;
	if (voids && c->best_epoch.valid && c->best_epoch.value >= 0 && c->best_epoch.value < 1e9)
		t->best_epoch = (int64_t)c->best_epoch.value;
	if (voids)
		phase_again(t, at, c->iter);
	add_mark(t, at, c->iter, kinds[c->what],
		 c->what == CONTROL_BACK        ? CAUSE_BACK
		 : c->what == CONTROL_CONTINUED ? CAUSE_RESUME
						: c->cause);
}

/* As the log says; where it never does, the first of the highest accuracy. */
static void take_epoch(struct track *t, const struct event *ev, size_t at)
{
	const struct event_epoch *e = &ev->epoch;
	bool higher = e->valid.acc.valid && e->valid.acc.value > t->best_acc;
	(void)at;
	if (e->best || (!t->told_best && higher))
		t->best_epoch = e->epoch;
	t->told_best |= e->best;
	t->best_acc = higher ? e->valid.acc.value : t->best_acc;
}

static void (*const takes[EV_N])(struct track *t, const struct event *ev, size_t at) = {
    [EV_RUN] = take_run,     [EV_PHASE] = take_phase, [EV_FREEZE] = take_freeze,
    [EV_LR] = take_lr,       [EV_STEP] = take_step,   [EV_STEPS] = take_steps,
    [EV_EPOCH] = take_epoch, [EV_SCALE] = take_scale, [EV_CONTROL] = take_control,
};

void track_take(struct track *t, const struct event *ev, size_t at)
{
	pass_time(t, ev->t_ms);
	if ((int)ev->type >= 0 && ev->type < EV_N && takes[ev->type])
		takes[ev->type](t, ev, at);
}

/* ---- asking ---- */

/* How many spells begin at or before a place. */
static size_t spells_until(const struct track *t, size_t at)
{
	size_t lo = 0, hi = t->n_spells;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (t->spells[middle].at <= at)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

int64_t track_iter_at(const struct track *t, size_t at)
{
	size_t n = spells_until(t, at);
	if (n == 0)
		return 0;
	const struct track_spell *s = &t->spells[n - 1];
	size_t events = at < spell_end(s) ? at - s->at + 1 : s->n;
	return s->iter + (int64_t)events * s->per - 1;
}

/* The run may have gone back: the last spell counts that tells it, or else that is not behind it. */
size_t track_find_iter(const struct track *t, int64_t iter)
{
	size_t next = t->n_spells;
	for (size_t i = t->n_spells; i-- > 0;) {
		const struct track_spell *s = &t->spells[i];
		int64_t end = s->iter + (int64_t)s->n * s->per;
		if (iter >= s->iter && iter < end)
			return s->at + (size_t)((iter - s->iter) / s->per);
		bool between = end <= iter && i + 1 < t->n_spells && t->spells[i + 1].iter > iter;
		if (next == t->n_spells && (between || (i == 0 && iter < s->iter)))
			next = between ? i + 1 : 0;
	}
	return next < t->n_spells ? t->spells[next].at : 0;
}

size_t track_step(const struct track *t, size_t at, int direction)
{
	size_t n = spells_until(t, direction > 0 ? at : at - (at > 0));
	const struct track_spell *s = n ? &t->spells[n - 1] : NULL;
	if (direction < 0)
		return !s || at == 0 ? at : at - 1 < spell_end(s) ? at - 1 : spell_end(s);
	if (s && at < spell_end(s))
		return at + 1;
	return n < t->n_spells ? t->spells[n].at : at;
}

/* Where the marks from i on, which came together, have all been. */
static size_t group_end(const struct track *t, size_t i)
{
	while (i + 1 < t->n_marks && t->marks[i + 1].joined)
		i++;
	return t->marks[i].at;
}

size_t track_step_mark(const struct track *t, size_t at, int direction)
{
	size_t to = at;
	for (size_t i = 0; i < t->n_marks; i++) {
		size_t place = t->marks[i].joined ? at : group_end(t, i);
		if (direction > 0 && place > at)
			return place;
		if (direction < 0 && place < at)
			to = place;
	}
	return to;
}
