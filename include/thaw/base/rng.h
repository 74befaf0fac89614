/* Counter-based random numbers: a pure function of (seed, stream, counter), with no state to share.
 *
 * A draw never depends on who drew before, on thread timing or on a resume. `stream` separates uses
 * (see enum rng_stream) and usually carries the epoch; `counter` is the image, element or draw
 * number.
 * Source: the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) applied in a keyed chain.
 */
#ifndef THAW_BASE_RNG_H
#define THAW_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

enum rng_stream {
	RNG_SPLIT,
	RNG_SHUFFLE,
	RNG_AUGMENT,
	RNG_DROPOUT,
	RNG_INIT,
	RNG_PROBE,
	RNG_DRAW,
	RNG_QUIZ,
	RNG_N
};

/* One key from a use, an epoch (or 0) and an item (or 0); pass it to the draws below. */
uint64_t rng_key(uint64_t seed, enum rng_stream use, uint64_t epoch, uint64_t item);

uint64_t rng_u64(uint64_t key, uint64_t counter);
double rng_uniform(uint64_t key, uint64_t counter); /* [0, 1) */
double rng_normal(uint64_t key, uint64_t counter);  /* mean 0, variance 1 (Box-Muller) */
uint64_t rng_below(uint64_t key, uint64_t counter, uint64_t n); /* [0, n), n >= 1 */

/* Fill perm[n] with a permutation of 0..n-1 (Fisher-Yates). */
void rng_permutation(uint64_t key, uint32_t *perm, size_t n);

#endif
