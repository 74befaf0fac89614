/* Files of the other kinds, made from 8-bit RGB pixels: by hand where they are stored plainly, else
 * by the library that reads them. Each can be told from the others by its pixels alone.
 */
#ifndef THAW_TESTS_DATA_KINDS_H
#define THAW_TESTS_DATA_KINDS_H

#include "pictures.h"

#include <gif_lib.h>
#include <webp/encode.h>

MAYBE_UNUSED void add_little(struct strbuf *out, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		strbuf_addch(out, (char)(v >> 8 * i));
}

MAYBE_UNUSED void add_big(struct strbuf *out, uint32_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		strbuf_addch(out, (char)(v >> 8 * i));
}

/* 24 bits, bottom row first; with `alpha` 32 bits, top row first. */
MAYBE_UNUSED void make_bmp(struct strbuf *out, const uint8_t *px, int w, int h, bool alpha)
{
	int per = alpha ? 4 : 3, stride = (w * per + 3) / 4 * 4;
	strbuf_addstr(out, "BM");
	add_little(out, (uint32_t)(54 + stride * h), 4);
	add_little(out, 0, 4);
	add_little(out, 54, 4);
	add_little(out, 40, 4);
	add_little(out, (uint32_t)w, 4);
	add_little(out, (uint32_t)(alpha ? -h : h), 4);
	add_little(out, 1, 2);
	add_little(out, (uint32_t)per * 8, 2);
	for (int i = 0; i < 6; i++)
		add_little(out, 0, 4);
	for (int y = 0; y < h; y++) {
		const uint8_t *p = px + (size_t)(alpha ? y : h - 1 - y) * (size_t)w * 3;
		for (int x = 0; x < w; x++, p += 3) {
			add_little(out, (uint32_t)(p[0] << 16 | p[1] << 8 | p[2]), 3);
			if (alpha)
				strbuf_addch(out, (char)(x % 3));
		}
		add_little(out, 0, stride - w * per);
	}
}

/* 8 or 4 bits with a palette, in runs and single pixels. Colour i is (i, 255 - i, i / 2); the
 * pixels' colours are their red, of which 4 bits leave the upper ones. */
MAYBE_UNUSED void make_packed_bmp(struct strbuf *out, const uint8_t *px, int w, int h, int bits)
{
	int n_colours = 1 << bits, shift = 8 - bits;
	make_bmp(out, px, 0, 0, false);
	memcpy(out->buf + 10,
	       (uint8_t[]){(uint8_t)(54 + 4 * n_colours), (uint8_t)((54 + 4 * n_colours) >> 8)}, 2);
	out->buf[18] = (char)w;
	out->buf[22] = (char)h;
	out->buf[28] = (char)bits;
	out->buf[30] = bits == 8 ? 1 : 2;
	for (int i = 0; i < n_colours; i++)
		add_little(out, (uint32_t)(i << 16 | (255 - i) << 8 | i / 2), 4);
	for (int y = h - 1; y >= 0; y--) {
		const uint8_t *p = px + (size_t)y * (size_t)w * 3;
		int x = 0;
		for (; x < w && x < 5; x++) { /* runs of one */
			int v = p[3 * x] >> shift;
			strbuf_addch(out, 1);
			strbuf_addch(out, (char)(bits == 8 ? v : v << 4));
		}
		strbuf_addch(out, 0); /* the others one by one */
		strbuf_addch(out, (char)(w - x));
		size_t start = out->len;
		for (; x < w; x += 8 / bits) {
			int v = p[3 * x] >> shift, next = x + 1 < w ? p[3 * (x + 1)] >> shift : 0;
			strbuf_addch(out, (char)(bits == 8 ? v : v << 4 | next));
		}
		if ((out->len - start) % 2)
			strbuf_addch(out, 0);
		strbuf_add(out, y ? "\0\0" : "\0\1", 2);
	}
}

/* Runs of one to three equal pixels, which are many ways to write the same. */
MAYBE_UNUSED void add_runs(struct strbuf *out, const uint8_t *px, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		len = n - i < 1 + i % 3 ? n - i : 1 + i % 3;
		strbuf_addch(out, (char)(len - 1));
		for (size_t k = i; k < i + len; k++)
			add_little(out,
				   (uint32_t)(px[3 * k] << 16 | px[3 * k + 1] << 8 | px[3 * k + 2]),
				   3);
	}
}

MAYBE_UNUSED void make_tga(struct strbuf *out, const uint8_t *px, int w, int h, bool packed)
{
	const uint8_t head[12] = {0, 0, packed ? 10 : 2};
	strbuf_add(out, head, sizeof(head));
	add_little(out, (uint32_t)w, 2);
	add_little(out, (uint32_t)h, 2);
	add_little(out, 0x2018, 2); /* 24 bits, top row first */
	if (packed)
		add_runs(out, px, (size_t)w * (size_t)h);
	for (int i = 0; !packed && i < w * h; i++)
		add_little(out, (uint32_t)(px[3 * i] << 16 | px[3 * i + 1] << 8 | px[3 * i + 2]),
			   3);
}

MAYBE_UNUSED void make_psd(struct strbuf *out, const uint8_t *px, int w, int h)
{
	strbuf_add(out, "8BPS\0\1\0\0\0\0\0\0\0\3", 14);
	add_big(out, (uint32_t)h, 4);
	add_big(out, (uint32_t)w, 4);
	add_big(out, 8, 2);
	add_big(out, 3, 2);
	for (int i = 0; i < 3; i++)
		add_big(out, 0, 4);
	add_big(out, 0, 2);
	for (int c = 0; c < 3; c++)
		for (int i = 0; i < w * h; i++)
			strbuf_addch(out, (char)px[3 * i + c]);
}

/* P1 to P6; grey is the red channel, a bit its highest. With `max` above 255, two bytes a
 * sample. */
MAYBE_UNUSED void make_pnm(struct strbuf *out, const uint8_t *px, int w, int h, int type, int max)
{
	bool text = type <= 3, bits = type % 3 == 1;
	int channels = type % 3 == 0 ? 3 : 1;
	strbuf_addf(out, "P%d\n# made by a test\n%d %d\n", type, w, h);
	if (!bits)
		strbuf_addf(out, "%d\n", max);
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w * channels; x++) {
			int v = px[3 * y * w + (channels == 3 ? x : 3 * x)];
			if (text)
				strbuf_addf(out, "%d%c", bits ? v < 128 : v, x % 9 ? ' ' : '\n');
			else if (!bits)
				add_big(out, max > 255 ? (uint32_t)v << 8 | 7 : (uint32_t)v,
					max > 255 ? 2 : 1);
			else if (x % 8 == 0)
				strbuf_addch(out, v < 128 ? (char)0x80 : 0);
			else if (v < 128)
				out->buf[out->len - 1] |= (char)(0x80 >> x % 8);
		}
}

struct tiff_kind {
	int channels, depth; /* 3 or 4 channels of 8 or 16 bits */
	int orientation;
	int strip_rows;
};

MAYBE_UNUSED void add_tiff_entry(struct strbuf *out, int tag, int type, uint32_t n, uint32_t value)
{
	add_big(out, (uint32_t)tag, 2);
	add_big(out, (uint32_t)type, 2);
	add_big(out, n, 4);
	add_big(out, type == 3 && n == 1 ? value << 16 : value, 4);
}

/* Stored plainly, big-endian. The fourth channel is alpha that is not multiplied in: 3 x mod
 * 256. */
MAYBE_UNUSED void make_tiff(struct strbuf *out, const uint8_t *px, int w, int h, struct tiff_kind k)
{
	enum { N_ENTRIES = 11, BITS_AT = 8 + 2 + 12 * N_ENTRIES + 4, STRIPS_AT = BITS_AT + 8 };
	uint32_t n_strips = (uint32_t)((h + k.strip_rows - 1) / k.strip_rows),
		 row = (uint32_t)(w * k.channels * k.depth / 8), data_at = STRIPS_AT + 8 * n_strips;
	strbuf_add(out, "MM\0*\0\0\0\x08", 8);
	add_big(out, N_ENTRIES, 2);
	add_tiff_entry(out, 256, 4, 1, (uint32_t)w);
	add_tiff_entry(out, 257, 4, 1, (uint32_t)h);
	add_tiff_entry(out, 258, 3, (uint32_t)k.channels, BITS_AT);
	add_tiff_entry(out, 259, 3, 1, 1);
	add_tiff_entry(out, 262, 3, 1, 2);
	add_tiff_entry(out, 273, 4, n_strips, n_strips == 1 ? data_at : STRIPS_AT);
	add_tiff_entry(out, 274, 3, 1, (uint32_t)k.orientation);
	add_tiff_entry(out, 277, 3, 1, (uint32_t)k.channels);
	add_tiff_entry(out, 278, 4, 1, (uint32_t)k.strip_rows);
	add_tiff_entry(out, 279, 4, n_strips,
		       n_strips == 1 ? row * (uint32_t)h : STRIPS_AT + 4 * n_strips);
	if (k.channels == 4)
		add_tiff_entry(out, 338, 3, 1, 2); /* alpha */
	else
		add_tiff_entry(out, 339, 3, 1, 1); /* unsigned integers */
	add_big(out, 0, 4);
	for (int i = 0; i < 4; i++)
		add_big(out, (uint32_t)k.depth, 2);
	for (uint32_t i = 0; i < n_strips; i++)
		add_big(out, data_at + i * (uint32_t)k.strip_rows * row, 4);
	for (uint32_t i = 0; i < n_strips; i++) {
		int rows = h - (int)i * k.strip_rows;
		add_big(out, (uint32_t)(rows < k.strip_rows ? rows : k.strip_rows) * row, 4);
	}
	for (int i = 0; i < w * h; i++)
		for (int c = 0; c < k.channels; c++) {
			uint32_t v = c < 3 ? px[3 * i + c] : (uint32_t)(3 * (i % w)) & 255;
			add_big(out, k.depth == 16 ? v * 257 : v, k.depth / 8);
		}
}

MAYBE_UNUSED int gif_to_strbuf(GifFileType *gif, const GifByteType *data, int n)
{
	strbuf_add(gif->UserData, data, (size_t)n);
	return n;
}

struct gif_kind {
	int left, top;   /* of the frame on a canvas that is larger by as much on every side */
	int background;  /* colour of the palette */
	int transparent; /* colour, -1 = none */
	bool interlaced;
};

/* `indices` are colours of the palette of make_png(): i is (i, 255 - i, i / 2). */
MAYBE_UNUSED void make_gif(struct strbuf *out, const uint8_t *indices, int w, int h,
			   struct gif_kind k)
{
	static const int first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
	GifColorType colours[256];
	int code;
	for (int i = 0; i < 256; i++)
		colours[i] =
		    (GifColorType){(GifByteType)i, (GifByteType)(255 - i), (GifByteType)(i / 2)};
	ColorMapObject *map = GifMakeMapObject(256, colours);
	GifFileType *gif = EGifOpen(out, gif_to_strbuf, &code);
	EGifSetGifVersion(gif, true);
	EGifPutScreenDesc(gif, w + 2 * k.left, h + 2 * k.top, 8, k.background, map);
	if (k.transparent >= 0) {
		GraphicsControlBlock control = {.TransparentColor = k.transparent};
		GifByteType bytes[4];
		EGifGCBToExtension(&control, bytes);
		EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, bytes);
	}
	EGifPutImageDesc(gif, k.left, k.top, w, h, k.interlaced, NULL);
	for (int pass = 0; pass < (k.interlaced ? 4 : 1); pass++)
		for (int y = k.interlaced ? first[pass] : 0; y < h;
		     y += k.interlaced ? step[pass] : 1)
			EGifPutLine(gif, (GifPixelType *)(uintptr_t)indices + (size_t)y * (size_t)w,
				    w);
	assert_int_equal(EGifCloseFile(gif, &code), GIF_OK);
	GifFreeMapObject(map);
}

/* Without loss; with `alpha` the pixels are RGBA, and colours under clear pixels are kept. */
MAYBE_UNUSED void make_webp(struct strbuf *out, const uint8_t *px, int w, int h, bool alpha)
{
	WebPConfig config;
	WebPPicture picture;
	WebPMemoryWriter writer;
	assert_true(WebPConfigInit(&config) && WebPPictureInit(&picture));
	WebPMemoryWriterInit(&writer);
	config.lossless = config.exact = 1;
	config.method = 0;
	picture.use_argb = 1;
	picture.width = w;
	picture.height = h;
	picture.writer = WebPMemoryWrite;
	picture.custom_ptr = &writer;
	assert_true((alpha ? WebPPictureImportRGBA : WebPPictureImportRGB)(&picture, px,
									   (alpha ? 4 : 3) * w));
	assert_true(WebPEncode(&config, &picture));
	strbuf_add(out, writer.mem, writer.size);
	WebPMemoryWriterClear(&writer);
	WebPPictureFree(&picture);
}

#endif
