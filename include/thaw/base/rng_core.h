/* The arithmetic of rng.h, for whoever draws in another place than the host: RNG_FN says what kind of
 * function it is there. */
#ifndef THAW_BASE_RNG_CORE_H
#define THAW_BASE_RNG_CORE_H

#ifndef RNG_FN
#define RNG_FN static inline
#endif

typedef unsigned long long rng_word; /* 64 bits */

#define RNG_GOLDEN_GAMMA 0x9e3779b97f4a7c15u

RNG_FN rng_word rng_core_mix(rng_word z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

RNG_FN rng_word rng_core_key(rng_word seed, rng_word use, rng_word epoch, rng_word item)
{
	rng_word key = rng_core_mix(seed + RNG_GOLDEN_GAMMA);
	key = rng_core_mix(key ^ rng_core_mix(use + 2 * RNG_GOLDEN_GAMMA));
	key = rng_core_mix(key ^ rng_core_mix(epoch + 3 * RNG_GOLDEN_GAMMA));
	return rng_core_mix(key ^ rng_core_mix(item + 4 * RNG_GOLDEN_GAMMA));
}

RNG_FN rng_word rng_core_u64(rng_word key, rng_word counter)
{
	return rng_core_mix(key + (counter + 1) * RNG_GOLDEN_GAMMA);
}

RNG_FN double rng_core_uniform(rng_word key, rng_word counter)
{
	return (double)(rng_core_u64(key, counter) >> 11) * 0x1p-53;
}

#endif
