/* The frame of Weights & Biases' offline files: LevelDB's log format, with two differences.
 *
 *   ":W&B", 0xBEE1 little-endian, version 0: 7 bytes at the begin of the file, which are part of
 *   its first block.
 *   Blocks of 32 KiB, in each chunks one after the other:
 *     checksum 4 bytes, of type and data: zlib's CRC-32, not masked
 *     length   2 bytes, of the data
 *     type     1 byte: 1 a whole record, 2 its first part, 3 one between, 4 its last
 *     data     length bytes, never beyond the block
 *   Less than 7 bytes at the end of a block are zero.
 * All numbers are little-endian. A record is a message of protocol buffers (wandb_record.h). Pure.
 *
 * Invariant: at most WANDB_RECORD_MAX bytes and what is asked for are held; a longer record is told
 * as WANDB_LONG and skipped.
 * Source: LevelDB's doc/log_format.md; wandb's sdk/internal/datastore.py
 */
#ifndef IMPORT_WANDB_LOG_H
#define IMPORT_WANDB_LOG_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WANDB_HEADER 7
#define WANDB_BLOCK 32768
#define WANDB_RECORD_MAX (16 << 20)

enum wandb_next {
	WANDB_RECORD, /* l->record holds it */
	WANDB_LONG,   /* one that is too long to hold was skipped */
	WANDB_MORE,   /* what there is has no whole chunk any more */
	WANDB_BAD     /* at l->at no chunk begins: l->why */
};

struct wandb_log {
	uint64_t at; /* offset in the file of what is read next */
	bool begun;  /* the header was read */
	bool within, lengthy; /* a record's first part has come; it is too long to hold */
	struct strbuf record;
	const char *why; /* static */
};

void wandb_log_init(struct wandb_log *l);
void wandb_log_release(struct wandb_log *l);

bool wandb_is_header(const void *bytes, size_t n);

/* Go on with bytes[n], which stand at l->at in the file; *used is how many of them were taken. With a
 * block's worth of bytes WANDB_MORE comes at the end of the file only. */
enum wandb_next wandb_log_next(struct wandb_log *l, const uint8_t *bytes, size_t n, size_t *used);

#endif
