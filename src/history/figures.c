/* Figures that a screen or a report computes from a history, and how they are written. */
#include "fold.h"

#include "thaw/base/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double ratio(double part, double whole, bool *valid)
{
	*valid = whole > 0 && part >= 0;
	return *valid ? part / whole : 0;
}

double class_precision(const struct event_class *c, bool *valid)
{
	return ratio((double)c->tp, (double)c->tp + (double)c->fp, valid);
}

double class_recall(const struct event_class *c, bool *valid)
{
	return ratio((double)c->tp, (double)c->n, valid);
}

/* 2 tp / (2 tp + fp + fn), which is defined wherever the class was seen or predicted. */
double class_f1(const struct event_class *c, bool *valid)
{
	double twice = 2 * (double)c->tp;
	return ratio(twice, (double)c->tp + (double)c->fp + (double)c->n, valid);
}

double classes_f1(const struct event_class *classes, size_t n, bool *valid)
{
	double sum = 0;
	size_t n_known = 0;
	for (size_t i = 0; i < n; i++) {
		bool known;
		sum += class_f1(&classes[i], &known);
		n_known += known;
	}
	return ratio(sum, (double)n_known, valid);
}

static struct opt_double recall_of(const char *name, const struct event_class *classes, size_t n)
{
	struct opt_double out = {0};
	for (size_t i = 0; i < n; i++)
		if (classes[i].name && strcmp(classes[i].name, name) == 0) {
			out.value = class_recall(&classes[i], &out.valid);
			break;
		}
	return out;
}

struct opt_double metric_value(const struct metric *m, const struct event_score *valid,
			       const struct event_class *classes, size_t n_classes)
{
	struct opt_double out = {0};
	switch (m->kind) {
	case METRIC_LOSS:
		return valid->loss;
	case METRIC_F1:
		out.value = classes_f1(classes, n_classes, &out.valid);
		return out;
	case METRIC_RECALL:
		return recall_of(m->of, classes, n_classes);
	default:
		return valid->acc;
	}
}

struct metric history_metric(const struct history *h)
{
	struct metric m;
	metric_parse(h->has_run ? h->run.best_by : NULL, &m);
	return m;
}

struct history_best history_best(const struct history *h)
{
	if (h->best_epoch < 0)
		return h->dropped;
	const struct history_epoch *e = &h->epochs[h->best_epoch];
	return (struct history_best){e->epoch, e->score, e->valid.acc, e->valid.loss, false};
}

const char *history_best_words(const struct history *h, struct strbuf *out)
{
	const struct history_best best = history_best(h);
	const struct metric m = history_metric(h);
	bool share = m.kind == METRIC_ACCURACY || m.kind == METRIC_RECALL;
	strbuf_reset(out);
	if (m.kind != METRIC_ACCURACY) {
		metric_words(&m, out);
		strbuf_addch(out, ' ');
	}
	strbuf_addf(out, share ? "%s %%" : "%s",
		    words_opt(share ? words_percent : words_loss, best.score));
	return out->buf;
}

size_t confusion_worst(const int64_t *confusion, size_t n_classes, struct confusion_pair *out,
		       size_t most)
{
	size_t n = 0;
	for (size_t i = 0; i < n_classes; i++)
		for (size_t j = 0; j < n_classes; j++) {
			int64_t count = confusion[i * n_classes + j];
			if (i == j || count <= 0 ||
			    (n == most && (!n || count <= out[n - 1].count)))
				continue;
			n += n < most;
			size_t at = n - 1;
			for (; at > 0 && out[at - 1].count < count; at--)
				out[at] = out[at - 1];
			out[at] = (struct confusion_pair){count, i, j};
		}
	return n;
}

size_t history_digests_changed(const struct history *h)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_layers; i++)
		n += h->layers[i].digest_changed;
	return n;
}

/* Not "100 %" for 99.97 %: the head is still computed. */
static void add_percent(struct strbuf *out, double share)
{
	double percent = 100 * share;
	if (percent > 99 && percent < 100)
		strbuf_addf(out, "%.1f %%", floor(percent * 10) / 10);
	else
		strbuf_addf(out, "%.0f %%", percent);
}

bool history_cache_words(const struct history *h, int brevity, struct strbuf *out)
{
	const struct event_cache *c = &h->cache;
	bool saves = c->saved.valid && c->saved.value > 0 && c->saved.value <= 1;
	double memory = fmax((double)c->memory_bytes, 0), file = fmax((double)c->file_bytes, 0);
	if (!h->has_cache)
		return false;
	strbuf_addf(out, "cache 0-%lld", (long long)c->layer);
	if (brevity < 2)
		strbuf_addf(out, ": %s, %s", words_n(c->images, "image"),
			    words_bytes(brevity ? memory + file : memory));
	if (brevity < 1 && file > 0)
		strbuf_addf(out, " in memory, %s on disk", words_bytes(file));
	if (saves) {
		strbuf_addstr(out, brevity < 2 ? ", saves " : " saves ");
		add_percent(out, c->saved.value);
	} else if (brevity < 1) {
		strbuf_addstr(out, ", nothing saved yet");
	}
	if (saves && brevity < 1)
		strbuf_addstr(out, " of the forward pass");
	return true;
}

static void add_setting(struct strbuf *out, const char *name, struct opt_double v)
{
	if (v.valid)
		strbuf_addf(out, ", %s %g", name, v.value);
}

bool history_learning_words(const struct history *h, int brevity, struct strbuf *out)
{
	const struct event_run *r = &h->run;
	if (!h->has_run || !r->optimizer || !*r->optimizer)
		return false;
	strbuf_addf(out, "%.40s", r->optimizer);
	if (brevity < 1) {
		add_setting(out, "momentum", r->momentum);
		add_setting(out, "b1", r->b1);
		add_setting(out, "b2", r->b2);
	}
	if (!r->weighting || strcmp(r->weighting, "none") == 0)
		return true;
	if (brevity < 1)
		strbuf_addf(out, ", classes weighted (%.40s)", r->weighting);
	else if (brevity < 2)
		strbuf_addstr(out, ", weighted");
	return true;
}

bool history_cache_saved(const struct history *h, double *share)
{
	bool told = false;
	double sum = 0;
	for (size_t i = 0; i < h->n_epochs; i++) {
		told = told || h->epochs[i].saved.valid;
		sum += h->epochs[i].saved.value; /* every epoch sees as many pictures */
	}
	*share = told ? sum / (double)h->n_epochs : 0;
	return told;
}

double step_image_seconds(const struct history_step *s)
{
	return opt_finite(s->ips) && s->ips.value > 0 ? 1 / s->ips.value : 0;
}

bool history_wait(const struct history *h, size_t n, double *share)
{
	double waited = 0, all = 0;
	size_t from = n < h->n_steps ? h->n_steps - n : 0, end = h->n_steps;
	for (size_t k = h->n_spells; end > from; k--) { /* a spell at a time, the last first */
		size_t first = history_spell(h, k - 1)->first > from ? history_spell(h, k - 1)->first : from;
		struct history_step s = history_step_next(h, first, &(size_t){k - 1});
		double seconds = step_image_seconds(&s) * (double)(end - first);
		all += seconds;
		if (s.wait.valid)
			waited += seconds * fmin(fmax(s.wait.value, 0), 1);
		end = first;
	}
	*share = all > 0 ? waited / all : 0;
	return waited > 0;
}

bool history_data_bound(const struct history *h, double *share)
{
	enum { RECENT = 20, FEWEST = 5 }; /* an epoch's first batch is always waited for */
	return h->state == RUN_TRAINING && h->n_steps >= FEWEST && history_wait(h, RECENT, share) &&
	       *share > HISTORY_DATA_BOUND;
}

struct opt_double history_speed(const struct history *h)
{
	bool trains = h->n_steps > 0 && h->state == RUN_TRAINING;
	return trains ? history_step_at(h, h->n_steps - 1).ips : (struct opt_double){0};
}

struct opt_double history_epoch_seconds(const struct history_epoch *e)
{
	const struct event_seconds *s = &e->seconds;
	return (struct opt_double){(s->train.valid ? s->train.value : 0) +
				       (s->valid.valid ? s->valid.value : 0),
				   s->train.valid || s->valid.valid};
}

bool history_timed(const struct history *h)
{
	return !h->run.clock || strcmp(h->run.clock, "none") != 0;
}

const char *history_unit(const struct history *h)
{
	return h->run.unit && *h->run.unit ? h->run.unit : "epoch";
}

double history_seconds(const struct history *h)
{
	if (!history_timed(h))
		return NAN;
	return h->ended && h->end.seconds.valid ? h->end.seconds.value : (double)h->t_ms / 1000;
}

bool history_layer_learns(const struct history_layer *l)
{
	return l->info.params > 0;
}

const char *history_class_name(const struct history *h, int64_t i)
{
	if (!h->has_run || i < 0 || (size_t)i >= h->run.n_classes || !h->run.classes[i])
		return "?";
	return h->run.classes[i];
}

const struct history_epoch *history_newest_classes(const struct history *h,
					   const struct history_epoch **before)
{
	const struct history_epoch *newest = NULL;
	if (before)
		*before = NULL;
	for (size_t i = h->n_epochs; i-- > 0;) {
		const struct history_epoch *e = &h->epochs[i];
		if (e->n_classes == 0)
			continue;
		if (newest) {
			if (before && e->n_classes == newest->n_classes)
				*before = e;
			break;
		}
		newest = e;
	}
	return newest;
}

const double *history_probe_probs(const struct history *h, size_t probe, size_t epoch_index)
{
	if (probe >= h->n_probes || epoch_index >= h->n_probe_epochs || !h->has_run)
		return NULL;
	const struct history_probe_row *row = &h->probe_rows[epoch_index];
	return probe < row->n_probes ? row->probs + probe * h->run.n_classes : NULL;
}

int history_probe_top(const struct history *h, const double *probs)
{
	int top = 0;
	for (size_t i = 1; i < h->run.n_classes; i++)
		if (probs[i] > probs[top])
			top = (int)i;
	return top;
}

bool history_killed_words(const struct history *h, struct strbuf *out)
{
	if (!h->killed.on)
		return false;
	strbuf_addf(out, "killed, probably for memory: peak %s",
		    words_opt(words_bytes, h->killed.peak));
	if (h->killed.limit.valid)
		strbuf_addf(out, " of %s", words_bytes(h->killed.limit.value));
	return true;
}

void history_end_words(const struct history *h, struct strbuf *out)
{
	const char *status = end_status_name(h->end.status), *reason = h->end.reason;
	bool said = reason && strncmp(reason, status, strlen(status)) == 0;
	strbuf_addstr(out, said ? reason : status);
	if (!said && reason && *reason)
		strbuf_addf(out, ": %s", reason);
}
