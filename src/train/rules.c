#include "rules.h"
#include "rule_plan.h"
#include "session.h"
#include "state.h"
#include "thaw/base/fnv.h"
#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- counting ---- */

void rules_begin(struct session *s)
{
	s->rules = (struct rules){0};
	ending_release(s);
}

static void count(const struct session *s, struct rule_count *c, const struct metric *m,
		  double min_delta)
{
	struct opt_double now = session_figure(s, m);
	bool known = opt_finite(now), resting = c->rest > 0;
	bool gain = known && (!c->any || metric_gains(m, now.value, c->base, min_delta));
	if (known && (!c->any || metric_gains(m, now.value, c->best, 0))) {
		c->best = now.value;
		c->best_epoch = s->at.epoch;
	}
	if (gain)
		c->base = now.value;
	c->any = c->any || known;
	c->rest -= resting;
	c->idle = gain || resting ? 0 : c->idle + 1;
}

/* "no gain of 0.002 in accuracy for 5 epochs (best 0.913 at epoch 12)" */
static char *idle_words(const struct rule_count *c, const struct metric *m, double min_delta)
{
	struct strbuf out = STRBUF_INIT;
	strbuf_addstr(&out, "no gain ");
	if (min_delta > 0)
		strbuf_addf(&out, "of %g ", min_delta);
	strbuf_addstr(&out, "in ");
	metric_words(m, &out);
	strbuf_addf(&out, " for %s", words_n(c->idle, "epoch"));
	if (c->any)
		strbuf_addf(&out, " (best %.4g at epoch %" PRId64 ")", c->best, c->best_epoch);
	return strbuf_detach(&out);
}

/* ---- the rate ---- */

static void cut_rate(struct session *s)
{
	const struct experiment *x = s->p->x;
	struct rule_count *c = &s->rules.plateau;
	struct metric m = rule_metric(x, x->plateau.metric);
	double was = session_lr(s), by = x->plateau.factor;
	if (was * by < x->plateau.min_lr)
		by = x->plateau.min_lr / was;
	if (!(was > 0) || !(by < 1))
		return;
	char *why = idle_words(c, &m, x->plateau.min_delta);
	undo_remember_factor(s, s->factor * by, CAUSE_RULE);
	s->factor *= by;
	const struct event_lr ev = {.iter = s->at.iter,
				    .cause = CAUSE_RULE,
				    .value = session_lr(s),
				    .was = was,
				    .why = why,
				    .factor = opt_of(s->factor)};
	emit_lr(s->emit, &ev);
	c->idle = 0;
	c->rest = x->plateau.cooldown;
	free(why);
}

/* ---- ends ---- */

/* "reached accuracy 0.9 (0.9125)"; NULL: not all of it is reached, or nothing is asked for. */
static char *reached_words(const struct session *s)
{
	struct goals g = goals_of(&session_phase(s)->until);
	struct strbuf out = STRBUF_INIT;
	bool all = g.n > 0;
	for (size_t i = 0; i < g.n; i++) {
		const struct goal *goal = &g.items[i];
		struct opt_double now = session_figure(s, &goal->metric);
		all = all && opt_finite(now) &&
		      metric_reaches(&goal->metric, now.value, goal->wanted);
		strbuf_addstr(&out, i ? ", " : "reached ");
		metric_words(&goal->metric, &out);
		strbuf_addf(&out, " %g (%.4g)", goal->wanted, now.value);
	}
	goals_release(&g);
	if (all)
		return strbuf_detach(&out);
	strbuf_release(&out);
	return NULL;
}

/* In the last epoch of what it would end, an end leaves nothing out. */
static void decide(struct session *s, bool stop_due, bool last_epoch)
{
	const struct experiment *x = s->p->x;
	struct metric m = rule_metric(x, x->stop.metric);
	bool whole = x->stop.ends == STOP_ENDS_RUN && !session_is_last_phase(s);
	char *reached = last_epoch ? NULL : reached_words(s);
	if (reached)
		ending_want(s, RULE_UNTIL, reached);
	else if (stop_due && (!last_epoch || whole))
		ending_want(s, RULE_STOP, idle_words(&s->rules.stop, &m, x->stop.min_delta));
}

void rules_judge(struct session *s)
{
	const struct experiment *x = s->p->x;
	struct rules *r = &s->rules;
	int64_t n = session_epochs_in_phase(s);
	bool last = n >= session_phase(s)->epochs;
	struct metric stop = rule_metric(x, x->stop.metric),
		      plateau = rule_metric(x, x->plateau.metric);
	if (s->next_phase)
		return;
	if (x->stop.patience > 0 && n > x->stop.after)
		count(s, &r->stop, &stop, x->stop.min_delta);
	if (x->plateau.patience > 0)
		count(s, &r->plateau, &plateau, x->plateau.min_delta);
	if (!s->ending.off)
		decide(s, x->stop.patience > 0 && r->stop.idle >= x->stop.patience, last);
	if (!s->ending.by && !last && x->plateau.patience > 0 &&
	    r->plateau.idle >= x->plateau.patience)
		cut_rate(s);
}

/* ---- in a state ---- */

/* `rules` holds "stop SUM ANY BASE BEST EPOCH IDLE REST;plateau …;off;", of what has counted, where
 * SUM is of the metric's words; `ending` "stop SUM REASON" or "until SUM REASON", where it is of the
 * rule's. */

static const char *const kind_names[RULE_N] = {
    [RULE_NONE] = "", [RULE_UNTIL] = "until", [RULE_STOP] = "stop"};

static uint64_t sum_of(struct strbuf *words)
{
	uint64_t sum = fnv(words->buf, words->len);
	strbuf_release(words);
	return sum;
}

static uint64_t metric_sum(const struct experiment *x, const char *text)
{
	struct strbuf words = STRBUF_INIT;
	struct metric m = rule_metric(x, text);
	metric_words(&m, &words);
	return sum_of(&words);
}

static uint64_t rule_sum(const struct experiment *x, enum rule_kind kind, size_t phase)
{
	struct strbuf words = STRBUF_INIT;
	if (kind == RULE_STOP)
		rule_stop_words(x, &words);
	else
		rule_until_words(&x->phases[phase], &words);
	return sum_of(&words);
}

static void encode_count(struct strbuf *out, const char *name, uint64_t sum,
			 const struct rule_count *c)
{
	if (c->any || c->idle || c->rest)
		strbuf_addf(out, "%s %016" PRIx64 " %d %a %a %" PRId64 " %" PRId64 " %" PRId64 ";",
			    name, sum, c->any, c->base, c->best, c->best_epoch, c->idle, c->rest);
}

void rules_encode(const struct session *s, struct state *st)
{
	const struct rules *r = &s->rules;
	const struct experiment *x = s->p->x;
	struct strbuf out = STRBUF_INIT;
	encode_count(&out, "stop", metric_sum(x, x->stop.metric), &r->stop);
	encode_count(&out, "plateau", metric_sum(x, x->plateau.metric), &r->plateau);
	strbuf_addstr(&out, s->ending.off ? "off;" : "");
	snprintf(st->rules, sizeof(st->rules), "%s", out.buf);
	strbuf_release(&out);
	if (s->ending.by)
		snprintf(st->ending, sizeof(st->ending), "%s %016" PRIx64 " %s",
			 kind_names[s->ending.by], rule_sum(x, s->ending.by, s->at.phase),
			 s->ending.why);
}

static void decode_count(const char *text, const char *name, uint64_t wanted,
			 struct rule_count *out)
{
	struct rule_count c = {0};
	uint64_t sum;
	int any, at = 0;
	const char *from = strstr(text, name);
	if (!from ||
	    sscanf(from + strlen(name),
		   " %16" SCNx64 " %d %la %la %" SCNd64 " %" SCNd64 " %" SCNd64 "%n", &sum, &any,
		   &c.base, &c.best, &c.best_epoch, &c.idle, &c.rest, &at) < 7 ||
	    from[strlen(name) + (size_t)at] != ';' || sum != wanted || !isfinite(c.base) ||
	    !isfinite(c.best) || c.idle < 0 || c.rest < 0)
		return;
	c.any = any;
	*out = c;
}

/* The rule that is to end something, and where its reason begins. */
static enum rule_kind ending_of(const struct state *st, const struct experiment *x,
				const char **why)
{
	char name[16];
	uint64_t sum;
	int at = 0;
	if (sscanf(st->ending, "%15s %16" SCNx64 " %n", name, &sum, &at) < 2 || !at ||
	    st->phase < 0 || (uint64_t)st->phase >= x->n_phases)
		return RULE_NONE;
	*why = st->ending + at;
	for (int k = RULE_UNTIL; k < RULE_N; k++)
		if (strcmp(kind_names[k], name) == 0 &&
		    rule_sum(x, (enum rule_kind)k, (size_t)st->phase) == sum)
			return (enum rule_kind)k;
	return RULE_NONE;
}

void rules_decode(struct session *s, const struct state *st)
{
	const struct experiment *x = s->p->x;
	const char *why;
	rules_begin(s);
	decode_count(st->rules, "stop", metric_sum(x, x->stop.metric), &s->rules.stop);
	decode_count(st->rules, "plateau", metric_sum(x, x->plateau.metric), &s->rules.plateau);
	s->ending.off = strstr(st->rules, "off;");
	enum rule_kind kind = ending_of(st, x, &why);
	if (kind)
		ending_want(s, kind, xstrdup(why));
}

bool rules_have_ended(const struct state *st, const struct experiment *x)
{
	const char *why;
	enum rule_kind kind = ending_of(st, x, &why);
	bool whole = kind == RULE_STOP && x->stop.ends == STOP_ENDS_RUN;
	return kind && (whole || (uint64_t)st->phase + 1 == x->n_phases);
}

void rules_forget(struct state *st)
{
	char *stop = strstr(st->rules, "stop "), *behind = stop ? strchr(stop, ';') : NULL;
	if (behind)
		memmove(stop, behind + 1, strlen(behind + 1) + 1);
	st->ending[0] = '\0';
}
