#include "dice.h"

#include "thaw/base/rng.h"

struct dice dice_fork(struct dice *d)
{
	return (struct dice){rng_u64(d->key, d->n++), 0};
}

double dice_in(struct dice *d, double lo, double hi)
{
	return lo + (hi - lo) * rng_uniform(d->key, d->n++);
}

double dice_normal(struct dice *d, double mean, double sd)
{
	return mean + sd * rng_normal(rng_u64(d->key, d->n++), 0);
}

bool dice_chance(struct dice *d, double p)
{
	return rng_uniform(d->key, d->n++) < p;
}

int dice_below(struct dice *d, int n)
{
	return (int)rng_below(d->key, d->n++, (uint64_t)n);
}

int dice_int(struct dice *d, int lo, int hi)
{
	return lo + dice_below(d, hi - lo + 1);
}

static double weight_at(const double *weights, size_t stride, int i)
{
	return *(const double *)(const void *)((const char *)weights + stride * (size_t)i);
}

int dice_pick(struct dice *d, const double *weights, size_t stride, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++)
		sum += weight_at(weights, stride, i);
	double left = dice_in(d, 0, sum);
	for (int i = 0; i < n - 1; i++)
		if ((left -= weight_at(weights, stride, i)) < 0)
			return i;
	return n - 1;
}
