#include "replan.h"
#include "branch.h"
#include "phases.h"
#include "resume.h"
#include "session.h"
#include "thaw/base/words.h"
#include "thaw/base/alloc.h"
#include "thaw/base/run_files.h"
#include "thaw/config/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- where it stands ---- */

static bool has_finished(const struct resume *r)
{
	return r->log.ended && r->log.end.status == END_FINISHED;
}

/* Epochs of the phase in which the run stands that have ended. */
static int64_t epochs_done(const struct resume *r)
{
	const struct state *st = &r->state;
	int64_t per_epoch = r->log.run.iterations > 0 ? r->log.run.iterations : 1;
	bool open = st->epoch > st->epochs_done;
	return (st->iter_in_phase - st->iter_in_epoch) / per_epoch +
	       (!open && st->iter_in_epoch > 0);
}

/* How the log says that the phase was planned; NULL when it does not. */
static const struct event_phase_plan *planned(const struct resume *r, size_t phase)
{
	return phase < r->log.n_phases ? &r->log.phases[phase] : NULL;
}

/* By a rule; whoever asks for a point means to go on from it. */
static bool has_ended_early(const struct resume *r, const struct experiment *x)
{
	return !r->from && rules_have_ended(&r->state, x);
}

static bool is_left(const struct resume *r, const struct experiment *x)
{
	const struct state *st = &r->state;
	size_t phase = (size_t)st->phase;
	if (has_ended_early(r, x))
		return false;
	return phase + 1 < x->n_phases ||
	       (!st->next_phase && epochs_done(r) < x->phases[phase].epochs);
}

/* The last phase was ended by hand, and that was the end; now it is to go on after all. An epoch
 * that was cut short counts as none of its schedule's. */
static void reopen_phase(struct resume *r)
{
	struct state *st = &r->state;
	st->next_phase = 0;
	if (st->iter_in_epoch >= r->log.run.iterations)
		return;
	st->iter_in_phase -= st->iter_in_epoch;
	st->iter_in_epoch = 0;
}

/* ---- what is asked for ---- */

static enum err lengthen(const struct resume *r, struct experiment *x, struct errinfo *e)
{
	int more = r->options->more_epochs;
	struct phase_config *p = &x->phases[x->n_phases - 1];
	bool stands_there = (size_t)r->state.phase + 1 == x->n_phases;
	bool at_end = has_finished(r) && stands_there && !r->goes_back;
	int64_t n = (at_end ? epochs_done(r) : p->epochs) + more;
	double most = setting_find("phases.0.epochs")->max;
	if ((double)n > most)
		return err_set(e, ERR_VALUE,
			       "--epochs %d: phase %s would have %" PRId64
			       " epochs; %g are the most",
			       more, p->name, n, most);
	p->epochs = (int)n;
	if (p->warmup > p->epochs) /* it was ended by hand within its warm-up */
		p->warmup = p->epochs;
	return ERR_OK;
}

enum err replan(struct resume *r, struct experiment *x, struct errinfo *e)
{
	const char *dir = r->dir.path;
	if (r->state.phase < 0 || (uint64_t)r->state.phase >= x->n_phases)
		return ERR_OK; /* resume_apply() says so */
	size_t phase = (size_t)r->state.phase;
	const struct event_phase_plan *was = planned(r, phase);
	bool longer = was && x->phases[phase].epochs > was->epochs;
	if (has_finished(r) && r->state.next_phase && phase + 1 == x->n_phases &&
	    (r->options->more_epochs || longer))
		reopen_phase(r);
	bool early = has_ended_early(r, x);
	if (early && r->options->more_epochs) /* a rule that had enough would end it again at once */
		rules_forget(&r->state);
	enum err err = r->options->more_epochs ? lengthen(r, x, e) : ERR_OK;
	if (!err && r->branch && !is_left(r, x))
		return err_set(e, ERR_STATE,
			       "nothing is left to train after %s of %s: `--epochs N` adds epochs to the "
			       "last phase, or branch off at an earlier point",
			       r->branch->from.buf, r->branch->parent);
	if (!err && has_finished(r) && !is_left(r, x))
		err = err_set(e, ERR_STATE,
			      "%s has finished already, after %" PRId64
			      " epochs%s; `thaw resume %s --epochs N` goes on for N more, %s`thaw run` "
			      "begins another",
			      dir, r->log.end.epochs, early ? " (a rule ended it)" : "", dir,
			      early ? "`--set stop.patience=0` (or another until) as planned, " : "");
	return err;
}

enum err replan_keep(const struct resume *r, const struct session *s, struct errinfo *e)
{
	if (!r->options->more_epochs && !r->options->n_sets)
		return ERR_OK;
	struct strbuf yaml = STRBUF_INIT;
	experiment_write(s->p->x, &yaml);
	enum err err = run_dir_write(&s->dir, RUN_EXPERIMENT, &yaml, e);
	strbuf_release(&yaml);
	return err;
}

/* ---- on from there ---- */

static enum batchnorm_mode batchnorm_of(const struct event_phase_plan *p, enum batchnorm_mode other)
{
	for (int m = 0; m < BATCHNORM_N; m++)
		if (strcmp(p->batchnorm, batchnorm_name((enum batchnorm_mode)m)) == 0)
			return (enum batchnorm_mode)m;
	return other;
}

void replan_before(const struct resume *r, struct session *s)
{
	const struct phase_config *now = session_phase(s);
	const struct event_phase_plan *was = planned(r, s->at.phase);
	net_set_batchnorm(s->p->net, was ? batchnorm_of(was, now->batchnorm) : now->batchnorm);
}

void replan_after(const struct resume *r, struct session *s)
{
	const struct phase_config *now = session_phase(s);
	const struct event_phase_plan *was = planned(r, s->at.phase);
	net_set_batchnorm(s->p->net, now->batchnorm);
	if (was && was->lr != now->lr) /* who sets a rate means that rate */
		s->factor = 1;
	if (!was || was->thaw_every.value != now->thaw_every)
		s->thaw_every = now->thaw_every;
}

double replan_rate_before(const struct resume *r, const struct session *s)
{
	const struct phase_config *now = session_phase(s);
	const struct event_phase_plan *was = planned(r, s->at.phase);
	bool same = !was || (was->epochs == now->epochs && was->lr == now->lr &&
			     strcmp(was->schedule, schedule_name(now->schedule)) == 0);
	return same || s->last_lr <= 0 ? session_lr(s) : s->last_lr;
}

/* ---- to the log ---- */

/* "lr 0.01 -> 0.001, ", for what differs. */
static void add_number(struct strbuf *out, const char *what, double was, double now)
{
	if (was != now)
		strbuf_addf(out, "%s%s %g -> %g", out->len ? ", " : "", what, was, now);
}

static void add_text(struct strbuf *out, const char *what, const char *was, const char *now)
{
	if (strcmp(was, now) != 0)
		strbuf_addf(out, "%s%s %s -> %s", out->len ? ", " : "", what, *was ? was : "none",
			    *now ? now : "none");
}

static char *frozen_text(const struct session *s, size_t phase)
{
	struct strbuf text = STRBUF_INIT;
	layerset_format(&s->p->frozen[phase], &text);
	return strbuf_detach(&text);
}

static void tell_phase(const struct resume *r, struct session *s, size_t i)
{
	const struct phase_config *now = &s->p->x->phases[i];
	const struct event_phase_plan *was = planned(r, i);
	struct strbuf what = STRBUF_INIT;
	char *frozen = frozen_text(s, i);
	if (was) {
		add_number(&what, "epochs", (double)was->epochs, now->epochs);
		add_number(&what, "lr", was->lr, now->lr);
		add_text(&what, "schedule", was->schedule, schedule_name(now->schedule));
		add_text(&what, "frozen", was->freeze, frozen);
		add_text(&what, "batchnorm", was->batchnorm, batchnorm_name(now->batchnorm));
		add_number(&what, "thaw_every", was->thaw_every.value, now->thaw_every);
	} else {
		strbuf_addf(&what, "new, %s, lr %g", words_n(now->epochs, "epoch"), now->lr);
	}
	if (what.len)
		emit_note(s->emit, NOTE_INFO, s->at.iter, "plan changed: phase %s: %s", now->name,
			  what.buf);
	strbuf_release(&what);
	free(frozen);
}

static void tell_asked(const struct resume *r, struct session *s)
{
	const struct trainer_options *o = r->options;
	struct strbuf what = STRBUF_INIT;
	if (o->more_epochs)
		strbuf_addf(&what, " --epochs %d", o->more_epochs);
	for (size_t i = 0; i < o->n_sets; i++)
		strbuf_addf(&what, " --set %s", o->sets[i]);
	if (what.len)
		emit_note(s->emit, NOTE_INFO, s->at.iter, "%s with%s",
			  r->branch ? "branched off" : "resumed", what.buf);
	strbuf_release(&what);
}

void replan_tell(const struct resume *r, struct session *s)
{
	const struct event_phase_plan *was = planned(r, s->at.phase);
	char *frozen = frozen_text(s, s->at.phase);
	tell_asked(r, s);
	for (size_t i = 0; i < s->p->x->n_phases; i++)
		tell_phase(r, s, i);
	if (was && strcmp(was->freeze, frozen) != 0)
		session_set_frozen(s, &s->p->frozen[s->at.phase], CAUSE_RESUME);
	free(frozen);
}
