#include "thaw/base/rng.h"
#include "thaw/base/rng_core.h"

#include <assert.h>
#include <math.h>

uint64_t rng_key(uint64_t seed, enum rng_stream use, uint64_t epoch, uint64_t item)
{
	return rng_core_key(seed, use, epoch, item);
}

uint64_t rng_u64(uint64_t key, uint64_t counter)
{
	return rng_core_u64(key, counter);
}

double rng_uniform(uint64_t key, uint64_t counter)
{
	return rng_core_uniform(key, counter);
}

double rng_normal(uint64_t key, uint64_t counter)
{
	double u = 1.0 - rng_uniform(key, 2 * counter);
	double v = rng_uniform(key, 2 * counter + 1);
	return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

uint64_t rng_below(uint64_t key, uint64_t counter, uint64_t n)
{
	assert(n > 0);
	return (uint64_t)(((unsigned __int128)rng_u64(key, counter) * n) >> 64);
}

void rng_permutation(uint64_t key, uint32_t *perm, size_t n)
{
	for (size_t i = 0; i < n; i++)
		perm[i] = (uint32_t)i;
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(key, i, i);
		uint32_t swap = perm[i - 1];
		perm[i - 1] = perm[j];
		perm[j] = swap;
	}
}
