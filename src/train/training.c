#include "training.h"
#include "again.h"
#include "again_give.h"
#include "commands.h"
#include "emergency.h"
#include "evaluate.h"
#include "guard.h"
#include "parting.h"
#include "phases.h"
#include "session.h"
#include "stages.h"
#include "thawing.h"
#include "thaw/base/clock.h"
#include "thaw/base/rng.h"

#include <math.h>

/* A finished iteration, for the log; `r` may be not finite. */
static void tell_step(struct session *s, const struct batch *b, const struct step_result *r,
		      double lr, double seconds)
{
	struct told_step told = {
	    .iter = s->at.iter,
	    .epoch = s->at.epoch,
	    .loss = r->loss,
	    .lr = lr,
	    .images = b->n,
	    .seconds = seconds,
	    .wait = b->wait,
	};
	emit_step(s->emit, &told);
}

/* Say when a step schedule takes a step; the smooth ones are told by the step events. */
static void tell_schedule(struct session *s, double lr)
{
	if (session_phase(s)->schedule == SCHEDULE_STEP && s->at.iter_in_phase > 0) {
		double was = phases_lr(session_phase(s), s->factor, s->at.iter_in_phase - 1,
				       s->p->iters_per_epoch);
		if (fabs(was - lr) > 1e-9 * fabs(was) && lr < was)
			session_tell_lr(s, CAUSE_SCHEDULE, lr, was);
	}
}

static enum err learn(struct session *s, const struct batch *b, double started, struct errinfo *e)
{
	double lr = session_lr(s);
	tell_schedule(s, lr);
	struct step step = batches_step(
	    &s->train, s->p, b, lr,
	    rng_key(s->p->x->train.seed, RNG_DROPOUT, (uint64_t)s->at.epoch, (uint64_t)s->at.iter));
	struct step_result r = {0};
	layer_stats_before(s);
	net_step(s->p->net, &step, &r);
	layer_stats_after(s, &r, b->n);
	s->at.iter++;
	s->at.iter_in_phase++;
	s->at.iter_in_epoch++;
	s->last_lr = lr;
	tell_step(s, b, &r, lr, clock_seconds() - started);
	parting_step(s, r.loss, lr);
	emergency_progress(s->at.epochs_done, s->at.iter);
	bool good;
	enum err err = guard_judge(s, &r, &good, e);
	if (good) {
		s->at.seen += (uint64_t)b->n;
		metrics_add_step(&s->running, b->n, r.loss, r.n_correct, r.n_top5);
	}
	return err;
}

static bool leaves_epoch(const struct session *s)
{
	return s->stopping || s->next_phase || s->moved;
}

/* Make a checkpoint now; what cannot be written is waited for. */
static enum err save_now(struct session *s, bool whole, bool best, struct errinfo *e)
{
	saving_promise(s, whole, best);
	enum err r = saving_try(s, e);
	return r || !saving_waits(s) ? r : commands_apply(s, e);
}

/* Between two iterations. */
static enum err between_iterations(struct session *s, struct errinfo *e)
{
	enum err r = commands_apply(s, e);
	if (r || leaves_epoch(s) || !saving_due(s))
		return r;
	double since = clock_seconds(), paused_s = s->paused_s;
	r = save_now(s, false, false, e);
	s->paused_s = paused_s + clock_seconds() - since;
	return r;
}

static enum err train_epoch(struct session *s, struct errinfo *e)
{
	loader_start(s->train.loader, (uint64_t)s->at.epoch,
		     (size_t)s->at.iter_in_epoch * (size_t)s->p->x->train.batch);
	for (;;) {
		enum err r = between_iterations(s, e);
		if (r || leaves_epoch(s))
			return r;
		double started = clock_seconds();
		struct batch b;
		bool more;
		r = batches_next(&s->train, &b, &more, e);
		if (r || !more)
			return r;
		r = learn(s, &b, started, e);
		if (r)
			return r;
		usage_tell(s);
	}
}

/* Validate; while that is not finite it is an accident, and done again with the last good state. */
static enum err validate(struct session *s, struct errinfo *e)
{
	enum err r = ERR_OK;
	do {
		r = evaluate_valid(s, e);
		if (r || s->valid_metrics.finite)
			return r;
		r = guard_accident(s, CAUSE_NONFINITE, "a validation probability is not finite", e);
		if (!r && s->paused)
			r = commands_apply(s, e);
	} while (!r && !s->stopping && !s->moved);
	return r;
}

static bool note_best(struct session *s)
{
	struct event_score score = metrics_score(&s->valid_metrics);
	struct metric m;
	metric_parse(s->p->x->train.best, &m);
	struct opt_double now = session_figure(s, &m);
	if (!opt_finite(now) || (s->best.any && !metric_gains(&m, now.value, s->best.score, 0)))
		return false;
	s->best =
	    (struct best){true, now.value, score.acc.value, score.loss.value, s->at.epoch};
	return true;
}

/* Share of the forward operations that layers 0..layer are. */
static double share_below(const struct net *net, int layer)
{
	double below = 0, all = 0;
	for (int i = 0; i < net_n_layers(net); i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		all += (double)info.flops;
		below += i <= layer ? (double)info.flops : 0;
	}
	return all > 0 ? below / all : 0;
}

/* What the cache holds and did in this epoch. It counts from its last reset; one in mid-epoch hides
 * what it did before. */
static void tell_cache(struct session *s)
{
	struct net_cache_info c;
	net_cache_info(s->p->net, &c);
	if (!c.images && !s->cache_told)
		return;
	bool reset =
	    c.layer != s->cache.layer || c.hits < s->cache.hits || c.misses < s->cache.misses;
	uint64_t hits = c.hits - (reset ? 0 : s->cache.hits);
	double views = s->p->x->train.eval_flip ? 2 : 1;
	double all = (double)s->running.n + views * (double)s->valid_metrics.n;
	double saved = all > 0 ? (double)hits / all * share_below(s->p->net, c.layer) : 0;
	s->cache_told = c.images > 0;
	struct event_cache ev = {
	    .epoch = s->at.epoch,
	    .layer = s->cache_told ? c.layer : -1,
	    .images = (int64_t)c.images,
	    .memory_bytes = (int64_t)c.memory_bytes,
	    .file_bytes = (int64_t)c.file_bytes,
	    .hits = (int64_t)hits,
	    .misses = (int64_t)(c.misses - (reset ? 0 : s->cache.misses)),
	    .saved = {fmin(saved, 1), true},
	};
	emit_cache(s->emit, &ev);
}

/* The epoch's iterations are done; look, tell, keep. */
static enum err finish_epoch(struct session *s, double train_s, struct errinfo *e)
{
	double since = clock_seconds();
	layer_stats_stop(s);
	enum err r = validate(s, e);
	tell_cache(s);
	if (r || s->stopping || s->moved)
		return r;
	layer_stats_emit(s);
	mistakes_emit(s);
	s->at.epochs_done++;
	emergency_progress(s->at.epochs_done, s->at.iter);
	struct event_epoch ev = {
	    .epoch = s->at.epoch,
	    .phase = session_phase(s)->name,
	    .iter = s->at.iter,
	    .lr = opt_of(s->last_lr),
	    .seconds = {opt_of(train_s), opt_of(clock_seconds() - since)},
	    .best = note_best(s),
	};
	emit_epoch(s->emit, s->p, &ev, &s->running, &s->valid_metrics);
	parting_epoch(s);
	probe_set_emit(s, s->at.epoch);
	rules_judge(s);
	return save_now(s, true, ev.best, e);
}

/* An epoch has begun and has not ended: only at the start of a run that goes on. */
static bool epoch_is_open(const struct session *s)
{
	return s->at.epoch > s->at.epochs_done;
}

static enum err run_epoch(struct session *s, enum stage *stage, struct errinfo *e)
{
	if (!epoch_is_open(s)) {
		bool thaws = thawing_due(s);
		s->at.epoch = s->at.epochs_done + 1;
		s->at.iter_in_epoch = 0;
		metrics_reset(&s->running);
		if (thaws) {
			stages_thawed(s, stage);
			thawing_tell(s, CAUSE_PHASE);
		}
	}
	s->paused_s = 0;
	net_cache_info(s->p->net, &s->cache);
	enum err r = guard_keep(s, e);
	double since = clock_seconds();
	if (!r)
		r = train_epoch(s, e);
	if (r || s->stopping || s->moved)
		return r;
	if (s->at.iter_in_epoch == 0) { /* next-phase before the first iteration */
		s->at.epoch = s->at.epochs_done;
		return ERR_OK;
	}
	return finish_epoch(s, clock_seconds() - since - s->paused_s, e);
}

static void begin_phase(struct session *s)
{
	const struct phase_config *p = session_phase(s);
	s->next_phase = false;
	s->at.iter_in_phase = s->at.iter_in_epoch = 0;
	s->factor = 1;
	emit_phase(s->emit, s->p, s->at.phase, s->at.epochs_done + 1);
	net_set_batchnorm(s->p->net, p->batchnorm);
	session_set_frozen(s, &s->p->frozen[s->at.phase], CAUSE_PHASE);
	session_set_scales(s, s->scales, CAUSE_PHASE);
	thawing_begin(s);
	rules_begin(s);
	session_tell_lr(s, CAUSE_PHASE, session_lr(s), s->last_lr);
}

/* A rule ends the phase or the run, unless somebody who watches says otherwise. */
static enum err end_by_rule(struct session *s, struct errinfo *e)
{
	if (again_resumes(s)) /* with a plan that may not end here */
		again_give(s);
	if (!ending_pending(s))
		return ERR_OK;
	ending_announce(s);
	enum err r = commands_apply(s, e);
	if (!r)
		ending_carry_out(s);
	return r;
}

static bool goes_on(const struct session *s)
{
	if (s->stopping || s->moved || s->ending.ended)
		return false;
	return epoch_is_open(s) ||
	       (!s->next_phase && session_epochs_in_phase(s) < session_phase(s)->epochs);
}

/* From its begin, or from where the session stands in it. */
static enum err run_phase(struct session *s, enum stage *stage, struct errinfo *e)
{
	enum err r = end_by_rule(s, e);
	while (!r && goes_on(s)) {
		r = run_epoch(s, stage, e);
		if (!r)
			r = end_by_rule(s, e);
	}
	if (r || s->stopping || s->moved)
		return r;
	s->complete = s->ending.ended || session_is_last_phase(s);
	return commands_apply(s, e); /* what came in during the last validation */
}

enum err training_run(struct session *s, struct errinfo *e)
{
	enum stage stage = STAGE_FREEZE;
	bool within = s->resume; /* a phase that has begun */
	enum err r = within ? stages_rejoin(s, &stage, e) : stages_prepare(s, e);
	saving_begin(s);
	for (size_t i = s->at.phase; i < s->p->x->n_phases && !r && !s->stopping && !s->complete;) {
		s->at.phase = i;
		if (!within) {
			stages_enter(s, &stage);
			begin_phase(s);
		}
		r = run_phase(s, &stage, e);
		within = s->moved;
		i = s->at.phase + !within;
		if (within)
			stages_back(s, &stage);
		s->moved = false;
	}
	if (!r && s->complete)
		stages_leave(s, stage);
	return r;
}
