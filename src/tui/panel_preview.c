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
