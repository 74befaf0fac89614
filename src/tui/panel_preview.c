/* What a choice would do to the run, in one line, before it is done. */
#include "expect.h"
#include "panel.h"
#include "thaw/base/words.h"

#include <stdio.h>

/* How much a form says: the first that fits is taken. */
static const struct form {
	bool long_words, parameters, seconds, cache;
	const char *end;
} forms[] = {
    {true, true, true, true, "? Enter does it, Esc leaves it"},
    {false, true, true, true, "? Enter does it, Esc leaves it"},
    {false, true, true, true, "? Enter, Esc"},
    {false, true, true, false, "? Enter, Esc"},
    {false, true, false, false, "? Enter, Esc"},
    {false, false, false, false, "? Enter, Esc"},
};
#define N_FORMS (sizeof(forms) / sizeof(*forms))

static void add_parameters(const struct history *h, const struct layerset *now,
			   const struct form *f, struct strbuf *out)
{
	struct layerset present;
	choice_present(h, &present);
	strbuf_addf(out, ": %s → %s %s", words_short((double)expect_learning(h, &present)),
		    words_short((double)expect_learning(h, now)),
		    f->long_words ? "parameters learn" : "learn");
}

static void add_seconds(const struct history *h, const struct layerset *now, const struct form *f,
			struct strbuf *out)
{
	double last, then;
	if (expect_seconds(h, now, &last, &then))
		strbuf_addf(out, f->long_words ? " · %s → about %s an epoch" : " · %s → about %s",
			    words_duration(last), words_duration(then));
}

static void add_cache(const struct history *h, const struct layerset *now, const struct form *f,
		      struct strbuf *out)
{
	int layer;
	enum cache_fate fate = expect_cache(h, now, &layer);
	const char *the = f->long_words ? "the " : "";
	if (fate == CACHE_UNKNOWN)
		return;
	if (fate == CACHE_STAYS)
		strbuf_addf(out, " · %scache 0-%d stays", the, layer);
	else if (layer < 0)
		strbuf_addf(out, " · %scache ends", the);
	else
		strbuf_addf(out,
			    f->long_words ? " · the cache starts over at layer %d"
					  : " · cache restarts at %d",
			    layer);
	if (fate == CACHE_STARTS_OVER && f->long_words && h->has_cache)
		strbuf_addf(out, " (0-%lld not kept)", (long long)h->cache.layer);
}

void preview_text(const struct history *h, const struct layerset *now, int room, bool utf8,
		  struct strbuf *out)
{
	for (size_t i = 0; i < N_FORMS; i++) {
		const struct form *f = &forms[i];
		strbuf_reset(out);
		choice_words(h, now, out);
		if (f->parameters)
			add_parameters(h, now, f, out);
		if (f->seconds)
			add_seconds(h, now, f, out);
		if (f->cache)
			add_cache(h, now, f, out);
		strbuf_addstr(out, f->end);
		if (text_width(out->buf, utf8) <= room)
			return;
	}
}

/* ---- of a rate ---- */

static const struct rate_form {
	bool long_words, risk;
	const char *end;
} rate_forms[] = {
    {true, true, "? Enter does it, Esc leaves it"},
    {true, false, "? Enter does it, Esc leaves it"},
    {true, false, "? Enter, Esc"},
    {false, false, "? Enter, Esc"},
};

static void add_rate(const struct rate_change *r, const struct rate_form *f, struct strbuf *out)
{
	double ratio = r->value / r->was;
	bool step = r->layers[0] && !r->typed[0]; /* each layer has its own multiplier */
	if (r->layers[0])
		strbuf_addf(out, f->long_words ? "layers %.40s: learning rate " : "%.12s: lr ",
			    r->layers);
	else
		strbuf_addstr(out, f->long_words ? "learning rate " : "lr ");
	if (step || (!r->known && !r->layers[0]))
		strbuf_addf(out, "×%.4g", ratio);
	else
		strbuf_addf(out, r->layers[0] ? "×%.4g → ×%.4g (×%.4g)" : "%.4g → %.4g (×%.4g)",
			    r->was, r->value, ratio);
	if (f->risk)
		strbuf_addstr(out, ratio > 1 ? ", which may undo what was learnt"
					     : ", which may halt the learning");
}

void rate_text(const struct view *v, int room, bool utf8, struct strbuf *out)
{
	for (size_t i = 0; i < sizeof(rate_forms) / sizeof(*rate_forms); i++) {
		struct rate_form f = rate_forms[i];
		f.risk = f.risk && v->rate.asks;
		strbuf_reset(out);
		add_rate(&v->rate, &f, out);
		strbuf_addstr(out, v->rate.asks ? f.end : " …");
		if (text_width(out->buf, utf8) <= room)
			return;
	}
}
