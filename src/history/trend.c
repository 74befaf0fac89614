/* Steps by the block, so that a chart of a million of them reads thousands; and what an accident
 * made of a loss, which no mean should hold. */
#include "fold.h"

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
		if (history_spell(h, middle)->first <= i)
			lo = middle;
		else
			hi = middle;
	}
	return lo;
}

struct history_step history_step_next(const struct history *h, size_t i, size_t *spell)
{
	while (*spell + 1 < h->n_spells && history_spell(h, *spell + 1)->first <= i)
		++*spell;
	const struct history_spell *s = history_spell(h, *spell);
	bool has_loss = s->told & 1;
	return (struct history_step){.iter = s->iter + (int64_t)(i - s->first),
				     .epoch = s->epoch,
				     .loss = {has_loss ? history_loss(h, i) : 0, has_loss},
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

/* n times the same. */
static void add_value(struct history_extent *to, double v, size_t n, bool wild)
{
	to->told = true;
	if (!isfinite(v)) {
		to->gap = true;
	} else if (wild) {
		to->spike = fmax(to->spike, v);
	} else {
		to->lo = to->n && to->lo < v ? to->lo : v;
		to->hi = to->n && to->hi > v ? to->hi : v;
		to->sum += v * (double)n;
		to->n += n;
	}
}

void history_extent_add(struct history_extent *to, const struct history_step *s,
			enum step_figure figure)
{
	struct opt_double v = history_step_value(s, figure);
	if (v.valid)
		add_value(to, v.value, 1, figure == STEP_LOSS && s->wild);
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

/* Some steps of a spell. */
static void extend_block(struct history_block *b, const struct history_spell *s,
			 const double *losses, size_t n)
{
	struct history_extent of_loss = b->of[STEP_LOSS]; /* in registers */
	for (size_t i = 0; i < n && (s->told & 1); i++)
		add_value(&of_loss, losses[i], 1, s->wild);
	b->of[STEP_LOSS] = of_loss;
	if (s->told & 2)
		add_value(&b->of[STEP_LR], s->lr, n, false);
	if (s->told & 4)
		add_value(&b->of[STEP_IPS], (double)s->ips, n, false);
}

/* Blocks of steps that were dropped are void. */
static void add_blocks(struct history *h)
{
	while (h->n_blocks < h->n_steps / HISTORY_BLOCK) {
		struct history_block b = {0};
		size_t from = h->n_blocks * HISTORY_BLOCK, end = from + HISTORY_BLOCK;
		for (size_t k = history_spell_of(h, from), i = from; i < end; k++) {
			size_t next = k + 1 < h->n_spells ? history_spell(h, k + 1)->first : end;
			size_t n = (next < end ? next : end) - i;
			extend_block(&b, history_spell(h, k), PAGES_AT(&h->losses, i, double), n);
			i += n;
		}
		*PAGES_PUSH(&h->blocks, h->n_blocks++, struct history_block) = b;
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

static void add_losses(struct history *h, const double *losses, size_t n)
{
	while (n) {
		size_t room;
		double *to = pages_push(&h->losses, h->n_steps, sizeof(*to), n, &room);
		size_t here = n < room ? n : room;
		memcpy(to, losses, here * sizeof(*to));
		h->n_steps += here;
		losses += here;
		n -= here;
	}
}

/* Those at the beginning that can be none of an accident's. */
static size_t tame(const double *losses, size_t n)
{
	size_t i = 0;
	while (i < n && !(losses[i] > WILD_LOSS))
		i++;
	return i;
}

void add_steps(struct history *h, const struct event_step *first, const double *losses, size_t n)
{
	struct event_step step = *first;
	if (h->n_blocks > h->n_steps / HISTORY_BLOCK)
		h->n_blocks = h->n_steps / HISTORY_BLOCK;
	while (n) {
		size_t some = step.loss.valid ? tame(losses, n) : n;
		step.loss.value = losses[0];
		struct history_spell s = spell_from(&step, h->n_steps, !some && is_wild(h, step.loss));
		if (!some)
			some = 1;
		if (!h->n_spells || !goes_on(history_spell(h, h->n_spells - 1), &s))
			*PAGES_PUSH(&h->spells, h->n_spells++, struct history_spell) = s;
		add_losses(h, losses, some);
		step.iter += (int64_t)some;
		losses += some;
		n -= some;
	}
	add_blocks(h);
}

void cut_steps(struct history *h, int64_t iter)
{
	const struct history_spell *last = h->n_spells ? history_spell(h, h->n_spells - 1) : NULL;
	if (!last || last->iter + (int64_t)(h->n_steps - last->first) <= iter)
		return;
	h->n_steps = history_step_from(h, iter);
	while (h->n_spells && history_spell(h, h->n_spells - 1)->first >= h->n_steps)
		h->n_spells--;
}

size_t history_step_from(const struct history *h, int64_t iter)
{
	size_t lo = 0, hi = h->n_spells; /* the spells before lo begin before it */
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (history_spell(h, middle)->iter < iter)
			lo = middle + 1;
		else
			hi = middle;
	}
	if (lo == 0)
		return 0;
	const struct history_spell *s = history_spell(h, lo - 1);
	size_t end = lo < h->n_spells ? history_spell(h, lo)->first : h->n_steps;
	uint64_t at = s->first + ((uint64_t)iter - (uint64_t)s->iter);
	return at < end ? (size_t)at : end;
}

size_t history_step_after(const struct history *h, int64_t iter)
{
	return iter == INT64_MAX ? h->n_steps : history_step_from(h, iter + 1);
}
