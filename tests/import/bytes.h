/* Bytes of the formats that are binary, written by their descriptions and not by the code under test:
 * its checksums, its numbers and its frames come from here alone. */
#ifndef TESTS_IMPORT_BYTES_H
#define TESTS_IMPORT_BYTES_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <string.h>

/* Bit by bit: reflected, of the polynomial that is given reflected. */
static inline uint32_t slow_crc(uint32_t polynomial, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < len * 8; i++) {
		uint32_t bit = (crc ^ (uint32_t)(p[i / 8] >> i % 8)) & 1;
		crc = crc >> 1 ^ (bit ? polynomial : 0);
	}
	return ~crc;
}

#define CASTAGNOLI 0x82f63b78u
#define ZLIB 0xedb88320u

static inline void put_number(struct strbuf *out, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		strbuf_addch(out, (char)(v >> 8 * i));
}

static inline void put_masked(struct strbuf *out, const void *data, size_t len)
{
	uint32_t crc = slow_crc(CASTAGNOLI, data, len);
	put_number(out, (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8u), 4);
}

static inline void put_tfrecord(struct strbuf *out, const struct strbuf *data)
{
	uint8_t length[8];
	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)((uint64_t)data->len >> 8 * i);
	strbuf_add(out, length, 8);
	put_masked(out, length, 8);
	strbuf_add(out, data->buf, data->len);
	put_masked(out, data->buf, data->len);
}

/* ---- protocol buffers ---- */

static inline void put_varint(struct strbuf *out, uint64_t v)
{
	for (; v > 127; v >>= 7)
		strbuf_addch(out, (char)(v | 128));
	strbuf_addch(out, (char)v);
}

static inline void put_int(struct strbuf *out, uint32_t field, int64_t v)
{
	put_varint(out, field << 3);
	put_varint(out, (uint64_t)v);
}

static inline void put_double(struct strbuf *out, uint32_t field, double v)
{
	uint64_t bits;
	memcpy(&bits, &v, 8);
	put_varint(out, field << 3 | 1);
	put_number(out, bits, 8);
}

static inline void put_float(struct strbuf *out, uint32_t field, float v)
{
	uint32_t bits;
	memcpy(&bits, &v, 4);
	put_varint(out, field << 3 | 5);
	put_number(out, bits, 4);
}

static inline void put_bytes(struct strbuf *out, uint32_t field, const void *data, size_t len)
{
	put_varint(out, field << 3 | 2);
	put_varint(out, len);
	strbuf_add(out, data, len);
}

static inline void put_text(struct strbuf *out, uint32_t field, const char *text)
{
	put_bytes(out, field, text, strlen(text));
}

/* The message is emptied. */
static inline void put_message(struct strbuf *out, uint32_t field, struct strbuf *message)
{
	put_bytes(out, field, message->buf, message->len);
	strbuf_release(message);
}

/* ---- TensorBoard ---- */

/* An event whose summary has one value; the value is emptied. */
static inline void put_summary(struct strbuf *out, double wall, int64_t step, struct strbuf *value)
{
	struct strbuf summary = STRBUF_INIT, event = STRBUF_INIT;
	put_message(&summary, 1, value);
	put_double(&event, 1, wall);
	if (step)
		put_int(&event, 2, step);
	put_message(&event, 5, &summary);
	put_tfrecord(out, &event);
	strbuf_release(&event);
}

static inline void put_version(struct strbuf *out, double wall)
{
	struct strbuf event = STRBUF_INIT;
	put_double(&event, 1, wall);
	put_text(&event, 3, "brain.Event:2");
	put_tfrecord(out, &event);
	strbuf_release(&event);
}

static inline void put_scalar(struct strbuf *out, double wall, int64_t step, const char *tag, float v)
{
	struct strbuf value = STRBUF_INIT;
	put_text(&value, 1, tag);
	put_float(&value, 2, v);
	put_summary(out, wall, step, &value);
}

static inline void put_start(struct strbuf *out, double wall, int64_t step)
{
	struct strbuf log = STRBUF_INIT, event = STRBUF_INIT;
	put_int(&log, 1, 1);
	put_double(&event, 1, wall);
	put_int(&event, 2, step);
	put_message(&event, 7, &log);
	put_tfrecord(out, &event);
	strbuf_release(&event);
}

/* ---- Weights & Biases ---- */

static inline void put_chunk(struct strbuf *out, int type, const char *data, size_t len)
{
	struct strbuf typed = STRBUF_INIT;
	strbuf_addch(&typed, (char)type);
	strbuf_add(&typed, data, len);
	put_number(out, slow_crc(ZLIB, typed.buf, typed.len), 4);
	put_number(out, len, 2);
	strbuf_add(out, typed.buf, typed.len);
	strbuf_release(&typed);
}

static inline void put_wandb_header(struct strbuf *out)
{
	strbuf_add(out, ":W&B\xe1\xbe", 7);
}

/* A record, in as many chunks as the blocks of the file need. The record is emptied. */
static inline void put_wandb(struct strbuf *out, struct strbuf *record)
{
	size_t at = 0, room = 32768 - out->len % 32768;
	bool first = true;
	do {
		if (room < 7) {
			put_number(out, 0, (int)room);
			room = 32768;
		}
		size_t left = record->len - at, n = left < room - 7 ? left : room - 7;
		bool last = n == left;
		put_chunk(out, first ? (last ? 1 : 2) : last ? 4 : 3, record->buf + at, n);
		at += n;
		first = false;
		room = 32768 - out->len % 32768;
	} while (at < record->len);
	strbuf_release(record);
}

static inline void put_item(struct strbuf *history, const char *key, const char *json)
{
	struct strbuf item = STRBUF_INIT;
	put_text(&item, 1, key);
	put_text(&item, 16, json);
	put_message(history, 1, &item);
}

/* Record {num, history}; the history is emptied. */
static inline void put_history(struct strbuf *out, struct strbuf *history)
{
	struct strbuf record = STRBUF_INIT;
	put_int(&record, 1, 1);
	put_message(&record, 2, history);
	put_wandb(out, &record);
}

#endif
