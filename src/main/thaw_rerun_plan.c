#include "thaw_rerun_plan.h"
#include "thaw_cli.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/layer_scales.h"
#include "thaw/base/layerset.h"
#include "thaw/base/run_files.h"
#include "thaw/base/say.h"
#include "thaw/config/experiment.h"
#include "thaw/run/trained.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what was in force ---- */

/* Between two iterations. What it names is borrowed from the events. */
struct in_force {
	const struct phase_config *plan; /* of the experiment then */
	int64_t plan_epochs;             /* that had begun in it, this one not counted */
	const char *frozen;
	double factor;
	double scales[LAYERSET_MAX];
};

struct piece { /* epochs that were trained alike, one after the other */
	struct in_force how;
	int epochs;
};

struct walk {
	const struct cli *c;
	struct trained t;
	struct experiment *x; /* as it began: its phases are replaced in the end */
	struct experiment **plans; /* of all `run` events; owned */
	size_t n_plans, cap_plans;
	struct in_force now;
	size_t at; /* the next event */
	struct piece *pieces;
	size_t n, cap;
	struct strbuf remarks; /* comment lines */
	bool rules;
};

static void remark(struct walk *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void remark(struct walk *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	strbuf_addstr(&w->remarks, "# - ");
	strbuf_vaddf(&w->remarks, fmt, ap);
	strbuf_addch(&w->remarks, '\n');
	va_end(ap);
}

static const struct experiment *plan_now(const struct walk *w)
{
	return w->plans[w->n_plans - 1];
}

static void take_run(struct walk *w, const struct event_run *run)
{
	struct experiment *x;
	if (w->now.plan && run->settings &&
	    !experiment_parse(&x, "", run->settings, strlen(run->settings), NULL, 0, NULL)) {
		ALLOC_GROW(w->plans, w->n_plans + 1, w->cap_plans);
		w->plans[w->n_plans++] = x;
		for (size_t i = 0; i < x->n_phases; i++)
			if (strcmp(x->phases[i].name, w->now.plan->name) == 0) {
				w->now.plan = &x->phases[i];
				return;
			}
	}
}

static void take_phase(struct walk *w, const struct event_phase_plan *p)
{
	const struct experiment *x = plan_now(w);
	if (p->index < 0 || (uint64_t)p->index >= x->n_phases)
		return;
	w->now.plan = &x->phases[p->index];
	w->now.plan_epochs = 0;
	w->now.factor = 1;
	w->now.frozen = p->freeze;
	w->rules = w->rules || p->until;
}

/* Early logs tell the rate alone, in few digits. */
static void take_lr(struct walk *w, const struct event_lr *lr)
{
	if (lr->factor.valid)
		w->now.factor = lr->factor.value;
	else if (lr->cause != CAUSE_PHASE && lr->cause != CAUSE_SCHEDULE && lr->was > 0)
		w->now.factor *= lr->value / lr->was;
}

static void take_scales(struct walk *w, const struct event_scale *s)
{
	for (size_t i = 0; i < LAYERSET_MAX; i++)
		w->now.scales[i] = i < s->n_values ? s->values[i] : 1;
}

static void take(struct walk *w, const struct event *ev)
{
	switch ((int)ev->type) {
	case EV_RUN:
		take_run(w, &ev->run);
		break;
	case EV_PHASE:
		take_phase(w, &ev->phase);
		break;
	case EV_FREEZE:
		w->now.frozen = ev->freeze.frozen;
		break;
	case EV_LR:
		take_lr(w, &ev->lr);
		break;
	case EV_SCALE:
		take_scales(w, &ev->scale);
		break;
	}
}

static bool same_how(const struct in_force *a, const struct in_force *b)
{
	return a->plan == b->plan && a->factor == b->factor && strcmp(a->frozen, b->frozen) == 0 &&
	       memcmp(a->scales, b->scales, sizeof(a->scales)) == 0;
}

/* ---- epochs ---- */

static bool changes(const struct event *ev)
{
	return ev->type == EV_FREEZE || ev->type == EV_LR || ev->type == EV_SCALE;
}

static int64_t cause_of(const struct event *ev)
{
	return ev->type == EV_FREEZE ? ev->freeze.cause
	       : ev->type == EV_LR   ? ev->lr.cause
				     : ev->scale.cause;
}

/* An epoch, of iterations first+1 to last: what came before its middle holds for it, what came behind
 * for the next one. */
static void add_epoch(struct walk *w, int64_t number, size_t end, int64_t first, int64_t last)
{
	for (; w->at < end; w->at++) {
		const struct event *ev = &w->t.events[w->at];
		int64_t iter = trained_iter(ev);
		bool within = changes(ev) && iter > first && iter < last;
		bool late = iter > first && 2 * (iter - first) >= last - first;
		if (within && cause_of(ev) != CAUSE_SCHEDULE)
			remark(w, "iteration %" PRId64 " is within epoch %" PRId64
				  ": what changed there (%s, %s) holds from the %s of that epoch here",
			       iter, number, event_type_name(ev->type), cause_name(cause_of(ev)),
			       late ? "end" : "begin");
		if (late && changes(ev))
			break;
		take(w, ev);
	}
	struct piece *p = w->n ? &w->pieces[w->n - 1] : NULL;
	if (!p || !same_how(&p->how, &w->now)) {
		ALLOC_GROW(w->pieces, w->n + 1, w->cap);
		p = &w->pieces[w->n++];
		*p = (struct piece){.how = w->now};
	}
	p->epochs++;
	w->now.plan_epochs++;
}

/* What was trained of an epoch that was cut short: as much as half of one counts. */
static bool counts(struct walk *w, int64_t number, int64_t n, int64_t whole)
{
	if (n >= whole)
		return true;
	bool much = 2 * n >= whole;
	remark(w, "epoch %" PRId64 " was cut short, after %" PRId64 " of %" PRId64
		  " iterations: here it is %s",
	       number, n, whole, much ? "a whole one" : "left out");
	return much;
}

static void walk_all(struct walk *w)
{
	const struct trained *t = &w->t;
	int64_t whole = trained_run(t)->iterations, first = 0, last = 0, number = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct event *ev = &t->events[i];
		bool step = ev->type == EV_STEP || ev->type == EV_STEPS;
		last = step ? trained_iter(ev) : last;
		if (ev->type != EV_EPOCH)
			continue;
		number = ev->epoch.epoch;
		if (counts(w, number, ev->epoch.iter - first, whole))
			add_epoch(w, number, i, first, ev->epoch.iter);
		first = last = ev->epoch.iter;
	}
	if (last > first && counts(w, number + 1, last - first, whole))
		add_epoch(w, number + 1, t->n, first, last);
}

/* ---- as phases ---- */

/* What layer_decay alone would make of them. */
static void scales_of_plan(const struct walk *w, const struct phase_config *p, double *out)
{
	size_t i = trained_find(&w->t, EV_LAYERS, 0);
	const struct event_layers *l = i < w->t.n ? &w->t.events[i].layers : NULL;
	double scale = 1;
	for (size_t k = l && l->n_layers <= LAYERSET_MAX ? l->n_layers : 0; k-- > 0;) {
		bool weighted = l->layers[k].origin != ORIGIN_NONE;
		if (weighted && (int64_t)k < l->head)
			scale *= p->layer_decay;
		out[k] = weighted ? scale : 1;
	}
}

static char *scales_text(const struct walk *w, const struct piece *p)
{
	double by_plan[LAYERSET_MAX], by_hand[LAYERSET_MAX];
	struct strbuf text = STRBUF_INIT;
	for (size_t i = 0; i < LAYERSET_MAX; i++)
		by_plan[i] = 1;
	scales_of_plan(w, p->how.plan, by_plan);
	for (size_t i = 0; i < LAYERSET_MAX; i++)
		by_hand[i] = p->how.scales[i] != by_plan[i] ? p->how.scales[i] : 0;
	layer_scales_format(by_hand, LAYERSET_MAX, &text);
	return strbuf_detach(&text);
}

/* The phase's own name for its first piece; then name-2, name-3. */
static char *piece_name(const struct walk *w, size_t i)
{
	const char *name = w->pieces[i].how.plan->name;
	int nth = 1;
	for (size_t k = 0; k < i; k++)
		nth += strcmp(w->pieces[k].how.plan->name, name) == 0;
	return nth == 1 ? xstrdup(name) : xasprintf("%.56s-%d", name, nth);
}

static struct phase_config as_phase(const struct walk *w, size_t i)
{
	const struct piece *piece = &w->pieces[i];
	const struct phase_config *plan = piece->how.plan;
	struct phase_config p = *plan;
	bool shaped = plan->schedule != SCHEDULE_CONSTANT || plan->warmup > 0;
	p.name = piece_name(w, i);
	p.freeze = xstrdup(piece->how.frozen);
	p.lr_scale = scales_text(w, piece);
	p.epochs = piece->epochs;
	p.lr = plan->lr * piece->how.factor;
	p.thaw_every = 0;
	p.until = (struct until_config){.recall = xstrdup("")};
	p.schedule_from = shaped ? plan->schedule_from + (int)piece->how.plan_epochs : 0;
	p.schedule_epochs = shaped ? phase_schedule_epochs(plan) : 0;
	if (p.schedule_epochs <= p.schedule_from + p.epochs) /* it ends with this phase */
		p.schedule_epochs = 0;
	return p;
}

static void phases_free(struct phase_config *phases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(phases[i].name);
		free(phases[i].freeze);
		free(phases[i].lr_scale);
		free(phases[i].until.recall);
	}
	free(phases);
}

static void print_lines(struct strbuf *text)
{
	char *rest = text->buf, *line;
	while (text->len && (line = strsep(&rest, "\n")) && rest)
		say(stdout, "%s", line);
}

static void print(struct walk *w, const char *run)
{
	struct strbuf yaml = STRBUF_INIT;
	struct experiment plan = *w->x;
	plan.phases = xcalloc(w->n, sizeof(*plan.phases));
	plan.n_phases = w->n;
	for (size_t i = 0; i < w->n; i++)
		plan.phases[i] = as_phase(w, i);
	if (plan.stop.patience || plan.plateau.patience || w->rules)
		remark(w, "rules that end phases early or cut rates are left out: what they did is here");
	plan.stop.patience = plan.plateau.patience = 0;
	experiment_write(&plan, &yaml);
	say(stdout, "# What %s did, as a plan: `thaw rerun %s --dry`.", path_base(run), path_base(run));
	print_lines(&w->remarks);
	print_lines(&yaml);
	phases_free(plan.phases, plan.n_phases);
	strbuf_release(&yaml);
}

/* ---- all ---- */

static enum err read_experiment(struct walk *w, const char *run, struct errinfo *e)
{
	const char *settings = trained_run(&w->t)->settings;
	if (settings)
		return experiment_parse(&w->x, run, settings, strlen(settings), NULL, 0, e);
	struct folder f;
	enum err r = folder_open(&f, run, e);
	if (!r)
		r = experiment_read_in(&w->x, &f, RUN_EXPERIMENT, NULL, 0, e);
	folder_close(&f);
	return r;
}

static void release(struct walk *w)
{
	trained_release(&w->t);
	experiment_free(w->x);
	for (size_t i = 1; i < w->n_plans; i++)
		experiment_free(w->plans[i]);
	free(w->plans);
	free(w->pieces);
	strbuf_release(&w->remarks);
}

int rerun_plan_print(const struct cli *c, const char *run)
{
	struct errinfo e;
	struct walk w = {.c = c, .now = {.factor = 1, .frozen = "none"}, .remarks = STRBUF_INIT};
	for (size_t i = 0; i < LAYERSET_MAX; i++)
		w.now.scales[i] = 1;
	if (trained_read(&w.t, run, &e))
		return cli_fail(c->cmd, &e);
	enum err r = read_experiment(&w, run, &e);
	if (!r) {
		ALLOC_GROW(w.plans, 1, w.cap_plans);
		w.plans[w.n_plans++] = w.x;
		walk_all(&w);
		if (!w.n)
			r = err_set(&e, ERR_STATE, "%s has not trained an epoch: there is no plan in it",
				    run);
		else if (w.n > EXPERIMENT_MAX_PHASES)
			r = err_set(&e, ERR_VALUE, "%s: %zu phases were different; an experiment has %d at most",
				    run, w.n, EXPERIMENT_MAX_PHASES);
		else
			print(&w, run);
	}
	release(&w);
	return r ? cli_fail(c->cmd, &e) : STATUS_OK;
}
