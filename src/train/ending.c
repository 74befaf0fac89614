#include "ending.h"
#include "rule_plan.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"

#include <stdlib.h>

void ending_drop(struct session *s)
{
	free(s->ending.why);
	s->ending.why = NULL;
	s->ending.by = RULE_NONE;
	s->ending.told = false;
}

void ending_release(struct session *s)
{
	free(s->ending.why);
	s->ending = (struct ending){0};
}

void ending_want(struct session *s, enum rule_kind kind, char *why)
{
	ending_drop(s);
	s->ending.by = kind;
	s->ending.why = why;
}

static bool ends_run(const struct session *s)
{
	bool whole = s->ending.by == RULE_STOP && s->p->x->stop.ends == STOP_ENDS_RUN;
	return whole || session_is_last_phase(s);
}

bool ending_pending(const struct session *s)
{
	return s->ending.by && !s->stopping && !s->next_phase && !s->moved && !s->ending.ended;
}

/* "stopped early: no gain …", or "phase head ends early: reached …" */
static void add_end(const struct session *s, struct strbuf *out)
{
	if (ends_run(s))
		strbuf_addstr(out, "stopped early: ");
	else
		strbuf_addf(out, "phase %s ends early: ", session_phase(s)->name);
	strbuf_addstr(out, s->ending.why);
}

void ending_announce(struct session *s)
{
	struct strbuf why = STRBUF_INIT;
	if (s->ending.told)
		return;
	add_end(s, &why);
	const struct event_control ev = {.what = CONTROL_ENDING,
					 .iter = s->at.iter,
					 .cause = CAUSE_RULE,
					 .why = why.buf,
					 .wait = opt_of(s->p->x->train.rule_wait)};
	emit_control_event(s->emit, &ev);
	s->ending.told = true;
	s->ending.since_ms = clock_ms();
	strbuf_release(&why);
}

int ending_hold_ms(struct session *s, int most_ms)
{
	struct ending *en = &s->ending;
	if (!ending_pending(s) || !en->told || !s->control || !control_server_viewers(s->control))
		return 0;
	if (s->paused || s->saving.reason)
		en->since_ms = clock_ms();
	double left = s->p->x->train.rule_wait * 1000 - (double)(clock_ms() - en->since_ms);
	return left <= 0 ? 0 : left < most_ms ? (int)left + 1 : most_ms;
}

void ending_ask_anew(struct session *s)
{
	s->ending.since_ms = clock_ms();
}

void ending_carry_out(struct session *s)
{
	if (!ending_pending(s))
		return;
	if (ends_run(s)) {
		s->ending.ended = true;
		return;
	}
	ending_drop(s);
	s->next_phase = true;
	emit_control(s->emit, CONTROL_NEXT_PHASE, s->at.iter, CAUSE_RULE);
}

const char *ending_reason(const struct session *s, struct strbuf *out)
{
	if (!s->ending.ended)
		return NULL;
	add_end(s, out);
	return out->buf;
}

/* ---- by hand ---- */

static void tell_going_on(struct session *s, enum cause cause, const char *why)
{
	const struct event_control ev = {
	    .what = CONTROL_KEEP_GOING, .iter = s->at.iter, .cause = cause, .why = why};
	emit_control_event(s->emit, &ev);
}

bool ending_take_back(struct session *s, enum cause cause, struct strbuf *did)
{
	bool stop = s->ending.by == RULE_STOP;
	if (!ending_pending(s) || !s->ending.told)
		return false;
	strbuf_addf(did, "phase %s goes on: %s", session_phase(s)->name,
		    stop ? "the stop rule counts anew"
			 : "its goal is looked at again after the next epoch");
	if (stop)
		s->rules.stop.idle = 0;
	ending_drop(s);
	tell_going_on(s, cause, did->buf);
	return true;
}

void ending_keep_going(struct session *s, bool on, enum cause cause, struct strbuf *did)
{
	strbuf_addf(
	    did, on ? "no rule ends phase %s early any more" : "rules may end phase %s early again",
	    session_phase(s)->name);
	s->ending.off = on;
	ending_drop(s);
	tell_going_on(s, cause, did->buf);
}

bool ending_may_come(const struct session *s)
{
	struct strbuf words = STRBUF_INIT;
	bool any = s->p->x->stop.patience > 0 || rule_until_words(session_phase(s), &words);
	strbuf_release(&words);
	return any;
}
