#include "wandb_log.h"
#include "little.h"

#include <string.h>
#include <zlib.h>

enum { CHUNK_HEADER = 7 };
enum { WHOLE = 1, FIRST, MIDDLE, LAST };

void wandb_log_init(struct wandb_log *l)
{
	*l = (struct wandb_log){.record = STRBUF_INIT};
}

void wandb_log_release(struct wandb_log *l)
{
	strbuf_release(&l->record);
}

bool wandb_is_header(const void *bytes, size_t n)
{
	return n >= WANDB_HEADER && memcmp(bytes, ":W&B\xe1\xbe", 7) == 0;
}

static enum wandb_next bad(struct wandb_log *l, const char *why)
{
	l->why = why;
	return WANDB_BAD;
}

/* What stands in the way of a chunk here; NULL: nothing. */
static const char *fault(const struct wandb_log *l, int type, size_t len)
{
	if (type < WHOLE || type > LAST)
		return "a part of no known kind";
	if (l->at % WANDB_BLOCK + CHUNK_HEADER + len > WANDB_BLOCK)
		return "a part that goes beyond its block";
	if (l->within != (type == MIDDLE || type == LAST))
		return l->within ? "a record that begins within another"
				 : "a part of a record without its begin";
	return NULL;
}

static bool agrees(const uint8_t *chunk, size_t len)
{
	uLong crc = crc32(crc32(0, NULL, 0), chunk + 6, 1);
	return little(chunk, 4) == crc32(crc, chunk + CHUNK_HEADER, (uInt)len);
}

/* True: the record is whole. */
static bool take(struct wandb_log *l, int type, const uint8_t *data, size_t len)
{
	if (type == WHOLE || type == FIRST) {
		strbuf_reset(&l->record);
		l->lengthy = false;
	}
	l->lengthy |= l->record.len + len > WANDB_RECORD_MAX;
	if (l->lengthy)
		strbuf_release(&l->record);
	else
		strbuf_add(&l->record, data, len);
	l->within = type == FIRST || type == MIDDLE;
	return !l->within;
}

/* The next chunk, or the filling at a block's end; *there: it was, and *used has grown by it. */
static enum wandb_next next_chunk(struct wandb_log *l, const uint8_t *bytes, size_t n, size_t *used,
				  bool *there)
{
	const uint8_t *chunk = bytes + *used;
	size_t left = n - *used, rest = WANDB_BLOCK - l->at % WANDB_BLOCK;
	size_t need = rest < CHUNK_HEADER ? rest : CHUNK_HEADER;
	*there = false;
	if (left < need)
		return WANDB_MORE;
	if (rest < CHUNK_HEADER) {
		l->at += rest;
		*used += rest;
		*there = true;
		return WANDB_MORE;
	}
	size_t len = (size_t)little(chunk + 4, 2);
	const char *why = fault(l, chunk[6], len);
	if (why)
		return bad(l, why);
	if (left < CHUNK_HEADER + len)
		return WANDB_MORE;
	if (!agrees(chunk, len))
		return bad(l, "a checksum that does not agree");
	*there = true;
	*used += CHUNK_HEADER + len;
	l->at += CHUNK_HEADER + len;
	if (!take(l, chunk[6], chunk + CHUNK_HEADER, len))
		return WANDB_MORE;
	return l->lengthy ? WANDB_LONG : WANDB_RECORD;
}

enum wandb_next wandb_log_next(struct wandb_log *l, const uint8_t *bytes, size_t n, size_t *used)
{
	enum wandb_next next = WANDB_MORE;
	bool there = true;
	*used = 0;
	if (!l->begun) {
		if (n < WANDB_HEADER)
			return WANDB_MORE;
		if (!wandb_is_header(bytes, n))
			return bad(l, "no header");
		l->begun = true;
		l->at = *used = WANDB_HEADER;
	}
	while (next == WANDB_MORE && there)
		next = next_chunk(l, bytes, n, used, &there);
	return next;
}
