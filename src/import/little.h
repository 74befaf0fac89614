/* Little-endian numbers in bytes, wherever they stand. */
#ifndef IMPORT_LITTLE_H
#define IMPORT_LITTLE_H

#include <stdint.h>
#include <string.h>

static inline uint64_t little(const uint8_t *p, int bytes)
{
	uint64_t v = 0;
	for (int i = bytes; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static inline double little_float(const uint8_t *p)
{
	uint32_t bits = (uint32_t)little(p, 4);
	float v;
	memcpy(&v, &bits, sizeof(v));
	return (double)v;
}

static inline double little_double(const uint8_t *p)
{
	uint64_t bits = little(p, 8);
	double v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

#endif
