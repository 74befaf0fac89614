#include "commands.h"
#include "again.h"
#include "again_give.h"
#include "aside.h"
#include "back.h"
#include "guard.h"
#include "parting.h"
#include "phases.h"
#include "queue.h"
#include "session.h"
#include "thawing.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/run_files.h"
#include "thaw/base/words.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_POLL_MS 200

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	busy_answer(arg, client, c);
	queue_give(arg, client, c, CAUSE_USER);
}

static void on_controls(void *arg, const char *who, const char *from)
{
	struct session *s = arg;
	if (s->saving.ended) /* nothing comes behind the end */
		return;
	emit_control_event(s->emit,
			   &(struct event_control){.what = who ? CONTROL_TAKEN : CONTROL_GIVEN_UP,
						   .iter = s->at.iter,
						   .cause = CAUSE_USER,
						   .who = who,
						   .from = from});
}

void commands_open(struct session *s)
{
	control_server_on_change(s->control, on_controls, s);
}

void commands_poll(struct session *s, int timeout_ms)
{
	if (s->control) /* nobody can ask what is no run */
		control_server_poll(s->control, timeout_ms, on_command, s);
}

/* The outcome of one command, for its reply. */
struct answer {
	bool ok;
	bool changed; /* something that ends a pause after accidents */
	struct strbuf msg;
};

static enum err say(struct answer *a, bool ok, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum err say(struct answer *a, bool ok, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	a->ok = ok;
	strbuf_reset(&a->msg);
	strbuf_vaddf(&a->msg, fmt, ap);
	va_end(ap);
	return ERR_OK;
}

static double *copy_scales(const struct session *s)
{
	size_t n = (size_t)net_n_layers(s->p->net);
	double *out = xcalloc(n, sizeof(*out));
	memcpy(out, s->scales, n * sizeof(*out));
	return out;
}

static void say_learning(struct session *s, struct answer *a, const char *did, const char *what)
{
	struct net *net = s->p->net;
	say(a, true, "%s %s: %s of %s parameters learn from iteration %lld", did, what,
	    words_count(phases_trainable(net, net_frozen(net))), words_count(phases_params(net)),
	    (long long)s->at.iter + 1);
}

/* What a command that freezes or thaws `which` makes of the frozen layers. */
static struct layerset frozen_by(const struct session *s, enum command_type type,
				 const struct layerset *which)
{
	struct layerset now = *net_frozen(s->p->net);
	if (type == CMD_FREEZE_ONLY)
		return *which;
	if (type == CMD_FREEZE)
		layerset_add(&now, which);
	else
		layerset_remove(&now, which);
	return now;
}

/* What is frozen by hand the plan leaves frozen. */
static void hold(struct session *s, enum command_type type, const struct layerset *which)
{
	if (type == CMD_UNFREEZE)
		layerset_remove(&s->held, which);
	else if (type == CMD_FREEZE)
		layerset_add(&s->held, which);
	else
		s->held = *which;
}

static bool will_thaw(const struct session *s, enum command_type type, const struct layerset *which)
{
	struct layerset others = *which;
	layerset_remove(&others, &s->held);
	return s->thaw_every && type == CMD_FREEZE && layerset_count(&others);
}

static enum err hold_frozen(struct session *s, const struct waiting *w,
			    const struct layerset *which, struct answer *a)
{
	undo_remember_frozen(s, net_frozen(s->p->net));
	hold(s, CMD_FREEZE, which);
	thawing_tell(s, w->cause);
	return say(a, true, "%s is frozen already, and stays so: the plan will not thaw it",
		   w->cmd.arg);
}

static enum err change_frozen(struct session *s, const struct waiting *w, struct answer *a,
			      struct errinfo *e)
{
	static const struct {
		const char *done, *already;
	} words[CMD_N] = {
	    [CMD_FREEZE] = {"froze", "is frozen"},
	    [CMD_UNFREEZE] = {"thawed", "is trainable"},
	    [CMD_FREEZE_ONLY] = {"froze only", "alone is frozen"},
	};
	const struct command *c = &w->cmd;
	struct net *net = s->p->net;
	struct layerset which;
	struct errinfo why = {0};
	if (layerset_parse(&which, c->arg ? c->arg : "", net_n_layers(net), net_head(net), &why))
		return say(a, false, "%s", why.msg);
	struct layerset now = frozen_by(s, c->type, &which);
	if (layerset_equal(&now, net_frozen(net)) && will_thaw(s, c->type, &which))
		return hold_frozen(s, w, &which, a);
	if (layerset_equal(&now, net_frozen(net)))
		return say(a, true, "nothing to do: %s %s already", c->arg, words[c->type].already);
	if (phases_trainable(net, &now) == 0)
		return say(
		    a, false,
		    "freezing %s would leave nothing to learn: thaw a layer first, or use pause",
		    c->arg);
	enum err r = guard_keep(s, e);
	if (r)
		return r;
	undo_remember_frozen(s, &now);
	session_set_frozen(s, &now, w->cause);
	hold(s, c->type, &which);
	thawing_tell(s, w->cause);
	say_learning(s, a, words[c->type].done, c->arg);
	return ERR_OK;
}

static enum err change_lr(struct session *s, const struct waiting *w, struct answer *a,
			  struct errinfo *e)
{
	(void)e;
	double now = session_lr(s), want;
	struct errinfo why = {0};
	if (command_lr(w->cmd.arg ? w->cmd.arg : "", now, &want, &why))
		return say(a, false, "%s", why.msg);
	if (!(now > 0))
		return say(a, false,
			   "the schedule is at zero here, so no factor gives %g; use next-phase",
			   want);
	undo_remember_factor(s, s->factor * (want / now), w->cause);
	session_set_factor(s, s->factor * (want / now), w->cause);
	a->changed = true;
	return say(a, true, "learning rate %.4g (was %.4g, x%.4g) from iteration %lld", want, now,
		   want / now, (long long)s->at.iter + 1);
}

/* What the layers of `which` would be multiplied by, into scales[]; those without weights leave the
 * set. */
static enum err plan_scales(const struct net *net, struct layerset *which,
			    const struct lr_scale *want, double *scales, struct errinfo *e)
{
	enum err r = ERR_OK;
	for (int i = 0; i < net_n_layers(net) && !r; i++) {
		struct layer_info info;
		net_layer(net, i, &info);
		if (!info.has_weights)
			layerset_set(which, i, false);
		if (layerset_has(which, i))
			r = lr_scale_apply(want, net_lr_scale(net, i), &scales[i], e);
	}
	return r;
}

/* "layers 12-15: learning rate x0.1 from iteration 7", or "x0.05 to x0.1". */
static void say_scales(struct session *s, const struct layerset *which, const double *scales,
		       struct answer *a)
{
	struct layerset learning = *which;
	struct strbuf set = STRBUF_INIT, range = STRBUF_INIT;
	double low = COMMAND_SCALE_MAX, high = COMMAND_SCALE_MIN;
	for (int i = 0; i < which->n; i++) {
		low = layerset_has(which, i) && scales[i] < low ? scales[i] : low;
		high = layerset_has(which, i) && scales[i] > high ? scales[i] : high;
	}
	layerset_remove(&learning, net_frozen(s->p->net));
	layerset_format(which, &set);
	strbuf_addf(&range, low < high ? "x%.3g to x%.3g" : "x%.3g", low, high);
	say(a, true, "%s %s: learning rate %s from iteration %lld%s",
	    layerset_count(which) == 1 ? "layer" : "layers", set.buf, range.buf,
	    (long long)s->at.iter + 1,
	    layerset_count(&learning) ? "" : ", but frozen now: once thawed");
	strbuf_release(&set);
	strbuf_release(&range);
}

static enum err change_scales(struct session *s, const struct waiting *w, struct answer *a,
			      struct errinfo *e)
{
	(void)e;
	struct net *net = s->p->net;
	struct lr_scale want;
	struct layerset which;
	struct errinfo why = {0};
	double *scales = copy_scales(s);
	if (command_lr_scale(w->cmd.arg ? w->cmd.arg : "", &want, &why) ||
	    layerset_parse(&which, want.layers, net_n_layers(net), net_head(net), &why) ||
	    plan_scales(net, &which, &want, scales, &why)) {
		say(a, false, "%s", why.msg);
	} else if (!layerset_count(&which)) {
		say(a, false, "no layer of %s has weights", want.layers);
	} else if (!memcmp(scales, s->scales, (size_t)net_n_layers(net) * sizeof(*scales))) {
		say(a, true, "nothing to do: %s is at x%g already", want.layers, want.factor);
	} else {
		undo_remember_scales(s);
		session_set_scales(s, scales, w->cause);
		a->changed = true;
		say_scales(s, &which, scales, a);
	}
	free(scales);
	return ERR_OK;
}

/* "thaws 6-11 at epoch 5", or that nothing does. */
static void say_thawing(struct session *s, struct answer *a)
{
	struct strbuf words = STRBUF_INIT;
	thawing_left_words(s, &words);
	if (words.len)
		say(a, true, "this phase thaws %s", words.buf);
	else
		say(a, true, "nothing %sthaws in this phase%s", s->thaw_every ? "more " : "",
		    s->thaw_every ? "" : " by itself");
	strbuf_release(&words);
}

static enum err change_thaw_every(struct session *s, const struct waiting *w, struct answer *a,
				  struct errinfo *e)
{
	int every;
	struct errinfo why = {0};
	(void)e;
	if (command_thaw_every(w->cmd.arg ? w->cmd.arg : "", &every, &why))
		return say(a, false, "%s", why.msg);
	if (every != s->thaw_every) {
		undo_remember_every(s);
		s->thaw_every = every;
		thawing_tell(s, w->cause);
	}
	say_thawing(s, a);
	return ERR_OK;
}

static enum err undo(struct session *s, const struct waiting *w, struct answer *a,
		     struct errinfo *e)
{
	enum cause cause = w->cause == CAUSE_USER ? CAUSE_UNDO : w->cause;
	strbuf_reset(&a->msg);
	a->ok = ending_take_back(s, cause, &a->msg);
	enum command_type type = a->ok ? CMD_KEEP_GOING : undo_type(s);
	if (type == CMD_KEEP_GOING)
		saving_promise(s, false, false);
	if (a->ok)
		return ERR_OK;
	enum err r = type == CMD_FREEZE ? guard_keep(s, e) : ERR_OK;
	if (r)
		return r;
	strbuf_reset(&a->msg);
	a->ok = a->changed = undo_last(s, cause, &a->msg);
	if (type == CMD_FREEZE || type == CMD_THAW_EVERY)
		thawing_tell(s, cause);
	return ERR_OK;
}

static enum err go_back(struct session *s, const struct waiting *w, struct answer *a,
			struct errinfo *e)
{
	struct point p;
	struct errinfo why = {0};
	bool moved = s->moved;
	s->moved = false;
	strbuf_reset(&a->msg);
	enum err r = point_parse(w->cmd.arg, &p, &why);
	if (!r)
		r = back_to(s, &p, w->cause, &a->msg, &why);
	if (r && s->moved) /* half-way there is no way on */
		return err_set(e, r, "%s", why.msg);
	s->moved = s->moved || moved;
	if (r)
		return say(a, false, "%s", why.msg);
	a->ok = a->changed = true;
	return ERR_OK;
}

static void leave_pause(struct session *s, enum cause cause)
{
	if (s->paused)
		emit_control(s->emit, CONTROL_UNPAUSED, s->at.iter, cause);
	s->paused = false;
	guard_forget(s);
}

static void pause_now(struct session *s, enum cause cause)
{
	s->paused = true;
	emit_control(s->emit, CONTROL_PAUSED, s->at.iter, cause);
}

static enum err pause_run(struct session *s, const struct waiting *w, struct answer *a,
			  struct errinfo *e)
{
	(void)e;
	if (s->paused)
		return say(a, true, "paused already, after iteration %lld", (long long)s->at.iter);
	pause_now(s, w->cause);
	return say(a, true, "paused after iteration %lld", (long long)s->at.iter);
}

static enum err unpause_run(struct session *s, const struct waiting *w, struct answer *a,
			    struct errinfo *e)
{
	(void)e;
	if (!s->paused && saving_waits(s))
		return say(a, true, "trying again to save: %s", s->saving.reason);
	if (!s->paused)
		return say(a, false, "not paused");
	leave_pause(s, w->cause);
	return say(a, true, "unpaused, going on with iteration %lld", (long long)s->at.iter + 1);
}

static enum err next_phase(struct session *s, const struct waiting *w, struct answer *a,
			   struct errinfo *e)
{
	(void)e;
	if (s->next_phase)
		return say(a, true, "phase %s is ending already", session_phase(s)->name);
	s->next_phase = true;
	leave_pause(s, w->cause);
	emit_control(s->emit, CONTROL_NEXT_PHASE, s->at.iter, w->cause);
	bool last = session_is_last_phase(s);
	return say(a, true, "phase %s ends after iteration %lld%s%s", session_phase(s)->name,
		   (long long)s->at.iter,
		   last ? "; it is the last one, so the run finishes" : "; next ",
		   last ? "" : s->p->x->phases[s->at.phase + 1].name);
}

static enum err keep_going(struct session *s, const struct waiting *w, struct answer *a,
			   struct errinfo *e)
{
	(void)e;
	if (!ending_may_come(s))
		return say(a, true, "nothing to do: no rule ends phase %s early",
			   session_phase(s)->name);
	if (s->ending.off)
		return say(a, true, "no rule ends phase %s early already", session_phase(s)->name);
	undo_remember_keep_going(s);
	strbuf_reset(&a->msg);
	a->ok = true;
	ending_keep_going(s, true, w->cause, &a->msg);
	saving_promise(s, false, false);
	return ERR_OK;
}

static void begin_stop(struct session *s, enum cause cause)
{
	s->saving.give_up = s->saving.give_up || s->saving.reason;
	if (s->stopping || s->complete)
		return;
	s->stopping = true;
	leave_pause(s, cause);
	emit_control(s->emit, CONTROL_STOPPING, s->at.iter, cause);
	queue_record(s, CMD_STOP, NULL, cause);
}

static enum err stop_run(struct session *s, const struct waiting *w, struct answer *a,
			 struct errinfo *e)
{
	(void)e;
	begin_stop(s, w->cause);
	if (s->saving.reason)
		return say(a, true, "stopping after one more try to save: %s", s->saving.reason);
	if (s->complete)
		return say(a, true, "the plan is done after iteration %lld; the run is finishing",
			   (long long)s->at.iter);
	return say(a, true, "stopping after iteration %lld; " RUN_LAST " keeps what was learnt",
		   (long long)s->at.iter);
}

/* What came in since a test began, another command or a signal, ends it; `cancel` is but that. */
struct since {
	struct session *s;
	size_t n_queue;
};

static bool came_in(void *arg)
{
	const struct since *since = arg;
	commands_poll(since->s, 0);
	return since->s->commands.n_queue > since->n_queue || session_signalled();
}

static enum err find_lr(struct session *s, const struct waiting *w, struct answer *a,
			struct errinfo *e)
{
	(void)e;
	struct errinfo why = {0};
	struct since since = {s, s->commands.n_queue};
	struct aside aside = {w->cause, came_in, &since, false, STRBUF_INIT};
	if (w->cmd.arg)
		return say(a, true, "no range test is running now");
	if (aside_find_lr(s, &aside, &why))
		say(a, false, "the range test ended: %s", why.msg);
	else
		say(a, aside.found, "%s", aside.words.buf);
	ending_ask_anew(s);
	strbuf_release(&aside.words);
	return ERR_OK;
}

static enum err (*const handlers[CMD_N])(struct session *, const struct waiting *, struct answer *,
					 struct errinfo *) = {
    [CMD_FREEZE] = change_frozen,
    [CMD_UNFREEZE] = change_frozen,
    [CMD_FREEZE_ONLY] = change_frozen,
    [CMD_LR] = change_lr,
    [CMD_PAUSE] = pause_run,
    [CMD_UNPAUSE] = unpause_run,
    [CMD_NEXT_PHASE] = next_phase,
    [CMD_STOP] = stop_run,
    [CMD_UNDO] = undo,
    [CMD_LR_SCALE] = change_scales,
    [CMD_BACK] = go_back,
    [CMD_FIND_LR] = find_lr,
    [CMD_THAW_EVERY] = change_thaw_every,
    [CMD_KEEP_GOING] = keep_going,
};

static void reply(struct session *s, const struct waiting *w, bool ok, const char *msg)
{
	struct reply r = {.id = w->cmd.id, .ok = ok, .iter = s->at.iter, .msg = msg};
	control_server_reply(s->control, w->client, &r);
}

/* Does it change what is trained? A stop is recorded where it begins; going back drops what was
 * recorded since. */
static bool is_change(enum command_type type, bool asked)
{
	static const bool not[CMD_N] = {[CMD_PAUSE] = true, [CMD_UNPAUSE] = true,
					[CMD_FIND_LR] = true, [CMD_STOP] = true,
					[CMD_BACK] = true};
	return !not[type] || (asked && type == CMD_UNPAUSE);
}

static enum err apply_one(struct session *s, struct waiting *w, struct errinfo *e)
{
	struct answer a = {.msg = STRBUF_INIT};
	enum err r = ERR_OK;
	bool asked = s->trouble.on;
	int64_t told = log_writer_next_seq(emitter_log(s->emit));
	if (s->stopping && w->cmd.type != CMD_STOP)
		say(&a, false, "the run is stopping");
	else if (s->complete && w->cmd.type != CMD_STOP)
		say(&a, false, "the plan is done; the run is finishing");
	else
		r = handlers[w->cmd.type](s, w, &a, e);
	if (!r && a.changed && asked) {
		leave_pause(s, w->cause);
		strbuf_addstr(&a.msg, "; the run goes on");
	}
	if (r)
		say(&a, false, "the run is ending: %s", e ? e->msg : "not finite");
	bool did = log_writer_next_seq(emitter_log(s->emit)) > told || w->cmd.type == CMD_UNDO;
	if (!r && a.ok && did && is_change(w->cmd.type, asked))
		queue_record(s, w->cmd.type, w->cmd.arg, w->cause);
	parting_answer(s, w, a.ok, a.msg.buf);
	reply(s, w, a.ok, a.msg.buf);
	strbuf_release(&a.msg);
	return r;
}

static enum err apply_queue(struct session *s, struct errinfo *e)
{
	struct commands *q = &s->commands;
	enum err r = ERR_OK;
	size_t i = 0;
	if (!q->n_queue)
		return ERR_OK;
	saving_again(s);
	for (; i < q->n_queue && !r; i++) {
		struct waiting w = q->queue[i]; /* more may come in meanwhile, and move them */
		r = apply_one(s, &w, e);
		command_release(&w.cmd);
	}
	memmove(q->queue, q->queue + i, (q->n_queue - i) * sizeof(*q->queue));
	q->n_queue -= i;
	return r;
}

/* The pause that was asked for before the run began. */
static void pause_as_asked(struct session *s)
{
	if (!s->pause || s->at.iter < s->pause_at)
		return;
	s->pause = false;
	pause_now(s, CAUSE_USER);
}

/* Until something may have changed by itself. */
static int wait_ms(struct session *s)
{
	int hold = ending_hold_ms(s, PAUSE_POLL_MS), save = saving_wait_ms(s);
	if (s->paused)
		return guard_poll_ms(s, PAUSE_POLL_MS);
	return save && (!hold || save < hold) ? save : hold;
}

enum err commands_apply(struct session *s, struct errinfo *e)
{
	double since = clock_seconds();
	bool waited = false;
	s->aside_s = 0;
	pause_as_asked(s);
	for (;;) {
		again_give(s);
		commands_poll(s, s->commands.n_queue ? 0 : wait_ms(s));
		if (session_signalled())
			begin_stop(s, CAUSE_USER);
		enum err r = apply_queue(s, e);
		if (!r)
			r = guard_wait(s, e);
		if (!r)
			r = saving_try(s, e);
		if (r)
			return r;
		if (again_is_due(s) && !s->stopping)
			continue;
		if (!s->paused && !saving_waits(s) && !ending_hold_ms(s, PAUSE_POLL_MS))
			break;
		waited = true;
	}
	s->paused_s += waited ? clock_seconds() - since : s->aside_s;
	if (waited)
		usage_begin(s);
	return ERR_OK;
}

void commands_release(struct session *s)
{
	struct commands *q = &s->commands;
	for (size_t i = 0; i < q->n_queue; i++) {
		reply(s, &q->queue[i], false, "the run has ended");
		command_release(&q->queue[i].cmd);
	}
	undo_clear(s);
	free(q->queue);
	free(q->done);
	*q = (struct commands){0};
}
