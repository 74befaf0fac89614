/* Weights & Biases' files. The first byte says what the rest is: a file as it is, or records, one
 * behind the other with a byte for its length, that are framed as they should be: no fuzzer finds a
 * checksum. */
#include "fuzz.h"

#include "../../src/import/wandb_log.h"
#include "../../src/import/wandb_record.h"
#include "thaw/import/import.h"

#include <zlib.h>

static void put(struct strbuf *out, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		strbuf_addch(out, (char)(v >> 8 * i));
}

static void frame(struct strbuf *out, const uint8_t *data, size_t len)
{
	const uint8_t whole = 1;
	put(out, crc32(crc32(0, &whole, 1), data, (uInt)len), 4);
	put(out, len, 2);
	put(out, whole, 1);
	strbuf_add(out, data, len);
}

static void decode(const uint8_t *data, size_t len)
{
	struct wandb_record r;
	struct wandb_run run;
	struct wandb_item item;
	if (!wandb_record_decode(&r, data, len))
		return;
	wandb_item_init(&item);
	wandb_run_decode(&run, r.body);
	while (wandb_item_next(&run.config, &item))
		FUZZ_TRUE(item.key.len > 0);
	while (wandb_item_next(&r.body, &item))
		FUZZ_TRUE(item.key.len > 0);
	wandb_item_release(&item);
}

/* The frame holds no more than it was given, and says where it is. */
static void read_frame(const uint8_t *data, size_t size)
{
	struct wandb_log l;
	enum wandb_next next;
	size_t from = 0, used;
	wandb_log_init(&l);
	while ((next = wandb_log_next(&l, data + from, size - from, &used)) < WANDB_MORE) {
		from += used;
		FUZZ_TRUE(from <= size && l.at == from && l.record.len <= size);
	}
	wandb_log_release(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf file = STRBUF_INIT;
	struct import *im;
	struct import_options o = {.format = "wandb"};
	bool raw = size && *data & 1;
	if (raw)
		strbuf_add(&file, data + 1, size - 1);
	else
		strbuf_add(&file, ":W&B\xe1\xbe", 7);
	for (size_t at = 1; !raw && at < size;) {
		size_t len = data[at++];
		len = len < size - at ? len : size - at;
		decode(data + at, len);
		frame(&file, data + at, len);
		at += len;
	}
	read_frame((const uint8_t *)file.buf, file.len);
	const char *path = fuzz_file("run-1.wandb", (const uint8_t *)file.buf, file.len);
	if (!import_open(&im, path, &o, NULL)) {
		import_poll(im, NULL, NULL);
		import_close(im);
	}
	strbuf_release(&file);
	return 0;
}
