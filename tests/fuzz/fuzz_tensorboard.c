/* TensorBoard's event files. The first byte says what the rest is: a file as it is, or messages, one
 * behind the other with a byte for its length, that are framed as they should be: no fuzzer finds a
 * checksum. */
#include "fuzz.h"

#include "thaw/base/crc32c.h"
#include "../../src/import/tb_event.h"
#include "../../src/import/tfrecord.h"
#include "thaw/import/import.h"

static void put(struct strbuf *out, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		strbuf_addch(out, (char)(v >> 8 * i));
}

static void frame(struct strbuf *out, const uint8_t *data, size_t len)
{
	put(out, len, 8);
	put(out, crc32c_mask(crc32c(0, out->buf + out->len - 8, 8)), 4);
	strbuf_add(out, data, len);
	put(out, crc32c_mask(crc32c(0, data, len)), 4);
}

static void decode(const uint8_t *data, size_t len)
{
	struct tb_event ev;
	struct tb_value v;
	if (!tb_event_decode(&ev, data, len))
		return;
	while (tb_value_next(&ev, &v))
		FUZZ_TRUE(protobuf_left(&v.tag.sub) <= len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf file = STRBUF_INIT;
	struct import *im;
	struct import_options o = {.format = "tensorboard"};
	bool raw = size && *data & 1;
	if (raw) {
		struct tfrecord r;
		strbuf_add(&file, data + 1, size - 1);
		if (tfrecord_next(data + 1, size - 1, &r) == TFRECORD_WHOLE)
			FUZZ_TRUE(r.size <= size - 1 && r.data + r.len + 4 <= data + size);
	}
	for (size_t at = 1; !raw && at < size;) {
		size_t len = data[at++];
		len = len < size - at ? len : size - at;
		decode(data + at, len);
		frame(&file, data + at, len);
		at += len;
	}
	const char *path = fuzz_file("events.out.tfevents.1", (const uint8_t *)file.buf, file.len);
	if (!import_open(&im, path, &o, NULL)) {
		import_poll(im, NULL, NULL);
		import_close(im);
	}
	strbuf_release(&file);
	return 0;
}
