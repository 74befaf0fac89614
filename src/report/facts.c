#include "thaw/report/facts.h"

#include "thaw/base/words.h"

#include <stdlib.h>
#include <time.h>

/* The same everywhere: a document is not read where it was written. */
static void add_began(const struct times *t, struct strbuf *out)
{
	time_t seconds = t->starts.n ? (time_t)times_wall_seconds(t, 0) : 0;
	struct tm tm;
	char text[48];
	if (seconds <= 0 || !gmtime_r(&seconds, &tm))
		return;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	strbuf_addstr(out, text);
}

void report_best_words(const struct history *h, struct strbuf *out)
{
	const struct history_best best = history_best(h);
	struct strbuf by = STRBUF_INIT;
	if (!best.epoch)
		return;
	strbuf_addf(out, "epoch %lld of %zu", (long long)best.epoch, h->n_epochs);
	if (best.dropped)
		strbuf_addstr(out, ", which the run went back beyond");
	if (history_metric(h).kind != METRIC_ACCURACY)
		strbuf_addf(out, ", by %s", history_best_words(h, &by));
	if (best.acc.valid)
		strbuf_addf(out, ", validation accuracy %s %%", words_percent(best.acc.value));
	if (best.loss.valid)
		strbuf_addf(out, ", loss %s", words_loss(best.loss.value));
	strbuf_release(&by);
}

/* ---- one fact each; nothing is appended where it is not known ---- */

static void data(const struct history *h, struct strbuf *out)
{
	const struct event_run *r = &h->run;
	if (r->data && *r->data)
		strbuf_addstr(out, r->data);
	if (r->n_train > 0)
		strbuf_addf(out, "%s%s training and %s validation images", out->len ? ": " : "",
			    words_count(r->n_train), words_count(r->n_valid));
	if (r->n_bad > 0)
		strbuf_addf(out, ", %s left out", words_count(r->n_bad));
}

static void classes(const struct history *h, struct strbuf *out)
{
	if (h->run.n_classes)
		strbuf_addstr(out, words_count((int64_t)h->run.n_classes));
}

static void network(const struct history *h, struct strbuf *out)
{
	const struct event_run *r = &h->run;
	if (r->cfg && *r->cfg)
		strbuf_addstr(out, r->cfg);
	if (r->weights && *r->weights)
		strbuf_addf(out, "%s%s", out->len ? " with " : "", r->weights);
	if (r->input_w > 0)
		strbuf_addf(out, "%s%lldx%lld", out->len ? ", " : "", (long long)r->input_w,
			    (long long)r->input_h);
}

static void layers(const struct history *h, struct strbuf *out)
{
	size_t changed = history_digests_changed(h);
	if (!h->n_layers)
		return;
	strbuf_addf(out, "%zu, %d frozen at the end, %s parameters train", h->n_layers,
		    layerset_count(&h->frozen), words_short((double)h->trainable));
	if (changed)
		strbuf_addf(out, "; %zu CHANGED while frozen", changed);
}

static void learning(const struct history *h, struct strbuf *out)
{
	const struct event_run *r = &h->run;
	history_learning_words(h, 0, out);
	if (r->batch > 0)
		strbuf_addf(out, "%sbatch %lld", out->len ? ", " : "", (long long)r->batch);
	if (r->threads > 0)
		strbuf_addf(out, "%sseed %lld", out->len ? ", " : "", (long long)r->seed);
}

static void scales(const struct history *h, struct strbuf *out)
{
	if (history_scale_words(h, out))
		strbuf_addstr(out, " of the learning rate");
}

static void phases(const struct history *h, struct strbuf *out)
{
	for (size_t i = 0; i < h->n_phases; i++) {
		const struct event_phase_plan *p = &h->phases[i];
		strbuf_addf(out, "%s%s: %s at %s, %s", i ? "; " : "", p->name,
			    words_n(p->epochs, "epoch"), words_rate(p->lr), p->schedule);
		if (*p->freeze)
			strbuf_addf(out, ", frozen %s", p->freeze);
		if (p->until)
			strbuf_addf(out, ", until %s", p->until);
	}
}

static void rules(const struct history *h, struct strbuf *out)
{
	const char *const all[] = {h->run.stop, h->run.plateau};
	for (int i = 0; i < 2; i++)
		if (all[i] && *all[i])
			strbuf_addf(out, "%s%s", out->len ? "; " : "", all[i]);
}

static void device(const struct history *h, struct strbuf *out)
{
	const struct event_run *r = &h->run;
	if (r->device && *r->device)
		strbuf_addstr(out, r->device);
	if (r->threads > 0)
		strbuf_addf(out, "%s%s", out->len ? ", " : "", words_n(r->threads, "thread"));
}

/* The mean over the iterations that told one, pictures counted by their time. */
static void speed(const struct history *h, struct strbuf *out)
{
	double seconds = 0, n = 0;
	for (size_t i = 0, spell = 0; i < h->n_steps; i++) {
		struct history_step s = history_step_next(h, i, &spell);
		if (opt_finite(s.ips) && s.ips.value > 0) {
			seconds += 1 / s.ips.value;
			n++;
		}
	}
	if (seconds > 0)
		strbuf_addf(out,
			    n / seconds < 100 ? "%.3g images a second in training"
					      : "%.0f images a second in training",
			    n / seconds);
}

static void memory(const struct history *h, struct strbuf *out)
{
	struct opt_double card = history_card_peak(h);
	if (h->ended && h->end.peak_rss > 0)
		strbuf_addf(out, "at most %s", words_bytes((double)h->end.peak_rss));
	if (card.valid)
		strbuf_addf(out, "%sat most %s of the card's", out->len ? ", " : "",
			    words_bytes(card.value));
}

static void cache(const struct history *h, struct strbuf *out)
{
	double spared;
	if (history_cache_saved(h, &spared) && spared > 0)
		strbuf_addf(out, "spared %.0f %% of the forward passes", 100 * spared);
}

static void waiting(const struct history *h, struct strbuf *out)
{
	double all;
	if (history_wait(h, h->n_steps, &all))
		strbuf_addf(out, "%.0f %% of the training time for pictures", 100 * all);
}

static void resumed(const struct history *h, struct strbuf *out)
{
	if (h->n_resumed)
		strbuf_addstr(out, words_n(h->n_resumed, "time"));
}

static void parent(const struct history *h, struct strbuf *out)
{
	if (h->run.parent)
		strbuf_addstr(out, h->run.parent);
	if (h->run.parent && h->run.parent_iter.valid)
		strbuf_addf(out, ", at iteration %.0f", h->run.parent_iter.value);
}

static void broken(const struct history *h, struct strbuf *out)
{
	if (h->n_broken)
		strbuf_addf(out, "%s of the log could not be read", words_n(h->n_broken, "line"));
}

static const struct {
	const char *name;
	void (*add)(const struct history *h, struct strbuf *out);
} table[] = {
    {"pictures", data},      {"classes", classes}, {"network", network},  {"layers", layers},
    {"learns by", learning}, {"rates", scales},    {"plan", phases},      {"rules", rules},
    {"device", device},      {"speed", speed},     {"memory", memory},    {"cache", cache},
    {"waited", waiting},     {"resumed", resumed}, {"branch of", parent}, {"not read", broken},
};
_Static_assert(sizeof(table) / sizeof(*table) < REPORT_FACTS_MAX, "room for all");

/* Takes the text; one that is empty is no fact. */
static void take(struct report_facts *f, const char *name, struct strbuf *text)
{
	if (text->len) {
		f->facts[f->n].name = name;
		f->facts[f->n++].text = strbuf_detach(text);
	}
	strbuf_release(text);
}

void report_facts(struct report_facts *f, const struct history *h, const struct times *t)
{
	struct strbuf text = STRBUF_INIT;
	f->n = 0;
	add_began(t, &text);
	take(f, "began", &text);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		table[i].add(h, &text);
		take(f, table[i].name, &text);
	}
}

void report_facts_release(struct report_facts *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->facts[i].text);
	f->n = 0;
}
