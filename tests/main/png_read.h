/* Pictures in PNG, read by what zlib says and not by what writes them: 8 bits a sample, not
 * interlaced. */
#ifndef THAW_TESTS_MAIN_PNG_READ_H
#define THAW_TESTS_MAIN_PNG_READ_H

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

struct png_read {
	int w, h, samples; /* of a pixel: 1, 3 or 4 */
	uint8_t *pixels;   /* [h][w][samples] owned */
};

static inline uint32_t png_big(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline int png_paeth(int left, int up, int corner)
{
	int p = left + up - corner, a = abs(p - left), b = abs(p - up), c = abs(p - corner);
	return a <= b && a <= c ? left : b <= c ? up : corner;
}

/* Undo the filter of each row of raw[h][1 + stride]. */
static inline void png_unfilter(struct png_read *png, const uint8_t *raw)
{
	size_t n = (size_t)png->samples, stride = (size_t)png->w * n;
	for (size_t y = 0; y < (size_t)png->h; y++) {
		const uint8_t *from = raw + y * (stride + 1);
		uint8_t *to = png->pixels + y * stride;
		assert_true(from[0] <= 4);
		for (size_t i = 0; i < stride; i++) {
			int left = i >= n ? to[i - n] : 0, up = y ? to[i - stride] : 0,
			    corner = y && i >= n ? to[i - stride - n] : 0;
			const int guess[] = {0, left, up, (left + up) / 2,
					     png_paeth(left, up, corner)};
			to[i] = (uint8_t)(from[1 + i] + guess[from[0]]);
		}
	}
}

static inline void png_head(struct png_read *png, const uint8_t *data)
{
	static const int samples[] = {1, 0, 3, 0, 0, 0, 4};
	png->w = (int)png_big(data);
	png->h = (int)png_big(data + 4);
	assert_true(data[8] == 8 && data[9] <= 6 && samples[data[9]] && !data[12]);
	png->samples = samples[data[9]];
}

/* Every chunk must be whole and its checksum right. */
static inline struct png_read png_read(const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len;
	struct strbuf packed = STRBUF_INIT;
	struct png_read png = {0};
	bool ended = false;
	assert_true(len > 8);
	assert_memory_equal(p, "\x89PNG\r\n\x1a\n", 8);
	for (p += 8; p < end; p += 12 + png_big(p)) {
		uint32_t n = png_big(p);
		assert_true((size_t)(end - p) >= 12 && n <= (size_t)(end - p) - 12);
		assert_int_equal(png_big(p + 8 + n), crc32(0, p + 4, n + 4));
		if (memcmp(p + 4, "IHDR", 4) == 0)
			png_head(&png, p + 8);
		else if (memcmp(p + 4, "IDAT", 4) == 0)
			strbuf_add(&packed, p + 8, n);
		ended = memcmp(p + 4, "IEND", 4) == 0;
	}
	assert_true(ended && png.w > 0 && png.h > 0);
	uLongf size = (uLongf)png.h * (1 + (uLongf)png.w * (uLongf)png.samples), got = size;
	uint8_t *raw = xmalloc(size), *from = xmalloc(packed.len + 1);
	memcpy(from, packed.buf, packed.len);
	assert_int_equal(uncompress(raw, &got, from, packed.len), Z_OK);
	assert_int_equal(got, size);
	png.pixels = xmalloc(size);
	png_unfilter(&png, raw);
	free(raw);
	free(from);
	strbuf_release(&packed);
	return png;
}

#endif
