#include "thaw/run/kept.h"

#include "thaw/base/alloc.h"
#include "thaw/base/run_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_TEXT_MAX ((size_t)64 << 10) /* bytes of a state's lines that are looked at */

struct list {
	struct kept *items;
	size_t n, cap;
};

/* The number of a line "NAME N" of a state's text (train/state.h); false: there is none. */
static bool number(const char *text, const char *name, int base, uint64_t *out)
{
	char key[32], *end;
	int n = snprintf(key, sizeof(key), "\n%s ", name);
	const char *at = strstr(text, key);
	if (!at)
		return false;
	*out = strtoull(at + n, &end, base);
	return end > at + n && *end == '\n';
}

/* What lies before the moments, which may be large. */
static bool read_text(const struct folder *f, const char *state, struct kept *k)
{
	struct strbuf text = STRBUF_INIT;
	uint64_t iter = 0, epochs = 0, epoch = 0, has_best = 0, best = 0;
	bool good = !folder_read(f, state, STATE_TEXT_MAX, &text, NULL) && text.len &&
		    strncmp(text.buf, "thaw-state ", 11) == 0 &&
		    number(text.buf, "iter", 10, &iter) &&
		    number(text.buf, "epochs_done", 10, &epochs) &&
		    number(text.buf, "epoch", 10, &epoch) &&
		    number(text.buf, "has_best", 10, &has_best) &&
		    number(text.buf, "best_epoch", 10, &best) &&
		    number(text.buf, "weights_sum", 16, &k->sum);
	k->iter = (int64_t)iter;
	k->epochs = (int64_t)epochs;
	k->whole = epoch == epochs && epoch > 0;
	k->best_epoch = has_best ? (int64_t)best : 0;
	strbuf_release(&text);
	return good;
}

static void add(struct list *l, const struct folder *f, bool apart, const char *state,
		const char *weights)
{
	struct kept k = {.apart = apart};
	if (!folder_has(f, weights) || !read_text(f, state, &k))
		return;
	snprintf(k.state, sizeof(k.state), "%s", state);
	snprintf(k.weights, sizeof(k.weights), "%s", weights);
	ALLOC_GROW(l->items, l->n + 1, l->cap);
	l->items[l->n++] = k;
}

/* None is of a later epoch than those that have names of their own. */
static void add_epochs(struct list *l, const struct folder *run)
{
	struct folder in;
	int64_t last = 0;
	for (size_t i = 0; i < l->n; i++)
		last = l->items[i].epochs > last ? l->items[i].epochs : last;
	if (folder_sub(&in, run, RUN_CHECKPOINTS, false, NULL))
		return;
	for (int64_t k = 1; k <= last; k++) {
		char state[64], weights[64];
		snprintf(state, sizeof(state), "epoch-%04" PRId64 ".state", k);
		snprintf(weights, sizeof(weights), "epoch-%04" PRId64 ".weights", k);
		if (folder_has(&in, state))
			add(l, &in, true, state, weights);
	}
	folder_close(&in);
}

static int by_iter(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	if (x->iter != y->iter)
		return x->iter < y->iter ? -1 : 1;
	return x->apart - y->apart;
}

size_t kept_list(const struct folder *run, struct kept **out)
{
	struct list l = {0};
	add(&l, run, false, RUN_BEST_STATE, RUN_BEST);
	add(&l, run, false, RUN_PREVIOUS_STATE, RUN_PREVIOUS);
	add(&l, run, false, RUN_STATE, RUN_LAST);
	add_epochs(&l, run);
	if (l.n)
		qsort(l.items, l.n, sizeof(*l.items), by_iter);
	*out = l.items;
	return l.n;
}

void kept_words(const struct kept *k, struct strbuf *out)
{
	strbuf_addf(out, "%s %" PRId64 " (%s%s)", k->whole ? "epoch" : "iteration",
		    k->whole ? k->epochs : k->iter, k->apart ? RUN_CHECKPOINTS "/" : "", k->weights);
}
