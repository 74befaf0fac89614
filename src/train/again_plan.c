#include "again_plan.h"
#include "again.h"
#include "checkpoint.h"
#include "guard.h"
#include "phases.h"
#include "replan.h"
#include "resume.h"
#include "session.h"
#include "take_up.h"
#include "thawing.h"
#include "thaw/base/alloc.h"
#include "thaw/run/run_log.h"

#include <stdlib.h>
#include <string.h>

/* The phases and rules of two experiments change places. */
static void swap_plans(struct experiment *a, struct experiment *b)
{
	struct experiment was = *a;
	a->phases = b->phases;
	a->n_phases = b->n_phases;
	a->stop = b->stop;
	a->plateau = b->plateau;
	b->phases = was.phases;
	b->n_phases = was.n_phases;
	b->stop = was.stop;
	b->plateau = was.plateau;
}

/* Do they differ in anything but the plan, which is the same now? */
static bool differ(const struct experiment *a, const struct experiment *b)
{
	struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
	struct experiment like = *a;
	like.name = b->name;
	like.train.threads = b->train.threads;
	like.train.device = b->train.device;
	like.train.keep = b->train.keep;
	like.on_end = b->on_end;
	like.phases = b->phases;
	like.n_phases = b->n_phases;
	like.stop = b->stop;
	like.plateau = b->plateau;
	experiment_write(&like, &one);
	experiment_write(b, &two);
	bool any = strcmp(one.buf, two.buf) != 0;
	strbuf_release(&one);
	strbuf_release(&two);
	return any;
}

static enum err resolve(struct preflight *p, struct errinfo *e)
{
	free(p->frozen);
	free(p->thawed);
	p->thawed = NULL;
	p->frozen = xcalloc(p->x->n_phases, sizeof(*p->frozen));
	enum err r = phases_resolve(p->x, p->net, p->frozen, e);
	return r ? r : thawing_resolve(p, e);
}

/* Take the plan of `x`, or leave all as it was. */
static bool take_plan(struct session *s, struct experiment *x, struct errinfo *e)
{
	struct preflight *p = s->p;
	if (s->at.phase >= x->n_phases)
		return err_set(e, ERR_MISMATCH, "it has fewer phases"), false;
	swap_plans(p->x, x);
	if (!resolve(p, e))
		return true;
	swap_plans(p->x, x);
	resolve(p, NULL);
	return false;
}

/* What the log tells so far. */
static void fold_own(struct session *s, struct history *h)
{
	struct log_reader *reader;
	emit_held(s->emit);
	log_writer_flush(emitter_log(s->emit), NULL);
	history_init(h);
	if (log_reader_open_in(&reader, &s->dir.folder, NULL))
		return;
	run_log_fold(reader, h);
	log_reader_close(reader);
}

/* As resume_apply() and resume_tell() do. */
static void replan_within(struct session *s)
{
	static const struct trainer_options nothing = {0};
	struct resume r = {.options = &nothing, .damage = STRBUF_INIT};
	struct errinfo why = {0};
	fold_own(s, &r.log);
	checkpoint_gather(&r.state, s);
	if (take_up_check(&r.state, s, &why)) {
		emit_note(s->emit, NOTE_WARN, s->at.iter, "%s", why.msg);
	} else {
		double was = session_lr(s);
		take_up_position(&r.state, s);
		replan_before(&r, s);
		take_up_network(&r.state, s, &why);
		replan_after(&r, s);
		session_tell_run(s);
		session_tell_place(s, CONTROL_CONTINUED, CAUSE_RERUN);
		session_tell_lr(s, CAUSE_RERUN, session_lr(s), was);
		replan_tell(&r, s);
		thawing_tell(s, CAUSE_RERUN);
	}
	history_release(&r.log);
	state_release(&r.state);
}

static void change_plan(struct session *s, const char *settings)
{
	struct experiment *x;
	struct errinfo why = {0};
	if (experiment_parse(&x, s->p->x->path, settings, strlen(settings), NULL, 0, &why)) {
		emit_note(s->emit, NOTE_WARN, s->at.iter, "the plan is not changed again: %s", why.msg);
		return;
	}
	if (differ(s->p->x, x))
		emit_note(s->emit, NOTE_WARN, s->at.iter,
			  "%s was resumed here with other settings than of phases and rules; those do "
			  "not change within a run, and stay as they were",
			  again_name(s->again));
	if (take_plan(s, x, &why))
		replan_within(s);
	else
		emit_note(s->emit, NOTE_WARN, s->at.iter, "the plan is not changed again: %s", why.msg);
	experiment_free(x);
}

/* The settings of the newest `run` event before index i. */
static const char *settings_before(const struct trained *t, size_t i)
{
	while (i-- > 0)
		if (t->events[i].type == EV_RUN)
			return t->events[i].run.settings;
	return NULL;
}

static bool same_plan(const struct session *s, const char *settings)
{
	struct strbuf now = STRBUF_INIT;
	experiment_write(s->p->x, &now);
	bool same = strcmp(now.buf, settings) == 0;
	strbuf_release(&now);
	return same;
}

static size_t run_before(const struct trained *t, size_t i)
{
	while (i > 0 && t->events[i - 1].type != EV_RUN)
		i--;
	return i ? i - 1 : 0;
}

void again_go_on(struct session *s, size_t i)
{
	const struct trained *t = &s->again->of;
	size_t run = run_before(t, i);
	const char *settings = t->events[run].type == EV_RUN ? t->events[run].run.settings : NULL;
	const char *before = settings_before(t, run);
	if (settings && before && strcmp(settings, before) != 0 && !same_plan(s, settings))
		change_plan(s, settings);
	struct errinfo why = {0};
	guard_begin(s, &why);
}
