#include "thaw/run/summary.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/plain.h"
#include "thaw/base/words.h"
#include "thaw/event/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

#define P struct run_point
static const struct field point_fields[] = {
    FIELD_COUNT_ROW(P, epoch),
    FIELD_DOUBLE_ROW(P, acc),
    FIELD_OPT_ROW(P, loss),
};
static const struct record point_record = RECORD_OF(P, point_fields);

static const struct name_list status_names = {run_status_names, RUN_STATUS_N, NULL};

#define S struct run_summary
static const struct field summary_fields[] = {
    FIELD_STRING_ROW(S, name),
    FIELD_STRING_ROW(S, path),
    FIELD_NAME_ROW(S, status, &status_names),
    FIELD_OPT_STRING_ROW(S, unsaved),
    FIELD_OPT_STRING_ROW(S, error),
    FIELD_OPT_STRING_ROW(S, asks),
    FIELD_STRING_ROW(S, doing),
    FIELD_STRING_ROW(S, why),
    FIELD_BOOL_ROW(S, resumable),
    FIELD_AMOUNT_ROW(S, started),
    FIELD_AMOUNT_ROW(S, changed),
    FIELD_AMOUNT_ROW(S, log_bytes),
    FIELD_AMOUNT_ROW(S, seq),
    FIELD_COUNT_ROW(S, n_epochs),
    FIELD_COUNT_ROW(S, epoch),
    FIELD_COUNT_ROW(S, epochs),
    FIELD_COUNT_ROW(S, iteration),
    FIELD_COUNT_ROW(S, iterations),
    FIELD_DOUBLE_ROW(S, progress),
    FIELD_OPT_ROW(S, eta_ms),
    FIELD_DOUBLE_ROW(S, seconds),
    FIELD_STRING_ROW(S, phase),
    FIELD_OPT_ROW(S, best_acc),
    FIELD_COUNT_ROW(S, best_epoch),
    FIELD_OPT_ROW(S, last_acc),
    FIELD_OPT_ROW(S, last_loss),
    FIELD_OPT_ROW(S, train_loss),
    FIELD_OPT_ROW(S, lr),
    FIELD_OPT_ROW(S, speed),
    FIELD_STRING_ROW(S, observation),
    FIELD_ARRAY_ROW(S, curve, &point_record),
    FIELD_STRING_ROW(S, device),
    FIELD_STRING_ROW(S, lately),
    FIELD_STRING_ROW(S, cfg),
    FIELD_STRING_ROW(S, weights),
    FIELD_STRING_ROW(S, data),
    FIELD_COUNT_ROW(S, n_classes),
    FIELD_COUNT_ROW(S, n_train),
    FIELD_COUNT_ROW(S, n_valid),
    FIELD_COUNT_ROW(S, input_w),
    FIELD_COUNT_ROW(S, input_h),
    FIELD_COUNT_ROW(S, batch),
    FIELD_INT_ROW(S, seed),
    FIELD_STRING_ROW(S, optimizer),
    FIELD_STRING_ROW(S, phases),
    FIELD_STRING_ROW(S, parent),
};
static const struct record summary_record = RECORD_OF(S, summary_fields);

/* ---- from a history ---- */

/* The most bytes of a text that end with a whole character. */
static size_t text_fits(const char *text)
{
	size_t n = strlen(text);
	if (n <= RUN_SUMMARY_TEXT)
		return n;
	for (n = RUN_SUMMARY_TEXT; n > RUN_SUMMARY_TEXT - 4 && (text[n] & 0xC0) == 0x80;)
		n--;
	return n;
}

static const char *own(const char *text)
{
	text = text ? text : "";
	return xstrndup(text, text_fits(text));
}

static const char *own_opt(const char *text)
{
	return text ? own(text) : NULL;
}

static const char *own_words(struct strbuf *words)
{
	const char *text = own(words->buf);
	strbuf_release(words);
	return text;
}

/* A share to five digits: a curve of a few hundred bytes. */
static double short_share(double v)
{
	return round(v * 1e5) / 1e5;
}

static void add_point(S *s, const struct history_epoch *e)
{
	struct opt_double loss = e->valid.loss;
	if (opt_finite(loss))
		loss.value = round(loss.value * 1e4) / 1e4;
	else
		loss = (struct opt_double){0};
	s->curve[s->n_curve++] = (P){e->epoch, short_share(e->valid.acc.value), loss};
}

/* The highest and the lowest of some epochs, in their order. */
static void add_extremes(S *s, const struct history_epoch *const *epochs, size_t n)
{
	size_t lo = 0, hi = 0;
	for (size_t i = 1; i < n; i++) {
		double acc = epochs[i]->valid.acc.value;
		lo = acc < epochs[lo]->valid.acc.value ? i : lo;
		hi = acc > epochs[hi]->valid.acc.value ? i : hi;
	}
	add_point(s, epochs[lo < hi ? lo : hi]);
	if (lo != hi)
		add_point(s, epochs[lo < hi ? hi : lo]);
}

static void make_curve(S *s, const struct history *h)
{
	enum { GROUPS = (RUN_CURVE_MAX - 1) / 2 };
	const struct history_epoch **epochs = xcalloc(h->n_epochs + 1, sizeof(*epochs));
	size_t n = 0;
	for (size_t i = 0; i < h->n_epochs; i++)
		if (opt_finite(h->epochs[i].valid.acc))
			epochs[n++] = &h->epochs[i];
	s->curve = n ? xcalloc(n < RUN_CURVE_MAX ? n : RUN_CURVE_MAX, sizeof(*s->curve)) : NULL;
	for (size_t i = 0; n <= RUN_CURVE_MAX && i < n; i++)
		add_point(s, epochs[i]);
	for (size_t g = 0; n > RUN_CURVE_MAX && g < GROUPS; g++) {
		size_t from = g * (n - 1) / GROUPS, to = (g + 1) * (n - 1) / GROUPS;
		add_extremes(s, epochs + from, to - from);
	}
	if (n > RUN_CURVE_MAX)
		add_point(s, epochs[n - 1]);
	free(epochs);
}

static void make_epochs(S *s, const struct history *h)
{
	const struct history_epoch *last = h->n_epochs ? &h->epochs[h->n_epochs - 1] : NULL;
	struct strbuf words = STRBUF_INIT;
	s->n_epochs = (int64_t)h->n_epochs;
	const struct history_best best = history_best(h);
	s->best_acc = best.acc;
	s->best_epoch = best.epoch;
	if (last) {
		s->last_acc = last->valid.acc;
		s->last_loss = last->valid.loss;
		s->train_loss = last->train.loss;
		epoch_words(last, 2, &words);
	}
	s->observation = own_words(&words);
	make_curve(s, h);
}

/* "validating 40 %", of a run that does something else than to train. */
static const char *doing(const struct history *h)
{
	struct strbuf out = STRBUF_INIT;
	if (h->busy.on || h->state != RUN_TRAINING || h->stopping)
		strbuf_addstr(&out, history_state(h));
	if (h->busy.on && h->busy.total)
		strbuf_addf(&out, " %.0f %%",
			    floor(100 * (double)h->busy.done / (double)h->busy.total));
	return own_words(&out);
}

/* What computes, and of a run that goes on how busy that is. */
static const char *device(const struct history *h, bool live)
{
	struct strbuf out = STRBUF_INIT;
	const struct history_device *d = live ? history_device_now(h) : NULL;
	if (!d || !history_device_words(h, d, 1, &out))
		history_device_name(h, &out);
	return own_words(&out);
}

static const char *lately(const struct history *h, bool live)
{
	enum { MEASUREMENTS = 6 };
	struct strbuf out = STRBUF_INIT;
	if (live)
		history_device_lately(h, MEASUREMENTS, &out);
	return own_words(&out);
}

static const char *phases(const struct history *h)
{
	struct strbuf out = STRBUF_INIT;
	for (size_t i = 0; i < h->n_phases && out.len < RUN_SUMMARY_TEXT; i++)
		strbuf_addf(&out, "%s%s %lld x %s", i ? ", " : "", h->phases[i].name,
			    (long long)h->phases[i].epochs, words_rate(h->phases[i].lr));
	return own_words(&out);
}

static const char *why_ended(const struct history *h)
{
	struct strbuf out = STRBUF_INIT;
	if (h->ended)
		history_end_words(h, &out);
	else
		history_killed_words(h, &out);
	return own_words(&out);
}

static void make_progress(S *s, const struct history *h)
{
	bool known = h->phase >= 0 && (size_t)h->phase < h->n_phases;
	int64_t eta;
	s->seq = h->seq;
	s->epoch = h->epoch;
	s->epochs = h->run.epochs;
	s->iteration = h->iter;
	s->iterations = h->run.iterations;
	s->progress = short_share(history_progress(h));
	if (history_eta_ms(h, &eta))
		s->eta_ms = opt_of((double)eta);
	s->seconds = history_timed(h) ? history_seconds(h) : 0;
	s->phase = own(known ? h->phases[h->phase].name : "");
	s->lr = h->lr;
	s->speed = history_speed(h);
}

static void make_plan(S *s, const struct history *h)
{
	const struct event_run *r = &h->run;
	s->started = r->started;
	s->cfg = own(r->cfg);
	s->weights = own(r->weights);
	s->data = own(r->data);
	s->n_classes = (int64_t)r->n_classes;
	s->n_train = r->n_train;
	s->n_valid = r->n_valid;
	s->input_w = r->input_w;
	s->input_h = r->input_h;
	s->batch = r->batch;
	s->seed = r->seed;
	s->optimizer = own(r->optimizer);
	s->phases = phases(h);
	s->parent = own(r->parent);
}

void run_summary_make(S *s, const struct run_facts *f, const struct history *h)
{
	*s = (S){.name = own(path_base(f->path)),
		 .path = own(f->path),
		 .status = f->status,
		 .unsaved = own_opt(f->unsaved),
		 .resumable = f->resumable,
		 .changed = f->changed,
		 .log_bytes = f->log_bytes};
	bool live = run_summary_live(s);
	s->asks = own_opt(live && h->trouble.on ? h->trouble.why : NULL);
	s->doing = live ? doing(h) : own("");
	s->why = why_ended(h);
	s->device = device(h, live);
	s->lately = lately(h, live);
	make_progress(s, h);
	make_epochs(s, h);
	make_plan(s, h);
}

void run_summary_broken(S *s, const struct run_facts *f, const char *error)
{
	struct history none;
	struct run_facts dead = *f;
	dead.status = RUN_STATUS_CRASHED;
	dead.resumable = false;
	history_init(&none);
	run_summary_make(s, &dead, &none);
	history_release(&none);
	s->error = own(error);
}

bool run_summary_live(const S *s)
{
	return s->status == RUN_STATUS_RUNNING || s->status == RUN_STATUS_UNSAVED;
}

/* ---- as text ---- */

void run_summary_encode(const S *s, struct strbuf *out)
{
	record_encode(&summary_record, s, out);
	strbuf_addch(out, '\n');
}

/* Texts as long as ours, and a curve that can be drawn. */
static void tame(S *s)
{
	size_t n = 0;
	for (size_t i = 0; i < summary_record.n_fields; i++) {
		const struct field *f = &summary_fields[i];
		char *text;
		if (f->kind != FIELD_STRING && f->kind != FIELD_OPT_STRING)
			continue;
		memcpy(&text, (const char *)s + f->offset, sizeof(text));
		if (text)
			text[text_fits(text)] = '\0';
	}
	for (size_t i = 0; i < s->n_curve && n < RUN_CURVE_MAX; i++)
		if (isfinite(s->curve[i].acc) && (!n || s->curve[i].epoch > s->curve[n - 1].epoch))
			s->curve[n++] = s->curve[i];
	s->n_curve = n;
	s->progress = isfinite(s->progress) ? fmin(fmax(s->progress, 0), 1) : 0;
	s->seconds = isfinite(s->seconds) && s->seconds > 0 ? s->seconds : 0;
}

enum err run_summary_decode(S *s, const char *line, size_t len, struct errinfo *e)
{
	*s = (S){0};
	if (len > RUN_SUMMARY_LINE_MAX)
		return err_set(e, ERR_FORMAT, "a run's summary of %zu bytes; it has at most %d",
			       len, RUN_SUMMARY_LINE_MAX);
	enum err r = record_decode(&summary_record, s, line, len, NULL, e);
	if (!r && !*s->name) {
		run_summary_release(s);
		r = err_set(e, ERR_FORMAT, "a run's summary without a name");
	}
	if (!r)
		tame(s);
	return r;
}

void run_summary_copy(S *to, const S *from)
{
	record_copy(&summary_record, to, from);
}

void run_summary_release(S *s)
{
	record_release(&summary_record, s);
}
