/* The activation cache: what the lowest trainable layers see, kept per image view.
 *
 * While every layer below the border is frozen, the tensor that crosses it is a function of the
 * picture alone. It is stored under the picture's key, in memory up to a budget and from there on
 * in an unlinked file that is mapped. Entries are copies of what was computed, so using them
 * changes no bit of a result. It belongs to one thread; any other may ask cache_has().
 * Invariant: an entry never outlives a change of the border or of anything below it
 * (cache_reset()).
 */
#ifndef THAW_ENGINE_CACHE_H
#define THAW_ENGINE_CACHE_H

#include "thaw/base/folder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache;

/* `in` (copied; may be NULL: no file) is where the file goes when `budget_bytes` of memory are
 * used up; the file grows to at most 8 times the budget. A budget of 0 stores nothing. */
struct cache *cache_new(uint64_t budget_bytes, const struct folder *in);
void cache_free(struct cache *c);

/* Forget everything; entries have `floats` floats from now on. */
void cache_reset(struct cache *c, size_t floats);

/* An entry, good until the next reset; NULL when there is none. */
const float *cache_get(struct cache *c, uint64_t key);
bool cache_has(struct cache *c, uint64_t key); /* from any thread */
/* Store a copy, unless there is no room or one already. */
void cache_put(struct cache *c, uint64_t key, const float *in);

struct cache_usage {
	size_t entries;
	uint64_t memory_bytes, file_bytes;
	uint64_t hits, misses; /* of cache_get() since the last reset */
};
void cache_usage(const struct cache *c, struct cache_usage *out);

#endif
