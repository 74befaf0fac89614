#include "rule_plan.h"
#include "class_names.h"
#include "thaw/base/alloc.h"
#include "thaw/base/say.h"
#include "thaw/base/words.h"
#include "thaw/config/class_weights.h"

#include <stdlib.h>
#include <string.h>

/* ---- goals ---- */

static void add_goal(struct goals *g, struct metric m, double wanted, char *class_name)
{
	ALLOC_GROW(g->items, g->n + 1, g->cap);
	g->items[g->n++] = (struct goal){m, wanted, class_name};
}

struct goals goals_of(const struct until_config *u)
{
	const struct {
		enum metric_kind kind;
		double wanted;
	} plain[] = {{METRIC_ACCURACY, u->acc}, {METRIC_LOSS, u->loss}, {METRIC_F1, u->f1}};
	struct goals out = {0};
	struct strbuf name = STRBUF_INIT;
	const char *at = u->recall ? u->recall : "";
	double wanted;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (plain[i].wanted > 0)
			add_goal(&out, (struct metric){plain[i].kind, NULL}, plain[i].wanted, NULL);
	while (class_weight_next(&at, &name, &wanted)) {
		char *copy = xstrdup(name.buf);
		add_goal(&out, (struct metric){METRIC_RECALL, copy}, wanted, copy);
	}
	strbuf_release(&name);
	return out;
}

void goals_release(struct goals *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->items[i].class_name);
	free(g->items);
	*g = (struct goals){0};
}

struct metric rule_metric(const struct experiment *x, const char *text)
{
	struct metric m;
	bool best = !text || strcmp(text, "best") == 0;
	metric_parse(best ? x->train.best : text, &m);
	return m;
}

/* ---- in words ---- */

/* "5 epochs without a gain of 0.002 in accuracy" */
static void add_patience(struct strbuf *out, int patience, double min_delta, const struct metric *m)
{
	strbuf_addf(out, "%s without a gain", words_n(patience, "epoch"));
	if (min_delta > 0)
		strbuf_addf(out, " of %g", min_delta);
	strbuf_addstr(out, " in ");
	metric_words(m, out);
}

bool rule_stop_words(const struct experiment *x, struct strbuf *out)
{
	struct metric m = rule_metric(x, x->stop.metric);
	if (x->stop.patience <= 0)
		return false;
	strbuf_addstr(out, x->stop.ends == STOP_ENDS_RUN ? "the run ends after "
							 : "a phase ends after ");
	add_patience(out, x->stop.patience, x->stop.min_delta, &m);
	if (x->stop.after > 0)
		strbuf_addf(out, ", a phase's first %s not counted",
			    words_n(x->stop.after, "epoch"));
	return true;
}

bool rule_plateau_words(const struct experiment *x, struct strbuf *out)
{
	struct metric m = rule_metric(x, x->plateau.metric);
	if (x->plateau.patience <= 0)
		return false;
	strbuf_addf(out, "learning rate x%g after ", x->plateau.factor);
	add_patience(out, x->plateau.patience, x->plateau.min_delta, &m);
	if (x->plateau.min_lr > 0)
		strbuf_addf(out, ", not below %g", x->plateau.min_lr);
	if (x->plateau.cooldown > 0)
		strbuf_addf(out, ", %s after a cut not counted",
			    words_n(x->plateau.cooldown, "epoch"));
	return true;
}

bool rule_until_words(const struct phase_config *p, struct strbuf *out)
{
	struct goals g = goals_of(&p->until);
	bool any = g.n > 0;
	for (size_t i = 0; i < g.n; i++) {
		strbuf_addstr(out, i ? ", " : "");
		metric_words(&g.items[i].metric, out);
		strbuf_addf(out, " %g", g.items[i].wanted);
	}
	goals_release(&g);
	return any;
}

/* ---- can it be ---- */

static enum err check_class(const struct preflight *p, const char *name, const char *path,
			    const char *key, struct errinfo *e)
{
	const struct split *valid = &p->data->valid;
	size_t class, n = 0;
	enum err r = class_names_find(p, name, path, key, &class, e);
	for (size_t i = 0; !r && i < valid->n; i++)
		n += (size_t)valid->samples[i].label == class;
	if (!r && !n)
		r = err_set(
		    e, ERR_VALUE,
		    "%s: %s: no validation picture is of class '%.60s', which has no recall "
		    "then",
		    experiment_where(p->x, key), path, name);
	return r;
}

static enum err check_until(const struct preflight *p, size_t phase, struct errinfo *e)
{
	struct strbuf path = STRBUF_INIT, key = STRBUF_INIT;
	struct goals g = goals_of(&p->x->phases[phase].until);
	enum err r = ERR_OK;
	strbuf_addf(&path, "phases.%zu.until.recall", phase);
	for (size_t i = 0; !r && i < g.n; i++) {
		const char *name = g.items[i].class_name;
		if (!name)
			continue;
		strbuf_reset(&key);
		strbuf_addf(&key, "%s.%s", path.buf, name);
		r = check_class(p, name, path.buf, key.buf, e);
	}
	goals_release(&g);
	strbuf_release(&path);
	strbuf_release(&key);
	return r;
}

enum err rule_plan_check(const struct preflight *p, struct errinfo *e)
{
	const struct experiment *x = p->x;
	const struct {
		const char *path, *text;
	} metrics[] = {{"train.best", x->train.best},
		       {"stop.metric", x->stop.metric},
		       {"plateau.metric", x->plateau.metric}};
	enum err r = ERR_OK;
	for (size_t i = 0; !r && i < sizeof(metrics) / sizeof(*metrics); i++) {
		struct metric m;
		metric_parse(metrics[i].text, &m);
		if (m.kind == METRIC_RECALL)
			r = check_class(p, m.of, metrics[i].path, metrics[i].path, e);
	}
	for (size_t i = 0; !r && i < x->n_phases; i++)
		r = check_until(p, i, e);
	return r;
}

/* The first phase in which the stop rule may end the run though others follow; n_phases: none. */
static size_t leaves_out(const struct experiment *x)
{
	size_t i = 0;
	while (i + 1 < x->n_phases && x->phases[i].epochs < x->stop.after + x->stop.patience + 1)
		i++;
	return x->stop.patience > 0 && x->stop.ends == STOP_ENDS_RUN && i + 1 < x->n_phases
		   ? i
		   : x->n_phases;
}

static bool same_metric(const struct metric *a, const struct metric *b)
{
	return a->kind == b->kind && (!a->of || strcmp(a->of, b->of) == 0);
}

void rule_plan_warn(struct preflight *p)
{
	const struct experiment *x = p->x;
	size_t i = leaves_out(x);
	struct metric stop = rule_metric(x, x->stop.metric),
		      cut = rule_metric(x, x->plateau.metric);
	if (i < x->n_phases)
		warnings_add(&p->warnings,
			     "%s: stop: it may end the run in phase %s, before %s; with stop.ends: "
			     "phase the next one follows",
			     experiment_where(x, "stop.patience"), x->phases[i].name,
			     x->phases[i + 1].name);
	if (x->plateau.patience > 0 && x->stop.patience > 0 && !x->stop.after &&
	    x->plateau.patience >= x->stop.patience && x->plateau.min_delta >= x->stop.min_delta &&
	    same_metric(&stop, &cut))
		warnings_add(&p->warnings,
			     "%s: plateau: its patience of %d is not below that of stop, %d: the "
			     "end may come before a cut",
			     experiment_where(x, "plateau.patience"), x->plateau.patience,
			     x->stop.patience);
}

/* ---- told ---- */

static void report(FILE *out, const char *what, bool any, struct strbuf *words)
{
	if (any)
		say(out, "%-11s %s", what, words->buf);
	strbuf_reset(words);
}

void rule_plan_report(const struct preflight *p, FILE *out)
{
	struct metric best;
	struct strbuf words = STRBUF_INIT;
	metric_parse(p->x->train.best, &best);
	metric_words(&best, &words);
	report(out, "best by", best.kind != METRIC_ACCURACY, &words);
	report(out, "stop", rule_stop_words(p->x, &words), &words);
	report(out, "plateau", rule_plateau_words(p->x, &words), &words);
	strbuf_release(&words);
}

void rule_plan_report_until(const struct preflight *p, size_t i, FILE *out)
{
	struct strbuf words = STRBUF_INIT;
	if (rule_until_words(&p->x->phases[i], &words))
		say(out, "            ends early once it reaches %s", words.buf);
	strbuf_release(&words);
}
