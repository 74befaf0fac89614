#include "tfrecord.h"
#include "thaw/base/crc32c.h"
#include "little.h"

static int agrees(const uint8_t *checksum, const uint8_t *data, size_t len)
{
	return (uint32_t)little(checksum, 4) == crc32c_mask(crc32c(0, data, len));
}

enum tfrecord_next tfrecord_next(const uint8_t *bytes, size_t n, struct tfrecord *out)
{
	*out = (struct tfrecord){.size = TFRECORD_HEADER};
	if (n < TFRECORD_HEADER)
		return TFRECORD_PART;
	uint64_t len = little(bytes, 8);
	if (!agrees(bytes + 8, bytes, 8) || len > INT64_MAX - TFRECORD_HEADER - TFRECORD_FOOTER)
		return TFRECORD_BAD_LENGTH;
	out->size = len + TFRECORD_HEADER + TFRECORD_FOOTER;
	if (n < out->size)
		return TFRECORD_PART;
	out->data = bytes + TFRECORD_HEADER;
	out->len = (size_t)len;
	return agrees(out->data + len, out->data, out->len) ? TFRECORD_WHOLE : TFRECORD_BAD_DATA;
}
