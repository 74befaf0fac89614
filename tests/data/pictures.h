/* Pictures made by the tests: JPEG and PNG bytes from pixels, files, and a scratch folder. */
#ifndef THAW_TESTS_DATA_PICTURES_H
#define THAW_TESTS_DATA_PICTURES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/base/strbuf.h"
#include "thaw/config/experiment.h"
#include "thaw/data/dataset.h"
#include "thaw/data/image.h"

#include <ftw.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

#define MAYBE_UNUSED __attribute__((unused)) static

/* Smooth colours that differ from corner to corner, plus a little texture. Shape:
 * [h][w][channels]. */
MAYBE_UNUSED uint8_t *make_pixels(int w, int h, int channels, uint64_t seed)
{
	uint8_t *px = xmalloc((size_t)w * (size_t)h * (size_t)channels);
	uint64_t key = rng_key(seed, RNG_INIT, 0, 0), i = 0;
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
			for (int c = 0; c < channels; c++, i++) {
				int ramp = c == 0   ? 200 * x / w
					   : c == 1 ? 200 * y / h
						    : 200 * (x + y) / (w + h);
				px[i] = (uint8_t)(ramp + (int)rng_below(key, i, 40));
			}
	return px;
}

MAYBE_UNUSED struct image make_image(int w, int h, uint64_t seed)
{
	return (struct image){w, h, make_pixels(w, h, 3, seed)};
}

/* `format` is TJPF_RGB, TJPF_GRAY or TJPF_CMYK; `flags` e.g. TJFLAG_PROGRESSIVE. */
MAYBE_UNUSED void make_jpeg(struct strbuf *out, const uint8_t *px, int w, int h, int format,
			    int flags)
{
	tjhandle tj = tjInitCompress();
	unsigned char *data = NULL;
	unsigned long n = 0;
	int sampling = format == TJPF_GRAY   ? TJSAMP_GRAY
		       : format == TJPF_CMYK ? TJSAMP_444
					     : TJSAMP_420;
	assert_int_equal(tjCompress2(tj, px, w, 0, h, format, &data, &n, sampling, 95, flags), 0);
	strbuf_add(out, data, n);
	tjFree(data);
	tjDestroy(tj);
}

MAYBE_UNUSED void insert_bytes(struct strbuf *sb, size_t at, const void *data, size_t len)
{
	struct strbuf tail = STRBUF_INIT;
	strbuf_add(&tail, sb->buf + at, sb->len - at);
	strbuf_remove(sb, at, sb->len - at);
	strbuf_add(sb, data, len);
	strbuf_add(sb, tail.buf, tail.len);
	strbuf_release(&tail);
}

/* A TIFF block that holds an orientation. Returns its length. */
MAYBE_UNUSED size_t make_exif(uint8_t out[26], int orientation, bool big_endian)
{
	static const uint8_t little[26] = {'I',  'I', 42, 0, 8, 0, 0, 0, 1, 0,
					   0x12, 1,   3,  0, 1, 0, 0, 0, 1};
	static const uint8_t big[26] = {'M', 'M',  0, 42, 0, 0, 0, 8, 0, 1,
					1,   0x12, 0, 3,  0, 0, 0, 1, 0, 1};
	memcpy(out, big_endian ? big : little, 26);
	out[big_endian ? 19 : 18] = (uint8_t)orientation;
	return 26;
}

MAYBE_UNUSED void add_exif(struct strbuf *jpeg, int orientation, bool big_endian)
{
	uint8_t segment[36] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0};
	make_exif(segment + 10, orientation, big_endian);
	insert_bytes(jpeg, 2, segment, sizeof(segment));
}

struct png_kind {
	int colour, depth;
	bool interlaced, transparent; /* transparent: a tRNS chunk */
};

MAYBE_UNUSED void png_to_strbuf(png_structp png, png_bytep data, size_t n)
{
	strbuf_add(png_get_io_ptr(png), data, n);
}

MAYBE_UNUSED void png_no_flush(png_structp png)
{
	(void)png;
}

/* `rows` are packed as libpng packs them for this kind. A palette is colour i = (i, 255 - i, i /
 * 2). */
MAYBE_UNUSED void make_png(struct strbuf *out, const uint8_t *rows, size_t stride, int w, int h,
			   struct png_kind k)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_set_write_fn(png, out, png_to_strbuf, png_no_flush);
	png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, k.depth, k.colour,
		     k.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_color palette[256];
	png_byte alpha[256];
	for (int i = 0; i < 256; i++) {
		palette[i] = (png_color){(png_byte)i, (png_byte)(255 - i), (png_byte)(i / 2)};
		alpha[i] = (png_byte)(i < 16 ? 0 : 255);
	}
	if (k.colour == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, palette, 1 << k.depth);
	if (k.colour == PNG_COLOR_TYPE_PALETTE && k.transparent)
		png_set_tRNS(png, info, alpha, 1 << k.depth, NULL);
	png_write_info(png, info);
	int passes = k.interlaced ? png_set_interlace_handling(png) : 1;
	for (int pass = 0; pass < passes; pass++)
		for (int y = 0; y < h; y++)
			png_write_row(png, rows + (size_t)y * stride);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
}

/* The checksum of PNG chunks (CRC-32 of the PNG specification, annex D). */
MAYBE_UNUSED uint32_t png_crc(const char *data, size_t len)
{
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint8_t)data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
	}
	return ~crc;
}

/* Make the checksums of all chunks right again, as far as they are in place. */
MAYBE_UNUSED void png_mend_checksums(struct strbuf *sb)
{
	for (size_t at = 8; at + 12 <= sb->len;) {
		const uint8_t *p = (const uint8_t *)sb->buf + at;
		size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
		if (n > sb->len - at - 12)
			return;
		uint32_t crc = png_crc(sb->buf + at + 4, n + 4);
		for (size_t i = 0; i < 4; i++)
			sb->buf[at + 8 + n + i] = (char)(crc >> (24 - 8 * i));
		at += n + 12;
	}
}

MAYBE_UNUSED void write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

MAYBE_UNUSED void write_text(const char *path, const char *text)
{
	write_file(path, text, strlen(text));
}

/* A small JPEG photograph-like file. */
MAYBE_UNUSED void write_jpeg(const char *path, int w, int h, uint64_t seed)
{
	struct strbuf sb = STRBUF_INIT;
	uint8_t *px = make_pixels(w, h, 3, seed);
	make_jpeg(&sb, px, w, h, TJPF_RGB, 0);
	write_file(path, sb.buf, sb.len);
	free(px);
	strbuf_release(&sb);
}

static char scratch[64]; /* a folder for one test, and the working directory in it */
static char scratch_home[4096];

MAYBE_UNUSED int scratch_setup(void **state)
{
	(void)state;
	const char *base = getenv("TMPDIR");
	snprintf(scratch, sizeof(scratch), "%s/thaw-data-XXXXXX",
		 base && strlen(base) < 40 ? base : "/tmp");
	if (!getcwd(scratch_home, sizeof(scratch_home)) || !mkdtemp(scratch))
		return -1;
	return chdir(scratch);
}

MAYBE_UNUSED int scratch_remove_one(const char *path, const struct stat *st, int kind,
				    struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

MAYBE_UNUSED int scratch_teardown(void **state)
{
	(void)state;
	if (chdir(scratch_home) != 0)
		return -1;
	return nftw(scratch, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* An experiment by hand, with nothing disturbed. */
MAYBE_UNUSED struct experiment plain_experiment(char *images)
{
	static char empty[] = "";
	struct experiment x = {.path = empty, .name = empty};
	x.data.images = images;
	x.data.valid_dir = x.data.darknet = x.data.idx = x.data.names = x.data.classes = empty;
	x.data.max_bad = 0.1;
	x.data.augment =
	    (struct augment_config){.crop = 1, .aspect = 1, .saturation = 1, .exposure = 1};
	x.train.seed = 1;
	return x;
}

MAYBE_UNUSED size_t count_label(const struct split *s, int label)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		n += s->samples[i].label == label;
	return n;
}

#endif
