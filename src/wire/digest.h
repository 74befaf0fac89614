/* FNV-1a, 64 bits: tells apart what is not meant to deceive. Private to wire. */
#ifndef THAW_WIRE_DIGEST_H
#define THAW_WIRE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_INIT UINT64_C(0xcbf29ce484222325)

static inline uint64_t digest_add(uint64_t digest, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		digest = (digest ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return digest;
}

#endif
