/* What an epoch shows, told from the numbers: the table of rules at the end, documented in the
 * header. */
#include "outlook.h"

#include "thaw/base/alloc.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "validation accuracy 74.2 -> 78.1 %" */
static void add_accuracy(struct strbuf *w, double from, double to)
{
	strbuf_addf(w, "validation accuracy %s -> %s %%", words_percent(from), words_percent(to));
}

static bool in_trouble(const struct history_epoch *e)
{
	return e && (e->observation == OBS_DIVERGED || e->observation == OBS_LOSS_SPIKED ||
		     e->observation == OBS_LOSS_SPIKED_LR);
}

/* The last epoch before the trouble that the epoch before this one is in; NULL when it is in none.
 */
static const struct history_epoch *before_trouble(const struct outlook *o)
{
	size_t n = 1;
	if (!in_trouble(back(o, n)))
		return NULL;
	while (in_trouble(back(o, n)))
		n++;
	return back(o, n);
}

static double guessing_loss(const struct outlook *o)
{
	return o->n_classes >= 2 ? log(o->n_classes) : INFINITY;
}

static bool is_bad(struct opt_double loss)
{
	return loss.valid && !isfinite(loss.value);
}

static bool is_nonfinite(const struct outlook *o)
{
	return is_bad(o->e->train.loss) || is_bad(o->e->valid.loss);
}

static void say_nonfinite(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "diverged: %s loss is not finite",
		    is_bad(o->e->train.loss) ? "training" : "validation");
	if (o->nonfinite)
		strbuf_addf(w, " (iteration %lld)", (long long)o->nonfinite->iter);
}

static bool is_restored(const struct outlook *o)
{
	return o->nonfinite && o->nonfinite->value > 0;
}

static void say_restored(const struct outlook *o, struct strbuf *w)
{
	bool diverged = o->nonfinite->cause == CAUSE_DIVERGED;
	strbuf_addf(w, "recovered: loss %s at iteration %lld, learning rate %s -> %s",
		    diverged ? "diverged" : "not finite", (long long)o->nonfinite->iter,
		    words_rate(o->nonfinite->was), words_rate(o->nonfinite->value));
}

static bool is_recovered(const struct outlook *o)
{
	const struct history_epoch *ref = before_trouble(o);
	return ref && acc(o->e) >= acc(ref) - o->tolerance;
}

static void say_recovered(const struct outlook *o, struct strbuf *w)
{
	strbuf_addstr(w, "recovered: ");
	add_accuracy(w, acc(o->prev), acc(o->e));
	strbuf_addf(w, ", as in %s %lld", history_unit(o->h), (long long)before_trouble(o)->epoch);
}

static bool is_thawed(const struct outlook *o)
{
	return o->prev && *o->thawed;
}

static void say_thawed(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "fine-tuning started: %s thawed", o->thawed);
	if (o->e->lr.valid)
		strbuf_addf(w, " at learning rate %s", words_rate(o->e->lr.value));
	if (isfinite(acc(o->prev)) && isfinite(acc(o->e))) {
		strbuf_addstr(w, ", ");
		add_accuracy(w, acc(o->prev), acc(o->e));
	}
}

static bool is_spiked_lr(const struct outlook *o)
{
	return o->lr_up && o->spike_to > 1.5 * o->spike_from && o->spike_to > o->spike_from + 0.25;
}

static void say_spiked_lr(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "loss spiked after learning rate %s -> %s at iteration %lld: %s -> %s",
		    words_rate(o->lr_up->was), words_rate(o->lr_up->value),
		    (long long)o->lr_up->iter, words_loss(o->spike_from), words_loss(o->spike_to));
}

static bool is_diverged(const struct outlook *o)
{
	return o->prev && valid_loss(o->e) > 2 * guessing_loss(o) &&
	       valid_loss(o->e) > 2 * valid_loss(o->prev);
}

static void say_diverged(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "diverged: validation loss %s -> %s, guessing gives %s",
		    words_loss(valid_loss(o->prev)), words_loss(valid_loss(o->e)),
		    words_loss(guessing_loss(o)));
}

static bool is_spiked(const struct outlook *o)
{
	return o->prev && o->spike_to > 2 * o->spike_from && o->spike_to > o->spike_from + 0.5;
}

static void say_spiked(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "loss spiked: training loss %s -> %s around iteration %lld",
		    words_loss(o->spike_from), words_loss(o->spike_to), (long long)o->spike_iter);
}

static bool is_chance(const struct outlook *o)
{
	if (o->n_classes < 2)
		return false;
	double p = 1 / o->n_classes;
	double sigma = o->n_valid > 0 ? sqrt(p * (1 - p) / o->n_valid) : 0;
	return acc(o->e) <= p + 1.64 * sigma;
}

static bool is_first(const struct outlook *o)
{
	return !o->prev && isfinite(acc(o->e));
}

static void say_first(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "first %s: validation accuracy %s %%", history_unit(o->h),
		    words_percent(acc(o->e)));
}

/* ---- what to do about it ---- */

/* Nothing is left to be done after the last epoch. */
static bool is_last(const struct outlook *o)
{
	return o->h->run.epochs > 0 && o->e->epoch >= o->h->run.epochs;
}

/* "a, b, or stop"; a run that is over cannot be stopped. */
static void add_choice(const struct outlook *o, struct strbuf *w, const char **what, size_t n)
{
	if (!is_last(o))
		what[n++] = "stop";
	for (size_t i = 0; i < n; i++)
		strbuf_addf(w, "%s%s%s", i == 0 ? ": " : ", ", i && i + 1 == n ? "or " : "",
			    what[i]);
}

static size_t count_layers(const struct history *h, bool frozen)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_layers; i++)
		n += history_layer_learns(&h->layers[i]) && h->layers[i].frozen == frozen;
	return n;
}

/* A rate that the schedule has brought to nearly nothing cannot be lowered. */
static bool can_lower(const struct outlook *o)
{
	return o->e->lr.valid && o->e->lr.value > 0.02 * o->e->so_far.peak_lr;
}

static void advise_overfitting(const struct outlook *o, struct strbuf *w)
{
	const char *what[4];
	size_t n = 0;
	if (count_layers(o->h, false) > 1) /* the head always learns */
		what[n++] = "freeze more";
	if (can_lower(o))
		what[n++] = "lower the rate";
	if (n == 0)
		what[n++] = "more pictures";
	add_choice(o, w, what, n);
}

/* The training pictures are known no better than the others: it is not that it learnt by heart. */
static bool is_underfitting(const struct outlook *o)
{
	double train = opt_or_nan(o->e->train.acc);
	return train < 0.98 && train <= o->now.acc + fmax(0.02, o->tolerance);
}

static void advise_idle(const struct outlook *o, struct strbuf *w)
{
	const char *what[4];
	size_t n = 0;
	bool under = is_underfitting(o);
	if (under && count_layers(o->h, true) > 0)
		what[n++] = "thaw more";
	if (under)
		what[n++] = "raise the rate";
	else if (can_lower(o))
		what[n++] = "lower the rate";
	add_choice(o, w, what, n);
}

/* ---- rules about the course of the run ---- */

static bool is_one_class(const struct outlook *o)
{
	return o->n_classes == 1 && isfinite(acc(o->e));
}

static void say_one_class(const struct outlook *o, struct strbuf *w)
{
	(void)o;
	strbuf_addstr(w, "one class: nothing to tell apart");
}

/* Early on a higher accuracy is news, be it by two pictures; later luck brings it now and then. */
static bool is_gain(const struct outlook *o)
{
	double picture = o->n_valid > 0 ? 1 / o->n_valid + 1e-9 : o->tolerance;
	return acc(o->e) > o->best_before + (o->window > 1 || !o->prev ? o->tolerance : picture);
}

static bool is_overfitting(const struct outlook *o)
{
	return o->e->so_far.overfit_since && !is_gain(o);
}

enum { PATIENCE = 3 }; /* epochs without a gain, or as many as are judged together */

static bool is_idle(const struct outlook *o)
{
	return o->prev && o->idle >= PATIENCE && o->idle >= (int64_t)o->window;
}

static void add_idle(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "no gain for %lld %ss", (long long)o->idle, history_unit(o->h));
}

static void add_overfitting(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "overfitting since %s %lld", history_unit(o->h),
		    (long long)o->e->so_far.overfit_since);
}

static void say_overfitting(const struct outlook *o, struct strbuf *w)
{
	if (is_idle(o)) {
		add_idle(o, w);
		strbuf_addstr(w, "; ");
	}
	add_overfitting(o, w);
}

static void say_chance(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "at chance level: validation accuracy %s %%, guessing gives %s %%",
		    words_percent(acc(o->e)), words_percent(1 / o->n_classes));
	if (is_overfitting(o)) {
		strbuf_addstr(w, "; ");
		add_overfitting(o, w);
	}
}

/* Of accuracies: "best" is for the epoch that the run takes for the best. */
static const char *best_word(const struct outlook *o)
{
	return history_metric(o->h).kind == METRIC_ACCURACY ? "best" : "highest";
}

static void add_best_before(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, ", %s %s %% in %s %lld", best_word(o), words_percent(o->best_before),
		    history_unit(o->h),
		    (long long)o->best_number);
}

static void say_idle(const struct outlook *o, struct strbuf *w)
{
	add_idle(o, w);
	if (isfinite(o->best_before))
		add_best_before(o, w);
}

/* Over how many epochs each of two figures is a mean. */
static void add_window(const struct outlook *o, struct strbuf *w)
{
	if (o->window > 1)
		strbuf_addf(w, ", each over %zu %ss", o->window, history_unit(o->h));
}

static void add_means(const struct outlook *o, struct strbuf *w)
{
	add_accuracy(w, o->then.acc, o->now.acc);
	add_window(o, w);
}

static bool is_improving(const struct outlook *o)
{
	return o->now.acc > o->then.acc + o->mean_tolerance;
}

static void say_improving(const struct outlook *o, struct strbuf *w)
{
	strbuf_addstr(w, "improving: ");
	add_means(o, w);
	if (acc(o->e) > o->best_before)
		strbuf_addf(w, ", %s so far", best_word(o));
	else
		add_best_before(o, w);
}

static bool is_best(const struct outlook *o)
{
	bool best = o->e->best || history_metric(o->h).kind == METRIC_ACCURACY;
	return o->prev && best && acc(o->e) > o->best_before;
}

static void say_best(const struct outlook *o, struct strbuf *w)
{
	strbuf_addstr(w, "best so far: ");
	add_accuracy(w, o->best_before, acc(o->e));
}

static bool is_loss_improving(const struct outlook *o)
{
	double least = o->window > 1 ? 0.99 : 0.97;
	return o->now.valid_loss < least * o->then.valid_loss &&
	       !(o->now.acc < o->then.acc - o->mean_tolerance);
}

static void say_loss_improving(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "improving: validation loss %s -> %s", words_loss(o->then.valid_loss),
		    words_loss(o->now.valid_loss));
	add_window(o, w);
}

static bool is_worse(const struct outlook *o)
{
	return o->now.acc < o->then.acc - o->mean_tolerance;
}

static void say_worse(const struct outlook *o, struct strbuf *w)
{
	strbuf_addstr(w, "worse: ");
	add_means(o, w);
	if (is_idle(o)) {
		strbuf_addstr(w, "; ");
		add_idle(o, w);
	}
}

static bool always(const struct outlook *o)
{
	(void)o;
	return true;
}

static void say_steady(const struct outlook *o, struct strbuf *w)
{
	if (o->prev && isfinite(acc(o->prev)) && isfinite(acc(o->e))) {
		strbuf_addstr(w, "steady: ");
		add_accuracy(w, acc(o->prev), acc(o->e));
	}
}

static const struct rule {
	enum observation kind;
	bool (*applies)(const struct outlook *o);
	void (*say)(const struct outlook *o, struct strbuf *words);
	void (*advise)(const struct outlook *o, struct strbuf *words); /* NULL = nothing to do */
	const char *brief; /* in few words, beside the observation's name; NULL = no more */
} rules[] = {
    {OBS_DIVERGED, is_nonfinite, say_nonfinite, NULL, NULL},
    {OBS_RECOVERED, is_restored, say_restored, NULL, NULL},
    {OBS_RECOVERED, is_recovered, say_recovered, NULL, NULL},
    {OBS_FINETUNING_STARTED, is_thawed, say_thawed, NULL, NULL},
    {OBS_LOSS_SPIKED_LR, is_spiked_lr, say_spiked_lr, NULL, NULL},
    {OBS_DIVERGED, is_diverged, say_diverged, NULL, NULL},
    {OBS_LOSS_SPIKED, is_spiked, say_spiked, NULL, NULL},
    {OBS_NONE, is_one_class, say_one_class, NULL, NULL},
    {OBS_CHANCE, is_chance, say_chance, NULL, NULL},
    {OBS_FIRST, is_first, say_first, NULL, NULL},
    {OBS_OVERFITTING, is_overfitting, say_overfitting, advise_overfitting, " since epoch"},
    {OBS_IMPROVING, is_improving, say_improving, NULL, ": accuracy"},
    {OBS_BEST, is_best, say_best, NULL, NULL},
    {OBS_WORSE, is_worse, say_worse, NULL, ": accuracy"},
    {OBS_PLATEAU, is_idle, say_idle, advise_idle, " for"},
    {OBS_IMPROVING, is_loss_improving, say_loss_improving, NULL, ": loss"},
    {OBS_NONE, always, say_steady, NULL, NULL},
};

/* The vocabulary, for every page and report. */
static const struct {
	const char *name;
	enum tone tone;
} vocabulary[OBS_N] = {
    [OBS_NONE] = {"steady", TONE_PLAIN},
    [OBS_FIRST] = {"first epoch", TONE_PLAIN},
    [OBS_IMPROVING] = {"improving", TONE_GOOD},
    [OBS_BEST] = {"best so far", TONE_GOOD},
    [OBS_PLATEAU] = {"no gain", TONE_WARN},
    [OBS_OVERFITTING] = {"overfitting", TONE_WARN},
    [OBS_FINETUNING_STARTED] = {"fine-tuning started", TONE_NEWS},
    [OBS_LOSS_SPIKED_LR] = {"loss spiked after learning-rate change", TONE_WARN},
    [OBS_LOSS_SPIKED] = {"loss spiked", TONE_WARN},
    [OBS_DIVERGED] = {"diverged", TONE_BAD},
    [OBS_RECOVERED] = {"recovered", TONE_GOOD},
    [OBS_WORSE] = {"worse", TONE_WARN},
    [OBS_CHANCE] = {"at chance level", TONE_WARN},
};

const char *observation_name(enum observation o)
{
	return (int)o >= 0 && o < OBS_N ? vocabulary[o].name : "?";
}

enum tone observation_tone(enum observation o)
{
	return (int)o >= 0 && o < OBS_N ? vocabulary[o].tone : TONE_PLAIN;
}

/* "overfitting since epoch 6", "no gain for 172 epochs", "improving: loss" */
static char *brief_words(const struct outlook *o, const struct rule *r)
{
	const char *name = observation_name(r->kind), *more = r->brief ? r->brief : "";
	if (r->kind == OBS_OVERFITTING)
		return xasprintf("%s%s %lld", name, more, (long long)o->e->so_far.overfit_since);
	if (r->kind == OBS_PLATEAU)
		return xasprintf("%s%s %lld %ss", name, more, (long long)o->idle,
				 history_unit(o->h));
	return xasprintf("%s%s", name, more);
}

const char *epoch_words(const struct history_epoch *e, int brevity, struct strbuf *out)
{
	const char *const texts[] = {e->words, e->words, e->brief,
				     observation_name(e->observation)};
	const char *text = texts[brevity < 0 ? 0 : brevity > 3 ? 3 : brevity];
	strbuf_reset(out);
	if (e->words && *e->words)
		strbuf_add(out, text ? text : "", brevity == 1 ? e->words_told : strlen(text));
	return out->buf;
}

void observe_epoch(struct history *h, const char *thawed)
{
	struct outlook o;
	look(&o, h, thawed);
	struct strbuf words = STRBUF_INIT;
	const struct rule *r = rules;
	while (!r->applies(&o))
		r++;
	r->say(&o, &words);
	struct history_epoch *e = &h->epochs[h->n_epochs - 1];
	e->observation = r->kind;
	e->words_told = words.len;
	if (r->advise && !h->run.format) /* nobody here trains what another program did */
		r->advise(&o, &words);
	e->words = shared_text(words.buf);
	e->brief = shared_take(brief_words(&o, r));
	strbuf_release(&words);
}
