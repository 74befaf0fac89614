#include "kept.h"
#include "pair.h"
#include "thaw/base/alloc.h"
#include "thaw/base/run_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
	struct kept *items;
	size_t n, cap;
};

static void add(struct list *l, const struct folder *f, bool apart, const char *state,
		const char *weights)
{
	struct state st;
	if (!folder_has(f, weights) || pair_read_state(f, state, &st, NULL))
		return;
	ALLOC_GROW(l->items, l->n + 1, l->cap);
	struct kept *k = &l->items[l->n++];
	*k = (struct kept){.apart = apart,
			   .iter = st.iter,
			   .epochs = st.epochs_done,
			   .whole = st.epoch == st.epochs_done && st.epoch > 0,
			   .best_epoch = st.has_best ? st.best_epoch : 0,
			   .sum = st.weights_sum};
	snprintf(k->state, sizeof(k->state), "%s", state);
	snprintf(k->weights, sizeof(k->weights), "%s", weights);
	state_release(&st);
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
