#include "bf16.h"

#include <stdint.h>
#include <string.h>

void bf16_widen(const void *half, size_t n, float *out)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t h;
		memcpy(&h, (const char *)half + i * sizeof(h), sizeof(h));
		uint32_t bits = (uint32_t)h << 16;
		memcpy(&out[i], &bits, sizeof(bits));
	}
}

static uint16_t rounded(uint32_t bits)
{
	if ((bits & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(bits >> 16 | 0x40); /* NaN stays one */
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void bf16_narrow(const float *in, size_t n, void *half)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t bits;
		memcpy(&bits, &in[i], sizeof(bits));
		uint16_t h = rounded(bits);
		memcpy((char *)half + i * sizeof(h), &h, sizeof(h));
	}
}
