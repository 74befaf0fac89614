#include "thaw/base/crc32c.h"

#define REFLECTED UINT32_C(0x82f63b78)

/* A byte's worth of the division. */
static uint32_t divide(uint32_t crc)
{
	for (int bit = 0; bit < 8; bit++)
		crc = crc >> 1 ^ (crc & 1 ? REFLECTED : 0);
	return crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	crc = ~crc;
	for (size_t i = 0; i < len; i++)
		crc = divide(crc ^ bytes[i]);
	return ~crc;
}

uint32_t crc32c_mask(uint32_t crc)
{
	return (crc >> 15 | crc << 17) + UINT32_C(0xa282ead8);
}
