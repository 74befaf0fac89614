/* Steps by the block, so that a chart of a million of them reads thousands; and what an accident
 * made of a loss, which no mean should hold. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <math.h>

enum { USUAL_STEPS = 16 };

#define WILD_LOSS 10   /* above what any guessing gives */
#define WILD_FACTOR 20 /* of what was usual */

bool history_wild_loss(double loss, double usual)
{
	return loss > WILD_LOSS && loss > WILD_FACTOR * usual;
}

/* Whether the next step's loss is an accident's: not so when the steps before it all were. */
static bool is_wild(const struct history *h, struct opt_double loss)
{
	double sum = 0;
	int n = 0;
	for (size_t i = h->n_steps; opt_finite(loss) && i-- > 0 && i + USUAL_STEPS >= h->n_steps;)
		if (opt_finite(h->steps[i].loss) && !h->steps[i].wild) {
			sum += h->steps[i].loss.value;
			n++;
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
		for (size_t i = 0; i < HISTORY_BLOCK; i++)
			for (int k = 0; k < STEP_FIGURES; k++)
				history_extent_add(&b->of[k],
						   &h->steps[h->n_blocks * HISTORY_BLOCK + i],
						   (enum step_figure)k);
		h->n_blocks++;
	}
}

void add_step(struct history *h, struct history_step step)
{
	if (h->n_blocks > h->n_steps / HISTORY_BLOCK)
		h->n_blocks = h->n_steps / HISTORY_BLOCK;
	step.wild = is_wild(h, step.loss);
	ALLOC_GROW(h->steps, h->n_steps + 1, h->cap_steps);
	h->steps[h->n_steps++] = step;
	add_blocks(h);
}

size_t history_step_from(const struct history *h, int64_t iter)
{
	size_t lo = 0, hi = h->n_steps;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (h->steps[middle].iter < iter)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}
