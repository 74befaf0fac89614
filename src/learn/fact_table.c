/* The facts, one function each and one row of the table at the end. */
#include "fact_table.h"

#include "thaw/learn/moments.h"

#include "thaw/base/shorten.h"
#include "thaw/base/words.h"
#include "thaw/base/file.h"

#include <math.h>
#include <string.h>

#define NAME_W 40 /* columns of a name in a sentence */

static double params_of_all(const struct history *h)
{
	double sum = 0;
	for (size_t i = 0; i < h->n_layers; i++)
		sum += fmax((double)h->layers[i].info.params, 0);
	return sum;
}

static void add_percent(struct strbuf *out, struct opt_double share)
{
	if (opt_finite(share))
		strbuf_addf(out, "%s %%", words_percent(share.value));
}

static void add_accuracy(struct strbuf *out, const struct history_epoch *e)
{
	if (e)
		add_percent(out, e->valid.acc);
}

static void add_count(struct strbuf *out, int64_t n)
{
	if (n > 0)
		strbuf_addstr(out, words_count(n));
}

static void add_loss(struct strbuf *out, struct opt_double loss)
{
	if (opt_finite(loss))
		strbuf_addstr(out, words_loss(loss.value));
}

static void add_rate(struct strbuf *out, double lr)
{
	if (isfinite(lr) && lr > 0)
		strbuf_addstr(out, words_rate(lr));
}

/* "0.07 %": two digits that count. */
static void add_share(struct strbuf *out, double part, double whole)
{
	double percent = 100 * part / whole;
	if (whole > 0 && part > 0 && part <= whole)
		strbuf_addf(out, percent < 10 ? "%.2g %%" : "%.0f %%", percent);
}

static void add_shape(struct strbuf *out, int64_t w, int64_t h, int64_t c)
{
	if (w > 0 && h > 0 && c > 0)
		strbuf_addf(out, "%lld×%lld×%lld", (long long)w, (long long)h, (long long)c);
}

static void fact_classes(const struct facts *f, struct strbuf *out)
{
	add_count(out, (int64_t)f->history->run.n_classes);
}

static void fact_n_train(const struct facts *f, struct strbuf *out)
{
	add_count(out, f->history->run.n_train);
}

static void fact_n_valid(const struct facts *f, struct strbuf *out)
{
	add_count(out, f->history->run.n_valid);
}

static void fact_batch(const struct facts *f, struct strbuf *out)
{
	add_count(out, f->history->run.batch);
}

static void fact_epochs(const struct facts *f, struct strbuf *out)
{
	add_count(out, f->history->run.epochs);
}

static void fact_iterations(const struct facts *f, struct strbuf *out)
{
	add_count(out, f->history->run.iterations);
}

static void fact_seed(const struct facts *f, struct strbuf *out)
{
	if (f->history->has_run)
		strbuf_addf(out, "%lld", (long long)f->history->run.seed);
}

static void fact_input(const struct facts *f, struct strbuf *out)
{
	const struct event_run *r = &f->history->run;
	add_shape(out, r->input_w, r->input_h, r->input_c);
}

static void fact_layers(const struct facts *f, struct strbuf *out)
{
	add_count(out, (int64_t)f->history->n_layers);
}

static void fact_params(const struct facts *f, struct strbuf *out)
{
	add_count(out, (int64_t)params_of_all(f->history));
}

static void fact_weights(const struct facts *f, struct strbuf *out)
{
	if (f->history->has_run)
		shorten(out, path_tail(f->history->run.weights, 1), NAME_W, true);
}

static const struct event_layer *head_of(const struct facts *f)
{
	const struct history *h = f->history;
	return h->head >= 0 && h->head < (int64_t)h->n_layers ? &h->layers[h->head].info : NULL;
}

static void fact_head_layer(const struct facts *f, struct strbuf *out)
{
	if (head_of(f))
		strbuf_addf(out, "%lld", (long long)head_of(f)->index);
}

static void fact_head_params(const struct facts *f, struct strbuf *out)
{
	if (head_of(f))
		add_count(out, head_of(f)->params);
}

static void fact_head_in(const struct facts *f, struct strbuf *out)
{
	const struct event_layer *l = head_of(f);
	if (l)
		add_shape(out, l->in_w, l->in_h, l->in_c);
}

static void fact_head_out(const struct facts *f, struct strbuf *out)
{
	const struct event_layer *l = head_of(f);
	if (l)
		add_shape(out, l->out_w, l->out_h, l->out_c);
}

/* "0-17" of "0-17 frozen (phase)". */
static void add_ranges(struct strbuf *out, const struct history_marker *m)
{
	if (m && m->text)
		strbuf_add(out, m->text, strcspn(m->text, " "));
}

static void fact_frozen(const struct facts *f, struct strbuf *out)
{
	add_ranges(out, moments_first_freeze(f->history));
}

static void fact_trainable_head(const struct facts *f, struct strbuf *out)
{
	const struct history_marker *m = moments_first_freeze(f->history);
	if (m)
		add_count(out, (int64_t)m->value);
}

static void fact_share_head(const struct facts *f, struct strbuf *out)
{
	const struct history_marker *m = moments_first_freeze(f->history);
	if (m)
		add_share(out, m->value, params_of_all(f->history));
}

static void fact_lr_head(const struct facts *f, struct strbuf *out)
{
	add_rate(out, moments_rate_head(f->history));
}

static void fact_guess_acc(const struct facts *f, struct strbuf *out)
{
	if (f->history->run.n_classes > 1)
		add_percent(out, opt_of(1 / (double)f->history->run.n_classes));
}

static void fact_guess_loss(const struct facts *f, struct strbuf *out)
{
	if (f->history->run.n_classes > 1)
		add_loss(out, opt_of(log((double)f->history->run.n_classes)));
}

static void fact_acc_first(const struct facts *f, struct strbuf *out)
{
	add_accuracy(out, f->history->n_epochs ? &f->history->epochs[0] : NULL);
}

static void fact_acc_head(const struct facts *f, struct strbuf *out)
{
	add_accuracy(out, moments_best_before(f->history));
}

static void fact_acc_before_thaw(const struct facts *f, struct strbuf *out)
{
	if (moments_thaw(f->history))
		add_accuracy(out, moments_before(f->history));
}

static void fact_thawed(const struct facts *f, struct strbuf *out)
{
	add_ranges(out, moments_thaw(f->history));
}

static void fact_thaw_iter(const struct facts *f, struct strbuf *out)
{
	const struct history_marker *m = moments_thaw(f->history);
	if (m)
		add_count(out, m->iter);
}

static void fact_thaw_epoch(const struct facts *f, struct strbuf *out)
{
	if (moments_thaw(f->history) && moments_after(f->history))
		add_count(out, moments_after(f->history)->epoch);
}

static void fact_trainable_tune(const struct facts *f, struct strbuf *out)
{
	const struct history_marker *m = moments_thaw(f->history);
	if (m)
		add_count(out, (int64_t)m->value);
}

static void fact_share_tune(const struct facts *f, struct strbuf *out)
{
	const struct history_marker *m = moments_thaw(f->history);
	if (m)
		add_share(out, m->value, params_of_all(f->history));
}

static void fact_lr_tune(const struct facts *f, struct strbuf *out)
{
	add_rate(out, moments_rate_tune(f->history));
}

static void fact_lr_ratio(const struct facts *f, struct strbuf *out)
{
	double ratio = moments_rate_head(f->history) / moments_rate_tune(f->history);
	if (isfinite(ratio) && ratio >= 1.05)
		strbuf_addf(out, ratio < 10 ? "%.2g" : "%.0f", ratio);
}

static void fact_acc_after_thaw(const struct facts *f, struct strbuf *out)
{
	if (moments_thaw(f->history))
		add_accuracy(out, moments_after(f->history));
}

static void fact_acc_tune(const struct facts *f, struct strbuf *out)
{
	if (moments_thaw(f->history))
		add_accuracy(out, moments_best_after(f->history));
}

static void fact_gain(const struct facts *f, struct strbuf *out)
{
	const struct history_epoch *best = moments_best_after(f->history);
	if (moments_thawed(f->history) && best && moments_before(f->history)->valid.acc.valid)
		strbuf_addf(
		    out, "%+.1f points",
		    100 * (best->valid.acc.value - moments_before(f->history)->valid.acc.value));
}

static const struct history_epoch *best_epoch(const struct facts *f)
{
	const struct history *h = f->history;
	return h->best_epoch >= 0 ? &h->epochs[h->best_epoch] : NULL;
}

static void fact_best_acc(const struct facts *f, struct strbuf *out)
{
	add_accuracy(out, best_epoch(f));
}

static void fact_best_epoch(const struct facts *f, struct strbuf *out)
{
	if (best_epoch(f))
		add_count(out, best_epoch(f)->epoch);
}

static void fact_acc_now(const struct facts *f, struct strbuf *out)
{
	const struct history *h = f->history;
	add_accuracy(out, h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL);
}

/* The class of the newest figures with the lowest (sign 1) or highest (-1) recall. */
static const struct event_class *class_at_end(const struct facts *f, double sign)
{
	const struct history_epoch *e = history_newest_classes(f->history, NULL);
	const struct event_class *found = NULL;
	double least = INFINITY;
	for (size_t i = 0; e && i < e->n_classes; i++) {
		bool valid;
		double recall = class_recall(&e->classes[i], &valid);
		if (valid && sign * recall < least) {
			least = sign * recall;
			found = &e->classes[i];
		}
	}
	return found;
}

static void add_class(struct strbuf *out, const struct event_class *c)
{
	if (c && c->name)
		shorten(out, c->name, NAME_W, true);
}

static void add_recall(struct strbuf *out, const struct event_class *c)
{
	bool valid;
	double recall = c ? class_recall(c, &valid) : NAN;
	add_percent(out, opt_of(recall));
}

static void fact_worst_class(const struct facts *f, struct strbuf *out)
{
	add_class(out, class_at_end(f, 1));
}

static void fact_worst_recall(const struct facts *f, struct strbuf *out)
{
	add_recall(out, class_at_end(f, 1));
}

static void fact_best_class(const struct facts *f, struct strbuf *out)
{
	add_class(out, class_at_end(f, -1));
}

static void fact_best_recall(const struct facts *f, struct strbuf *out)
{
	add_recall(out, class_at_end(f, -1));
}

/* The largest count off the diagonal, and where; 0 when there is none. */
static int64_t most_confused(const struct facts *f, size_t *truth, size_t *said)
{
	const struct history_epoch *e = history_newest_classes(f->history, NULL);
	int64_t most = 0;
	for (size_t i = 0; e && e->confusion && i < e->n_classes * e->n_classes; i++)
		if (e->confusion[i] > most && i / e->n_classes != i % e->n_classes) {
			most = e->confusion[i];
			*truth = i / e->n_classes;
			*said = i % e->n_classes;
		}
	return most;
}

static void fact_confused_pair(const struct facts *f, struct strbuf *out)
{
	size_t truth, said;
	if (most_confused(f, &truth, &said) == 0)
		return;
	shorten(out, history_class_name(f->history, (int64_t)truth), NAME_W, true);
	strbuf_addstr(out, " taken for ");
	shorten(out, history_class_name(f->history, (int64_t)said), NAME_W, true);
}

static void fact_confused_n(const struct facts *f, struct strbuf *out)
{
	size_t truth, said;
	add_count(out, most_confused(f, &truth, &said));
}

static void fact_cache_saved(const struct facts *f, struct strbuf *out)
{
	double share;
	if (history_cache_saved(f->history, &share))
		add_share(out, share, 1);
}

static void fact_overfit_epoch(const struct facts *f, struct strbuf *out)
{
	if (moments_overfit(f->history))
		add_count(out, moments_overfit(f->history)->epoch);
}

static void fact_nonfinite_iter(const struct facts *f, struct strbuf *out)
{
	if (moments_nonfinite(f->history))
		add_count(out, moments_nonfinite(f->history)->iter);
}

/* What an epoch took, on average. */
static void add_seconds(struct strbuf *out, const struct history_epoch *from,
			const struct history_epoch *end)
{
	double sum = 0;
	for (const struct history_epoch *e = from; e < end; e++)
		sum += opt_or_nan(history_epoch_seconds(e));
	if (from && end > from && isfinite(sum) && sum > 0)
		strbuf_addstr(out, words_duration(sum / (double)(end - from)));
}

static void fact_head_seconds(const struct facts *f, struct strbuf *out)
{
	const struct history_epoch *last = moments_before(f->history);
	if (last)
		add_seconds(out, f->history->epochs, last + 1);
}

static void fact_tune_seconds(const struct facts *f, struct strbuf *out)
{
	const struct history *h = f->history;
	if (moments_thaw(h) && moments_after(h))
		add_seconds(out, moments_after(h), h->epochs + h->n_epochs);
}

/* ---- facts of the point ---- */

static const struct history_epoch *before_point(const struct facts *f)
{
	return f->point && f->point > f->history->epochs ? f->point - 1 : NULL;
}

static void fact_point_epoch(const struct facts *f, struct strbuf *out)
{
	if (f->point)
		add_count(out, f->point->epoch);
}

static void fact_point_acc(const struct facts *f, struct strbuf *out)
{
	add_accuracy(out, f->point);
}

static void fact_point_acc_was(const struct facts *f, struct strbuf *out)
{
	add_accuracy(out, before_point(f));
}

static void fact_point_train_acc(const struct facts *f, struct strbuf *out)
{
	if (f->point)
		add_percent(out, f->point->train.acc);
}

static void fact_point_loss(const struct facts *f, struct strbuf *out)
{
	if (f->point)
		add_loss(out, f->point->train.loss);
}

static void fact_point_valid_loss(const struct facts *f, struct strbuf *out)
{
	if (f->point)
		add_loss(out, f->point->valid.loss);
}

static void fact_point_lr(const struct facts *f, struct strbuf *out)
{
	if (f->point)
		add_rate(out, opt_or_nan(f->point->lr));
}

#define FACT(name)                                                                                 \
	{                                                                                          \
#name, fact_##name                                                                 \
	}

const struct fact fact_table[] = {
    FACT(classes),
    FACT(n_train),
    FACT(n_valid),
    FACT(batch),
    FACT(epochs),
    FACT(iterations),
    FACT(seed),
    FACT(input),
    FACT(layers),
    FACT(params),
    FACT(weights),
    FACT(head_layer),
    FACT(head_params),
    FACT(head_in),
    FACT(head_out),
    FACT(frozen),
    FACT(trainable_head),
    FACT(share_head),
    FACT(lr_head),
    FACT(guess_acc),
    FACT(guess_loss),
    FACT(acc_first),
    FACT(acc_head),
    FACT(acc_before_thaw),
    FACT(thawed),
    FACT(thaw_iter),
    FACT(thaw_epoch),
    FACT(trainable_tune),
    FACT(share_tune),
    FACT(lr_tune),
    FACT(lr_ratio),
    FACT(acc_after_thaw),
    FACT(acc_tune),
    FACT(gain),
    FACT(best_acc),
    FACT(best_epoch),
    FACT(acc_now),
    FACT(worst_class),
    FACT(worst_recall),
    FACT(best_class),
    FACT(best_recall),
    FACT(confused_pair),
    FACT(confused_n),
    FACT(cache_saved),
    FACT(overfit_epoch),
    FACT(nonfinite_iter),
    FACT(head_seconds),
    FACT(tune_seconds),
    FACT(point_epoch),
    FACT(point_acc),
    FACT(point_acc_was),
    FACT(point_train_acc),
    FACT(point_loss),
    FACT(point_valid_loss),
    FACT(point_lr),
};

const size_t n_facts = sizeof(fact_table) / sizeof(*fact_table);
