/* The activation cache: what the lowest trainable layers see, kept per image view.
 *
 * While every layer below the border is frozen, the tensor that crosses it is a function of the
 * picture alone. It is stored under the picture's key: in the memory of the device up to a budget,
 * or to half of what is free there; in the host's up to the same budget; and from there on in an
 * unlinked file that is mapped. Entries are copies of what was computed, so using them changes no
 * bit of a result. It belongs to one thread; any other may ask cache_has().
 * Invariant: an entry never outlives a change of the border or of anything below it
 * (cache_reset()).
 */
#ifndef THAW_ENGINE_CACHE_H
#define THAW_ENGINE_CACHE_H

#include "backend.h"

#include "thaw/base/folder.h"

#include <stdint.h>

struct cache;

/* Of a backend's values. `in` (copied; may be NULL: no file) is where the file goes when
 * `budget_bytes` of memory are used up; the file grows to at most 8 times the budget. A budget of 0
 * stores nothing. */
struct cache *cache_new(uint64_t budget_bytes, const struct folder *in, const struct backend *b);
void cache_free(struct cache *c);

/* Forget everything; entries have `floats` floats from now on. */
void cache_reset(struct cache *c, size_t floats);

/* Copy the entries of n keys to their places in `to`, the backend's memory; returns how many there
 * are none of, and which.
 * Shape: to[n][floats]; missing[n] */
int cache_get(struct cache *c, const uint64_t *key, int n, float *to, int *missing);
bool cache_has(struct cache *c, uint64_t key); /* from any thread */
/* Store a copy of what the backend's memory has, unless there is no room or one already. */
void cache_put(struct cache *c, uint64_t key, const float *in);

enum cache_place { CACHE_ON_DEVICE, CACHE_IN_MEMORY, CACHE_IN_FILE, CACHE_PLACES };

struct cache_usage {
	size_t entries;
	uint64_t bytes[CACHE_PLACES]; /* none on a device that shares its memory with the host */
	uint64_t hits, misses;        /* of cache_get() since the last reset */
};
void cache_usage(const struct cache *c, struct cache_usage *out);

#endif
