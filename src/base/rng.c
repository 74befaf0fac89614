#include "thaw/base/rng.h"

#include <assert.h>
#include <math.h>

static const uint64_t golden_gamma = 0x9e3779b97f4a7c15u;

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t rng_key(uint64_t seed, enum rng_stream use, uint64_t epoch, uint64_t item)
{
	uint64_t key = mix(seed + golden_gamma);
	key = mix(key ^ mix((uint64_t)use + 2 * golden_gamma));
	key = mix(key ^ mix(epoch + 3 * golden_gamma));
	return mix(key ^ mix(item + 4 * golden_gamma));
}

uint64_t rng_u64(uint64_t key, uint64_t counter)
{
	return mix(key + (counter + 1) * golden_gamma);
}

double rng_uniform(uint64_t key, uint64_t counter)
{
	return (double)(rng_u64(key, counter) >> 11) * 0x1p-53;
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
