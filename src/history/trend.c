/* Steps by the block, so that a chart of a million of them reads thousands; and what an accident
 * made of a loss, which no mean should hold. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <string.h>

enum { USUAL_STEPS = 16 };

#define WILD_LOSS 10  /* above what any guessing gives */
#define WILD_FACTOR 5 /* of what was usual */

bool history_wild_loss(double loss, double usual)
{
	return loss > WILD_LOSS && loss > WILD_FACTOR * usual;
}

size_t history_spell_of(const struct history *h, size_t i)
{
	size_t lo = 0, hi = h->n_spells;
	while (hi - lo > 1) {
		size_t middle = lo + (hi - lo) / 2;
		if (h->spells[middle].first <= i)
			lo = middle;
		else
			hi = middle;
	}
	return lo;
}

struct history_step history_step_next(const struct history *h, size_t i, size_t *spell)
{
	while (*spell + 1 < h->n_spells && h->spells[*spell + 1].first <= i)
		++*spell;
	const struct history_spell *s = &h->spells[*spell];
	bool has_loss = s->told & 1;
	return (struct history_step){.iter = s->iter + (int64_t)(i - s->first),
				     .epoch = s->epoch,
				     .loss = {has_loss ? h->losses[i] : 0, has_loss},
				     .lr = {s->lr, s->told & 2},
				     .ips = {(double)s->ips, s->told & 4},
				     .wait = {(double)s->wait, s->told & 8},
				     .wild = s->wild};
}

struct history_step history_step_at(const struct history *h, size_t i)
{
	size_t spell = history_spell_of(h, i);
	return history_step_next(h, i, &spell);
}

/* Whether the next step's loss is an accident's: not so when the steps before it all were. */
static bool is_wild(const struct history *h, struct opt_double loss)
{
	double sum = 0;
	int n = 0;
	if (!opt_finite(loss) || !history_wild_loss(loss.value, 0))
		return false;
	for (size_t i = h->n_steps; i-- > 0 && i + USUAL_STEPS >= h->n_steps;) {
		struct history_step s = history_step_at(h, i);
		if (opt_finite(s.loss) && !s.wild) {
			sum += s.loss.value;
			n++;
		}
	}
	return n && history_wild_loss(loss.value, sum / n);
}

struct opt_double history_step_value(const struct history_step *s, enum step_figure figure)
{
	const struct opt_double values[STEP_FIGURES] = {
	    [STEP_LOSS] = s->loss, [STEP_LR] = s->lr, [STEP_IPS] = s->ips};
	return values[figure];
}

void history_extent_add(struct history_extent *to, const struct history_step *s,
			enum step_figure figure)
{
	struct opt_double v = history_step_value(s, figure);
	if (!v.valid)
		return;
	to->told = true;
	if (!isfinite(v.value)) {
		to->gap = true;
	} else if (figure == STEP_LOSS && s->wild) {
		to->spike = fmax(to->spike, v.value);
	} else {
		to->lo = to->n && to->lo < v.value ? to->lo : v.value;
		to->hi = to->n && to->hi > v.value ? to->hi : v.value;
		to->sum += v.value;
		to->n++;
	}
}

void history_extent_join(struct history_extent *to, const struct history_extent *from)
{
	if (from->n) {
		to->lo = to->n && to->lo < from->lo ? to->lo : from->lo;
		to->hi = to->n && to->hi > from->hi ? to->hi : from->hi;
	}
	to->sum += from->sum;
	to->n += from->n;
	to->spike = fmax(to->spike, from->spike);
	to->gap |= from->gap;
	to->told |= from->told;
}

/* Blocks of steps that were dropped are void. */
static void add_blocks(struct history *h)
{
	while (h->n_blocks < h->n_steps / HISTORY_BLOCK) {
		ALLOC_GROW(h->blocks, h->n_blocks + 1, h->cap_blocks);
		struct history_block *b = &h->blocks[h->n_blocks];
		*b = (struct history_block){0};
		size_t from = h->n_blocks * HISTORY_BLOCK, spell = history_spell_of(h, from);
		for (size_t i = from; i < from + HISTORY_BLOCK; i++) {
			struct history_step s = history_step_next(h, i, &spell);
			for (int k = 0; k < STEP_FIGURES; k++)
				history_extent_add(&b->of[k], &s, (enum step_figure)k);
		}
		h->n_blocks++;
	}
}

static struct history_spell spell_from(const struct event_step *s, size_t first, bool wild)
{
	return (struct history_spell){.lr = s->lr.value,
				      .first = (uint32_t)first,
				      .iter = (int32_t)s->iter,
				      .epoch = (int32_t)s->epoch,
				      .ips = (float)s->ips.value,
				      .wait = (float)s->wait.value,
				      .told = (uint8_t)(s->loss.valid | s->lr.valid << 1 |
							s->ips.valid << 2 | s->wait.valid << 3),
				      .wild = wild};
}

/* Does it go on with the iteration of `b`, and have the rest in common? */
static bool goes_on(const struct history_spell *a, const struct history_spell *b)
{
	return (int64_t)b->iter - a->iter == (int64_t)b->first - a->first && a->epoch == b->epoch &&
	       a->told == b->told && a->wild == b->wild && memcmp(&a->lr, &b->lr, sizeof(a->lr)) == 0 &&
	       memcmp(&a->ips, &b->ips, sizeof(a->ips)) == 0 &&
	       memcmp(&a->wait, &b->wait, sizeof(a->wait)) == 0;
}

void add_step(struct history *h, const struct event_step *step)
{
	struct history_spell s = spell_from(step, h->n_steps, is_wild(h, step->loss));
	if (h->n_blocks > h->n_steps / HISTORY_BLOCK)
		h->n_blocks = h->n_steps / HISTORY_BLOCK;
	if (!h->n_spells || !goes_on(&h->spells[h->n_spells - 1], &s)) {
		ALLOC_GROW(h->spells, h->n_spells + 1, h->cap_spells);
		h->spells[h->n_spells++] = s;
	}
	ALLOC_GROW(h->losses, h->n_steps + 1, h->cap_steps);
	h->losses[h->n_steps++] = opt_or_nan(step->loss);
	add_blocks(h);
}

void cut_steps(struct history *h, int64_t iter)
{
	const struct history_spell *last = h->n_spells ? &h->spells[h->n_spells - 1] : NULL;
	if (!last || last->iter + (int64_t)(h->n_steps - last->first) <= iter)
		return;
	h->n_steps = history_step_from(h, iter);
	while (h->n_spells && h->spells[h->n_spells - 1].first >= h->n_steps)
		h->n_spells--;
}

size_t history_step_from(const struct history *h, int64_t iter)
{
	size_t lo = 0, hi = h->n_spells; /* the spells before lo begin before it */
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (h->spells[middle].iter < iter)
			lo = middle + 1;
		else
			hi = middle;
	}
	if (lo == 0)
		return 0;
	const struct history_spell *s = &h->spells[lo - 1];
	size_t end = lo < h->n_spells ? h->spells[lo].first : h->n_steps;
	uint64_t at = s->first + ((uint64_t)iter - (uint64_t)s->iter);
	return at < end ? (size_t)at : end;
}

size_t history_step_after(const struct history *h, int64_t iter)
{
	return iter == INT64_MAX ? h->n_steps : history_step_from(h, iter + 1);
}
