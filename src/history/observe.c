/* What an epoch shows, told from the numbers: the table of rules at the end, documented in the
 * header. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 8, WINDOW_MIN = 3, PLATEAU_EPOCHS = 3 };

#define ACC_TOLERANCE 0.005

/* Everything the rules ask about the last epoch, gathered once. */
struct outlook {
	const struct history *h;
	const struct history_epoch *e, *prev; /* prev: NULL at the first epoch */
	const char *thawed;
	double n_valid, n_classes;                      /* 0 = not known */
	double tolerance;                               /* of an accuracy */
	double best_before;                             /* accuracy; NaN when there was none */
	int64_t best_number;                            /* the epoch that had it */
	const struct history_marker *lr_up, *nonfinite; /* since the last epoch; NULL = none */
	double spike_from,
	    spike_to; /* losses around lr_up, or around the highest loss; NaN = not known */
	int64_t spike_iter;
};

/* NaN where the log has none: no rule that compares it applies. */
static double acc(const struct history_epoch *e)
{
	return opt_or_nan(e->valid.acc);
}

static double valid_loss(const struct history_epoch *e)
{
	return opt_or_nan(e->valid.loss);
}

static double train_loss(const struct history_epoch *e)
{
	return opt_or_nan(e->train.loss);
}

static const struct history_epoch *back(const struct outlook *o, size_t n)
{
	return o->h->n_epochs > n ? &o->h->epochs[o->h->n_epochs - 1 - n] : NULL;
}

/* Mean loss of the steps [from, from+n); NaN when too few are finite. */
static double mean_loss(const struct history *h, size_t from, size_t n)
{
	double sum = 0;
	int finite = 0;
	for (size_t i = from; i < from + n && i < h->n_steps; i++)
		if (opt_finite(h->steps[i].loss)) {
			sum += h->steps[i].loss.value;
			finite++;
		}
	return finite >= WINDOW_MIN ? sum / finite : NAN;
}

/* Index of the first step after iteration `iter`. */
static size_t step_after(const struct history *h, int64_t iter)
{
	size_t i = h->n_steps;
	while (i && h->steps[i - 1].iter > iter)
		i--;
	return i;
}

/* The highest mean loss over a window, of the steps from `from` on. */
static double highest_window(const struct history *h, size_t from, int64_t *iter)
{
	double highest = NAN;
	for (size_t i = from; i < h->n_steps; i++) {
		double mean = mean_loss(h, i, WINDOW);
		if (isfinite(mean) && !(mean <= highest)) {
			highest = mean;
			*iter = h->steps[i].iter;
		}
		if (i + WINDOW >= h->n_steps)
			break;
	}
	return highest;
}

/* A change after iteration k acts from k+1 on; a loss that is not finite was met in iteration k
 * itself. */
static void look_at_markers(struct outlook *o)
{
	int64_t from = o->prev ? o->prev->iter : -1, to = o->e->iter;
	for (size_t i = 0; i < o->h->n_markers; i++) {
		const struct history_marker *m = &o->h->markers[i];
		if (m->kind == MARK_LR_UP && m->iter >= from && m->iter < to && m->was > 0 &&
		    m->value >= 1.5 * m->was)
			o->lr_up = m;
		if (m->kind == MARK_NONFINITE && m->iter > from && m->iter <= to)
			o->nonfinite = m;
	}
}

static void look_at_steps(struct outlook *o)
{
	o->spike_from = o->prev ? train_loss(o->prev) : NAN;
	o->spike_to = train_loss(o->e);
	o->spike_iter = o->e->iter;
	if (o->lr_up) {
		size_t at = step_after(o->h, o->lr_up->iter);
		size_t n = at < WINDOW ? at : WINDOW;
		double before = mean_loss(o->h, at - n, n);
		double after = highest_window(o->h, at, &o->spike_iter);
		if (isfinite(before) && isfinite(after)) {
			o->spike_from = before;
			o->spike_to = after;
		}
		return;
	}
	double highest =
	    o->prev ? highest_window(o->h, step_after(o->h, o->prev->iter), &o->spike_iter) : NAN;
	if (isfinite(highest))
		o->spike_to = fmax(highest, train_loss(o->e));
}

static void look(struct outlook *o, const struct history *h, const char *thawed)
{
	*o = (struct outlook){.h = h, .e = &h->epochs[h->n_epochs - 1], .thawed = thawed};
	o->prev = back(o, 1);
	for (size_t i = 0; i < o->e->n_classes; i++)
		o->n_valid += fmax((double)o->e->classes[i].n, 0);
	if (!(o->n_valid > 0))
		o->n_valid = fmax((double)h->run.n_valid, 0);
	o->n_classes = (double)(o->e->n_classes ? o->e->n_classes : h->run.n_classes);
	o->tolerance = o->n_valid > 0 ? fmax(ACC_TOLERANCE, 1 / o->n_valid) : ACC_TOLERANCE;
	o->tolerance += 1e-9; /* 0.785 - 0.780 is a little more than 0.005 */
	o->best_before = NAN;
	for (size_t i = 0; i + 1 < h->n_epochs; i++)
		if (isfinite(acc(&h->epochs[i])) && !(acc(&h->epochs[i]) <= o->best_before)) {
			o->best_before = acc(&h->epochs[i]);
			o->best_number = h->epochs[i].epoch;
		}
	look_at_markers(o);
	look_at_steps(o);
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
	strbuf_addf(w, "recovered: loss %s at iteration %lld, lr %g -> %g",
		    diverged ? "diverged" : "not finite", (long long)o->nonfinite->iter,
		    o->nonfinite->was, o->nonfinite->value);
}

static bool is_recovered(const struct outlook *o)
{
	const struct history_epoch *ref = before_trouble(o);
	return ref && acc(o->e) >= acc(ref) - o->tolerance;
}

static void say_recovered(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "recovered: validation %.3f -> %.3f, as in epoch %lld", acc(o->prev),
		    acc(o->e), (long long)before_trouble(o)->epoch);
}

static bool is_thawed(const struct outlook *o)
{
	return o->prev && *o->thawed;
}

static void say_thawed(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "fine-tuning started: %s thawed", o->thawed);
	if (o->e->lr.valid)
		strbuf_addf(w, " at lr %g", o->e->lr.value);
	if (isfinite(acc(o->prev)) && isfinite(acc(o->e)))
		strbuf_addf(w, ", validation %.3f -> %.3f", acc(o->prev), acc(o->e));
}

static bool is_spiked_lr(const struct outlook *o)
{
	return o->lr_up && o->spike_to > 1.5 * o->spike_from && o->spike_to > o->spike_from + 0.25;
}

static void say_spiked_lr(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "loss spiked after learning rate %.3g -> %.3g at iteration %lld: %.3f -> %.3f",
		    o->lr_up->was, o->lr_up->value, (long long)o->lr_up->iter, o->spike_from,
		    o->spike_to);
}

static bool is_diverged(const struct outlook *o)
{
	return o->prev && valid_loss(o->e) > 2 * guessing_loss(o) &&
	       valid_loss(o->e) > 2 * valid_loss(o->prev);
}

static void say_diverged(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "diverged: validation loss %.3f -> %.3f, guessing gives %.3f",
		    valid_loss(o->prev), valid_loss(o->e), guessing_loss(o));
}

static bool is_spiked(const struct outlook *o)
{
	return o->prev && o->spike_to > 2 * o->spike_from && o->spike_to > o->spike_from + 0.5;
}

static void say_spiked(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "loss spiked: training %.3f -> %.3f around iteration %lld", o->spike_from,
		    o->spike_to, (long long)o->spike_iter);
}

static bool is_chance(const struct outlook *o)
{
	if (o->n_classes < 2)
		return false;
	double p = 1 / o->n_classes;
	double sigma = o->n_valid > 0 ? sqrt(p * (1 - p) / o->n_valid) : 0;
	return acc(o->e) <= p + 1.64 * sigma;
}

static void say_chance(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "at chance level: validation %.3f, guessing gives %.3f", acc(o->e),
		    1 / o->n_classes);
}

static bool is_first(const struct outlook *o)
{
	return !o->prev && isfinite(acc(o->e));
}

static void say_first(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "first epoch: validation %.3f", acc(o->e));
}

static bool loss_diverging(const struct history_epoch *from, const struct history_epoch *to)
{
	return train_loss(to) < train_loss(from) && valid_loss(to) > 1.01 * valid_loss(from);
}

static bool is_overfitting(const struct outlook *o)
{
	const struct history_epoch *e2 = back(o, 2);
	return e2 && !(acc(o->e) > o->best_before + o->tolerance) && loss_diverging(e2, o->prev) &&
	       loss_diverging(o->prev, o->e);
}

static void say_overfitting(const struct outlook *o, struct strbuf *w)
{
	size_t n = 2;
	while (back(o, n + 1) && loss_diverging(back(o, n + 1), back(o, n)))
		n++;
	strbuf_addf(w, "overfitting: training loss falls, validation loss rises %zu epochs", n);
}

static bool is_improving(const struct outlook *o)
{
	return o->prev && acc(o->e) > acc(o->prev) + o->tolerance;
}

static void say_improving(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "improving: validation %.3f -> %.3f", acc(o->prev), acc(o->e));
	if (acc(o->e) > o->best_before)
		strbuf_addstr(w, ", best so far");
	else
		strbuf_addf(w, ", best %.3f in epoch %lld", o->best_before,
			    (long long)o->best_number);
}

/* How many epochs on end, this one included, stay within the tolerance of each other. */
static size_t flat_epochs(const struct outlook *o)
{
	double low = acc(o->e), high = low, loss = valid_loss(o->e);
	size_t n = 0;
	for (const struct history_epoch *e; (e = back(o, n)); n++) {
		low = fmin(low, acc(e));
		high = fmax(high, acc(e));
		if (!isfinite(acc(e)) || !(high - low <= o->tolerance) ||
		    !(fabs(valid_loss(e) - loss) <= 0.03 * fabs(loss)))
			break;
	}
	return n;
}

static bool is_plateau(const struct outlook *o)
{
	return flat_epochs(o) >= PLATEAU_EPOCHS;
}

static void say_plateau(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "plateau: validation within %.1f points for %zu epochs", 100 * o->tolerance,
		    flat_epochs(o));
}

static bool is_best(const struct outlook *o)
{
	return o->prev && acc(o->e) > o->best_before;
}

static void say_best(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "best so far: validation %.3f, before %.3f", acc(o->e), o->best_before);
}

static bool is_loss_improving(const struct outlook *o)
{
	return o->prev && valid_loss(o->e) < 0.97 * valid_loss(o->prev) &&
	       !(acc(o->e) < acc(o->prev) - o->tolerance);
}

static void say_loss_improving(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "improving: validation loss %.3f -> %.3f", valid_loss(o->prev),
		    valid_loss(o->e));
}

static bool is_worse(const struct outlook *o)
{
	return o->prev && acc(o->e) < acc(o->prev) - o->tolerance;
}

static void say_worse(const struct outlook *o, struct strbuf *w)
{
	strbuf_addf(w, "worse: validation %.3f -> %.3f", acc(o->prev), acc(o->e));
}

static bool always(const struct outlook *o)
{
	(void)o;
	return true;
}

static void say_steady(const struct outlook *o, struct strbuf *w)
{
	if (o->prev && isfinite(acc(o->prev)) && isfinite(acc(o->e)))
		strbuf_addf(w, "steady: validation %.3f -> %.3f", acc(o->prev), acc(o->e));
}

static const struct rule {
	enum observation kind;
	bool (*applies)(const struct outlook *o);
	void (*say)(const struct outlook *o, struct strbuf *words);
} rules[] = {
    {OBS_DIVERGED, is_nonfinite, say_nonfinite},
    {OBS_RECOVERED, is_restored, say_restored},
    {OBS_RECOVERED, is_recovered, say_recovered},
    {OBS_FINETUNING_STARTED, is_thawed, say_thawed},
    {OBS_LOSS_SPIKED_LR, is_spiked_lr, say_spiked_lr},
    {OBS_DIVERGED, is_diverged, say_diverged},
    {OBS_LOSS_SPIKED, is_spiked, say_spiked},
    {OBS_CHANCE, is_chance, say_chance},
    {OBS_FIRST, is_first, say_first},
    {OBS_OVERFITTING, is_overfitting, say_overfitting},
    {OBS_IMPROVING, is_improving, say_improving},
    {OBS_PLATEAU, is_plateau, say_plateau},
    {OBS_BEST, is_best, say_best},
    {OBS_IMPROVING, is_loss_improving, say_loss_improving},
    {OBS_WORSE, is_worse, say_worse},
    {OBS_NONE, always, say_steady},
};

const char *observation_name(enum observation o)
{
	static const char *const names[OBS_N] = {
	    [OBS_NONE] = "none",
	    [OBS_FIRST] = "first",
	    [OBS_IMPROVING] = "improving",
	    [OBS_BEST] = "best",
	    [OBS_PLATEAU] = "plateau",
	    [OBS_OVERFITTING] = "overfitting",
	    [OBS_FINETUNING_STARTED] = "fine-tuning started",
	    [OBS_LOSS_SPIKED_LR] = "loss spiked after learning-rate change",
	    [OBS_LOSS_SPIKED] = "loss spiked",
	    [OBS_DIVERGED] = "diverged",
	    [OBS_RECOVERED] = "recovered",
	    [OBS_WORSE] = "worse",
	    [OBS_CHANCE] = "chance",
	};
	return (int)o >= 0 && o < OBS_N ? names[o] : "?";
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
	e->words = words.len ? strbuf_detach(&words) : text_copy(NULL);
}
