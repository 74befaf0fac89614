/* FNV-1a, 64 bits: a sum that finds accidents and tells things apart; no defence against who means
 * to deceive.
 *
 * Source: Fowler, Noll, Vo
 */
#ifndef THAW_BASE_FNV_H
#define THAW_BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_OF_NOTHING UINT64_C(0xcbf29ce484222325)

/* The sum of what `sum` is of with these bytes behind it. */
static inline uint64_t fnv_add(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *p = data;
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ p[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static inline uint64_t fnv(const void *data, size_t len)
{
	return fnv_add(FNV_OF_NOTHING, data, len);
}

#endif
