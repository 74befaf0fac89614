/* Pictures made by a test: PNG files of coloured shapes, one shape and colour a class, in
 * folders per class.
 *
 * The PNG is written by hand (stored deflate blocks), so that no library is needed.
 * Source: RFC 2083 (PNG), RFC 1950 and 1951 (zlib, deflate).
 */
#ifndef THAW_TESTS_PICTURES_H
#define THAW_TESTS_PICTURES_H

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/base/strbuf.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

static const char *const picture_classes[] = {"disc", "frame", "stripes"};
#define N_PICTURE_CLASSES 3

static inline void be32(struct strbuf *out, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		strbuf_addch(out, (char)(v >> shift));
}

static inline uint32_t crc32_of(const char *p, size_t n)
{
	uint32_t crc = 0xffffffffu;
	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

static inline uint32_t adler32_of(const char *p, size_t n)
{
	uint32_t a = 1, b = 0;
	for (size_t i = 0; i < n; i++) {
		a = (a + (unsigned char)p[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static inline void png_chunk(struct strbuf *out, const char *type, const char *data, size_t n)
{
	be32(out, (uint32_t)n);
	size_t start = out->len;
	strbuf_addstr(out, type);
	strbuf_add(out, data, n);
	be32(out, crc32_of(out->buf + start, n + 4));
}

enum png_channels { PNG_RGB = 3, PNG_RGBA = 4 };

/* Shape: rows[h][1 + channels * w], each row behind its filter byte 0; at most 65535 bytes. */
static inline void png_file_of(struct strbuf *out, int w, int h, const struct strbuf *rows,
			       enum png_channels channels)
{
	assert(rows->len == (size_t)h * (1 + channels * (size_t)w) && rows->len < 65536);
	struct strbuf part = STRBUF_INIT;
	strbuf_add(out, "\x89PNG\r\n\x1a\n", 8);
	be32(&part, (uint32_t)w);
	be32(&part, (uint32_t)h);
	strbuf_add(&part, channels == PNG_RGBA ? "\x08\x06\0\0\0" : "\x08\x02\0\0\0", 5);
	png_chunk(out, "IHDR", part.buf, part.len);
	strbuf_reset(&part);
	strbuf_add(&part, "\x78\x01\x01", 3);
	unsigned len = (unsigned)rows->len;
	char sizes[4] = {(char)len, (char)(len >> 8), (char)~len, (char)(~len >> 8)};
	strbuf_add(&part, sizes, sizeof(sizes));
	strbuf_add(&part, rows->buf, rows->len);
	be32(&part, adler32_of(rows->buf, rows->len));
	png_chunk(out, "IDAT", part.buf, part.len);
	png_chunk(out, "IEND", "", 0);
	strbuf_release(&part);
}

static inline void png_file(struct strbuf *out, int w, int h, const struct strbuf *rows)
{
	png_file_of(out, w, h, rows, PNG_RGB);
}

/* Is the pixel (x, y) of an n x n picture part of the shape of `label`, `at` being where it
 * sits? */
static inline bool in_shape(int label, int x, int y, int n, int at)
{
	int dx = x - n / 2 - at, dy = y - n / 2 + at, r = n / 3;
	switch (label) {
	case 0:
		return dx * dx + dy * dy < r * r;
	case 1:
		return abs(dx) < r && abs(dy) < r && (abs(dx) > r / 2 || abs(dy) > r / 2);
	default:
		return (x + at + n) % (n / 4) < n / 8;
	}
}

static inline void draw_picture(struct strbuf *out, int label, uint64_t key, int n)
{
	struct strbuf rows = STRBUF_INIT;
	int at = (int)rng_below(key, 0, (uint64_t)n / 4) - n / 8;
	uint64_t counter = 1;
	for (int y = 0; y < n; y++) {
		strbuf_addch(&rows, 0);
		for (int x = 0; x < n; x++)
			for (int c = 0; c < 3; c++) {
				uint64_t noise = rng_below(key, counter++, 90);
				uint64_t lit = in_shape(label, x, y, n, at) && c == label ? 160 : 0;
				strbuf_addch(&rows, (char)(noise + lit));
			}
	}
	png_file(out, n, n, &rows);
	strbuf_release(&rows);
}

/* DIR/CLASS/NNN.png, `per_class` of n x n pixels for each class. */
static inline void make_pictures(const char *dir, int per_class, int n, uint64_t seed)
{
	for (int label = 0; label < N_PICTURE_CLASSES; label++) {
		char *folder = path_join(dir, picture_classes[label]);
		enum err r = file_mkdirs(folder, NULL);
		for (int i = 0; i < per_class && !r; i++) {
			struct strbuf png = STRBUF_INIT;
			draw_picture(&png, label,
				     rng_key(seed, RNG_PROBE, (uint64_t)label, (uint64_t)i), n);
			char *path = xasprintf("%s/%03d.png", folder, i);
			r = file_write_atomic(path, png.buf, png.len, NULL);
			free(path);
			strbuf_release(&png);
		}
		assert(!r);
		free(folder);
	}
}

#endif
