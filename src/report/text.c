#include "thaw/report/text.h"

#include "thaw/report/classes.h"

#include "thaw/base/say.h"
#include "thaw/base/strbuf.h"
#include "thaw/base/words.h"

#include <string.h>

enum { NAME_WIDTH = 20 };

/* Bytes of a reason that only repeat the status: "stopped by the user" of a run that is stopped. */
static size_t status_said(const char *status, const char *reason)
{
	size_t n = strlen(status);
	return strncmp(reason, status, n) == 0 && reason[n] == ' ' ? n + 1 : 0;
}

static void print_head(FILE *out, const struct report_run *r)
{
	const struct history *h = r->history;
	struct strbuf line = STRBUF_INIT;
	strbuf_addf(&line, "%s: %s", r->name, r->status);
	if (h->ended && *h->end.reason)
		strbuf_addf(&line, " (%s)", h->end.reason + status_said(r->status, h->end.reason));
	if (!h->ended && h->killed.on) {
		strbuf_addstr(&line, " (");
		history_killed_words(h, &line);
		strbuf_addstr(&line, ")");
	}
	if (r->unsaved)
		strbuf_addf(&line, " (it waits: %s)", r->unsaved);
	strbuf_addf(&line, ", %zu", h->n_epochs);
	if (h->run.epochs > 0)
		strbuf_addf(&line, " of %lld", (long long)h->run.epochs);
	strbuf_addf(&line, " %s, %s",
		    words_plural(h->run.epochs > 0 ? h->run.epochs : (int64_t)h->n_epochs,
				 history_unit(h)),
		    words_n(h->iter, "iteration"));
	if (history_timed(h))
		strbuf_addf(&line, ", %s", words_duration(history_seconds(h)));
	if (h->n_resumed)
		strbuf_addf(&line, ", resumed %s", words_n(h->n_resumed, "time"));
	if (h->run.parent && *h->run.parent)
		strbuf_addf(&line, ", branched off %s after iteration %.0f", h->run.parent,
			    h->run.parent_iter.value);
	if (h->run.again)
		strbuf_addf(&line, ", trains %s again", h->run.again);
	if (h->parted)
		strbuf_addf(&line, ", parted from it at iteration %lld", (long long)h->parted_iter);
	say(out, "%s", line.buf);
	strbuf_release(&line);
}

static void print_now(FILE *out, const struct report_run *r)
{
	const struct history *h = r->history;
	struct strbuf line = STRBUF_INIT;
	int64_t ms;
	if (!report_goes_on(r) || r->unsaved || h->state == RUN_EMPTY)
		return;
	strbuf_addf(&line, "now: %s", history_state(h));
	if (h->busy.on && h->busy.total)
		strbuf_addf(&line, ", %lld of %lld", (long long)h->busy.done,
			    (long long)h->busy.total);
	if (h->busy.waits)
		strbuf_addf(&line, ", then %s", h->busy.waits);
	if (h->lr.valid)
		strbuf_addf(&line, ", lr %s", words_rate(h->lr.value));
	if (history_eta_ms(h, &ms))
		strbuf_addf(&line, ", ETA %s", words_duration((double)ms / 1000));
	say(out, "%s", line.buf);
	strbuf_release(&line);
}

static void print_card(FILE *out, const struct history *h, const struct history_device *d)
{
	struct strbuf words = STRBUF_INIT, heat = STRBUF_INIT;
	history_device_words(h, d, 0, &words);
	history_device_heat(d, 0, &heat);
	say(out, "card: %s%s%s", words.buf, heat.len ? ", " : "", heat.buf);
	strbuf_release(&words);
	strbuf_release(&heat);
}

static void print_device(FILE *out, const struct history *h)
{
	const struct history_device *d = history_device_now(h);
	if (h->has_run && h->run.device && *h->run.device)
		say(out, "device: %s", h->run.device);
	if (h->has_run && h->run.sandbox)
		say(out, "sandbox: %s", h->run.sandbox);
	if (d && history_device_is_card(d))
		print_card(out, h, d);
	if (!d || !history_cpu(d).valid)
		return;
	say(out, "machine: cpu %.0f %% of %lld cores, %s of memory, at most %s",
	    100 * history_cpu(d).value, (long long)d->cores, words_bytes(d->rss),
	    words_bytes((double)d->peak_rss));
}

static void print_best(FILE *out, const struct history *h)
{
	struct strbuf words = STRBUF_INIT;
	const struct history_best best = history_best(h);
	struct strbuf by = STRBUF_INIT;
	if (history_metric(h).kind != METRIC_ACCURACY)
		strbuf_addf(&by, ", by %s", history_best_words(h, &words));
	if (best.acc.valid)
		strbuf_addf(&by, ", validation accuracy %s %%", words_percent(best.acc.value));
	if (best.loss.valid && (best.acc.valid || !by.len))
		strbuf_addf(&by, ", loss %s", words_loss(best.loss.value));
	if (best.epoch)
		say(out, "best: %s %lld%s%s", history_unit(h), (long long)best.epoch, by.buf,
		    best.dropped ? "; the run went back beyond it" : "");
	strbuf_release(&by);
	strbuf_release(&words);
}

static void print_layers(FILE *out, const struct history *h)
{
	if (h->n_layers && h->run.format)
		say(out, "layers: %zu", h->n_layers);
	else if (h->n_layers)
		say(out, "layers: %zu, %d frozen, %s parameters train; frozen layers changed: %s",
		    h->n_layers, layerset_count(&h->frozen), words_short((double)h->trainable),
		    history_digests_changed(h) ? "" : "none");
	for (size_t i = 0; i < h->n_layers; i++)
		if (h->layers[i].digest_changed)
			say(out, "  layer %zu CHANGED while frozen", i);
}

static void print_rules(FILE *out, const struct history *h)
{
	const struct event_run *r = &h->run;
	if (h->has_run && r->stop)
		say(out, "stop: %s", r->stop);
	if (h->has_run && r->plateau)
		say(out, "plateau: %s", r->plateau);
	for (size_t i = 0; i < h->n_phases; i++)
		if (h->phases[i].until)
			say(out, "phase %s ends early once it reaches %s", h->phases[i].name,
			    h->phases[i].until);
}

static void print_learning(FILE *out, const struct history *h)
{
	struct strbuf words = STRBUF_INIT;
	if (history_learning_words(h, 0, &words))
		say(out, "optimizer: %s", words.buf);
	strbuf_release(&words);
}

static void print_scales(FILE *out, const struct history *h)
{
	struct strbuf words = STRBUF_INIT;
	if (history_scale_words(h, &words))
		say(out, "learning rate: layers %s of it", words.buf);
	strbuf_release(&words);
}

static void print_cache(FILE *out, const struct history *h)
{
	struct strbuf words = STRBUF_INIT;
	double share;
	bool kept = history_cache_words(h, 0, &words);
	if (history_cache_saved(h, &share) && share > 0)
		strbuf_addf(
		    &words,
		    kept ? "; %.0f %% over all epochs"
			 : "cache: dropped; it saved %.0f %% of the forward passes of all epochs",
		    share * 100);
	if (words.len)
		say(out, "%s", words.buf);
	strbuf_release(&words);
}

static void print_wait(FILE *out, const struct history *h)
{
	double all, recent;
	if (!history_wait(h, h->n_steps, &all))
		return;
	bool bound = all > HISTORY_DATA_BOUND || history_data_bound(h, &recent);
	say(out, "data: %.0f %% of the training time went by in waiting for pictures%s", 100 * all,
	    bound ? ": data-bound" : "");
}

static void print_broken(FILE *out, const struct history *h)
{
	if (h->n_broken)
		say(out, "log: %s could not be read", words_n(h->n_broken, "line"));
}

#define NOTES_MOST 8

/* How another program's log was read; the last note of one that has ended is its end. */
static void print_origin(FILE *out, const struct history *h)
{
	size_t told = 0, n = h->n_notes - (h->n_notes && h->ended);
	if (!h->run.format)
		return;
	say(out, "log: %s, read as %s", h->run.program, h->run.format);
	for (size_t i = 0; i < n && told < NOTES_MOST; i++)
		if (h->notes[i].kind == NOTE_SAID && ++told)
			say(out, "note: %s", h->notes[i].text);
}

/* The loss of steps, where no epoch tells one. */
static void print_steps(FILE *out, const struct history *h)
{
	struct history_step last = {0}, low = {0};
	for (size_t i = 0, spell = 0; i < h->n_steps && !h->n_epochs; i++) {
		struct history_step s = history_step_next(h, i, &spell);
		if (!opt_finite(s.loss))
			continue;
		last = s;
		if (!low.loss.valid || s.loss.value < low.loss.value)
			low = s;
	}
	if (last.loss.valid)
		say(out, "training loss: %s at iteration %lld, the lowest %s at %lld",
		    words_loss(last.loss.value), (long long)last.iter, words_loss(low.loss.value),
		    (long long)low.iter);
}

static void print_epochs(FILE *out, const struct history *h)
{
	if (!h->n_epochs)
		return;
	fputs("\n", out);
	struct strbuf words = STRBUF_INIT;
	say(out, "  %5s  %-8s  %8s  %6s  %8s  %6s  %s", h->run.unit ? "eval." : "epoch", "phase", "training", "acc %",
	    "valid.", "acc %", "observation");
	for (size_t i = 0; i < h->n_epochs; i++) {
		const struct history_epoch *e = &h->epochs[i];
		bool last = i + 1 == h->n_epochs;
		say(out, "  %5lld  %-8s  %8s  %6s  %8s  %6s%s %s", (long long)e->epoch, e->phase,
		    words_opt(words_loss, e->train.loss), words_opt(words_percent, e->train.acc),
		    words_opt(words_loss, e->valid.loss), words_opt(words_percent, e->valid.acc),
		    (int)i == h->best_epoch ? "*" : " ", epoch_words(e, last ? 0 : 1, &words));
	}
	strbuf_release(&words);
}

static void print_classes(FILE *out, const struct history *h)
{
	const struct history_epoch *e = report_classes(h);
	if (!e)
		return;
	fputs("\n", out);
	say(out, "classes after epoch %lld", (long long)e->epoch);
	classes_print(out, e->classes, e->n_classes, NAME_WIDTH);
}

void report_text(FILE *out, const struct report_run *r)
{
	static void (*const parts[])(FILE *, const struct history *) = {
	    print_origin, print_device, print_best, print_steps, print_rules, print_learning, print_layers, print_scales, print_cache,
	    print_wait,   print_broken, print_epochs, print_classes,
	};
	print_head(out, r);
	print_now(out, r);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		parts[i](out, r->history);
}
