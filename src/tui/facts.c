#include "thaw/tui/facts.h"

#include "fact_table.h"

#include <math.h>
#include <string.h>

#define HALF_A_POINT 0.005

/* ---- the thaw, and what lies on both sides of it ---- */

/* The first freeze of all: what learnt when training began. */
const struct history_marker *facts_first_freeze(const struct history *h)
{
	for (size_t i = 0; i < h->n_markers; i++)
		if (h->markers[i].kind == MARK_FREEZE)
			return h->markers[i].iter == 0 ? &h->markers[i] : NULL;
	return NULL;
}

const struct history_marker *facts_thaw(const struct history *h)
{
	const struct history_marker *first = facts_first_freeze(h);
	for (size_t i = 0; first && i < h->n_markers; i++) {
		const struct history_marker *m = &h->markers[i];
		if (m->kind == MARK_UNFREEZE && m->iter > 0 && m->value > first->value)
			return m;
	}
	return NULL;
}

static bool is_before(const struct history *h, const struct history_epoch *e)
{
	const struct history_marker *thaw = facts_thaw(h);
	return !thaw || e->iter <= thaw->iter;
}

const struct history_epoch *facts_before(const struct history *h)
{
	size_t i = h->n_epochs;
	while (i && !is_before(h, &h->epochs[i - 1]))
		i--;
	return i ? &h->epochs[i - 1] : NULL;
}

const struct history_epoch *facts_after(const struct history *h)
{
	const struct history_epoch *before = facts_before(h);
	size_t next = before ? (size_t)(before - h->epochs) + 1 : 0;
	return next < h->n_epochs ? &h->epochs[next] : NULL;
}

static const struct history_epoch *best_of(const struct history_epoch *e, size_t n)
{
	const struct history_epoch *best = NULL;
	for (size_t i = 0; i < n; i++)
		if (isfinite(e[i].valid.acc) && (!best || e[i].valid.acc > best->valid.acc))
			best = &e[i];
	return best;
}

const struct history_epoch *facts_best_before(const struct history *h)
{
	const struct history_epoch *last = facts_before(h);
	return last ? best_of(h->epochs, (size_t)(last - h->epochs) + 1) : NULL;
}

const struct history_epoch *facts_best_after(const struct history *h)
{
	const struct history_epoch *first = facts_after(h);
	return first ? best_of(first, h->n_epochs - (size_t)(first - h->epochs)) : NULL;
}

/* The highest rate of the first epoch after an iteration: behind a warm-up, before a schedule fell
 * far. NaN when it is not known. */
static double rate_after(const struct history *h, int64_t iter)
{
	double highest = NAN;
	for (size_t i = 0; i < h->n_steps; i++) {
		const struct history_step *s = &h->steps[i];
		if (s->iter > iter && s->iter <= iter + h->run.iterations && isfinite(s->lr))
			highest = fmax(highest, s->lr);
	}
	return highest;
}

double facts_rate_head(const struct history *h)
{
	return rate_after(h, 0);
}

double facts_rate_tune(const struct history *h)
{
	const struct history_marker *thaw = facts_thaw(h);
	return thaw ? rate_after(h, thaw->iter) : NAN;
}

/* ---- needs ---- */

static bool is_pretrained(const struct history *h)
{
	return h->has_run && h->run.weights && *h->run.weights;
}

static bool is_frozen(const struct history *h)
{
	return facts_first_freeze(h) != NULL;
}

bool facts_thawed(const struct history *h)
{
	return facts_thaw(h) && facts_before(h) && facts_after(h);
}

static bool has_gained(const struct history *h)
{
	const struct history_epoch *best = facts_best_after(h);
	return facts_thawed(h) && best &&
	       best->valid.acc > facts_before(h)->valid.acc + HALF_A_POINT;
}

static bool has_dropped(const struct history *h)
{
	return facts_thawed(h) &&
	       facts_after(h)->valid.acc < facts_before(h)->valid.acc - HALF_A_POINT;
}

static bool is_slower(const struct history *h)
{
	return facts_thawed(h) && facts_rate_tune(h) < facts_rate_head(h);
}

static bool is_cached(const struct history *h)
{
	double share;
	return history_cache_saved(h, &share) && share > 0;
}

const struct history_epoch *facts_overfit(const struct history *h)
{
	for (size_t i = 0; i < h->n_epochs; i++)
		if (h->epochs[i].observation == OBS_OVERFITTING)
			return &h->epochs[i];
	return NULL;
}

static bool is_overfit(const struct history *h)
{
	return facts_overfit(h) != NULL;
}

const struct history_marker *facts_nonfinite(const struct history *h)
{
	for (size_t i = 0; i < h->n_markers; i++)
		if (h->markers[i].kind == MARK_NONFINITE)
			return &h->markers[i];
	return NULL;
}

static bool is_nonfinite(const struct history *h)
{
	return facts_nonfinite(h) != NULL;
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
    [NEED_THAWED] = facts_thawed,      [NEED_GAINED] = has_gained,
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
