#include "thaw/learn/facts.h"
#include "thaw/learn/moments.h"

#include "fact_table.h"

#include <math.h>
#include <string.h>

#define HALF_A_POINT 0.005

static bool is_pretrained(const struct history *h)
{
	return h->has_run && h->run.weights && *h->run.weights;
}

static bool is_frozen(const struct history *h)
{
	return moments_first_freeze(h) != NULL;
}

static bool has_gained(const struct history *h)
{
	const struct history_epoch *best = moments_best_after(h);
	return moments_thawed(h) && best &&
	       opt_or_nan(best->valid.acc) >
		   opt_or_nan(moments_before(h)->valid.acc) + HALF_A_POINT;
}

static bool has_dropped(const struct history *h)
{
	return moments_thawed(h) && opt_or_nan(moments_after(h)->valid.acc) <
					opt_or_nan(moments_before(h)->valid.acc) - HALF_A_POINT;
}

static bool is_slower(const struct history *h)
{
	return moments_thawed(h) && moments_rate_tune(h) < moments_rate_head(h);
}

static bool is_cached(const struct history *h)
{
	double share;
	return history_cache_saved(h, &share) && share > 0;
}

static bool is_overfit(const struct history *h)
{
	return moments_overfit(h) != NULL;
}

static bool is_nonfinite(const struct history *h)
{
	return moments_nonfinite(h) != NULL;
}

static bool is_by_hand(const struct history *h)
{
	for (size_t i = 0; i < h->n_markers; i++)
		if (h->markers[i].cause == CAUSE_USER)
			return true;
	return false;
}

static bool (*const needs_met[NEED_N])(const struct history *h) = {
    [NEED_PRETRAINED] = is_pretrained, [NEED_FROZEN] = is_frozen,
    [NEED_THAWED] = moments_thawed,      [NEED_GAINED] = has_gained,
    [NEED_DROPPED] = has_dropped,      [NEED_SLOWER] = is_slower,
    [NEED_CACHED] = is_cached,         [NEED_OVERFIT] = is_overfit,
    [NEED_NONFINITE] = is_nonfinite,   [NEED_BY_HAND] = is_by_hand,
};

bool facts_meet(const struct facts *f, unsigned needs)
{
	for (int i = 0; i < NEED_N; i++)
		if (needs & 1u << i && !needs_met[i](f->history))
			return false;
	return true;
}

static int find(const char *name, size_t len)
{
	for (size_t i = 0; i < n_facts; i++)
		if (strlen(fact_table[i].name) == len && memcmp(fact_table[i].name, name, len) == 0)
			return (int)i;
	return -1;
}

bool facts_has(const char *name, size_t len)
{
	return find(name, len) >= 0;
}

bool facts_fill(const struct facts *f, const char *text, struct strbuf *out)
{
	size_t at = 0, done = 0, start = out->len, len;
	for (const char *name; quiz_next_fact(text, &at, &name, &len); done = at) {
		int i = find(name, len);
		strbuf_add(out, text + done, (size_t)(name - text) - 1 - done);
		size_t before = out->len;
		if (i >= 0)
			fact_table[i].add(f, out);
		if (out->len == before) {
			strbuf_remove(out, start, out->len - start);
			return false;
		}
	}
	strbuf_addstr(out, text + done);
	return true;
}
