#include "png.h"

#include "thaw/event/base64.h"

#define BLOCK_MAX 65535 /* bytes of a stored block */
#define ADLER_BASE 65521

static void add_big(struct strbuf *out, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		strbuf_addch(out, (char)(v >> shift & 0xFF));
}

static uint32_t crc32_of(const char *data, size_t len)
{
	uint32_t crc = ~UINT32_C(0);
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint8_t)data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

static uint32_t adler32_of(const char *data, size_t len)
{
	uint32_t a = 1, b = 0;
	for (size_t i = 0; i < len; i++) {
		a = (a + (uint8_t)data[i]) % ADLER_BASE;
		b = (b + a) % ADLER_BASE;
	}
	return b << 16 | a;
}

/* `type`: its four letters */
static void add_chunk(struct strbuf *out, const char *type, const struct strbuf *data)
{
	add_big(out, (uint32_t)data->len);
	size_t at = out->len;
	strbuf_add(out, type, 4);
	strbuf_add(out, data->buf, data->len);
	add_big(out, crc32_of(out->buf + at, out->len - at));
}

/* A zlib stream of stored blocks. */
static void add_stream(struct strbuf *out, const struct strbuf *data)
{
	strbuf_add(out, "\x78\x01", 2);
	for (size_t at = 0; at < data->len;) {
		size_t n = data->len - at < BLOCK_MAX ? data->len - at : BLOCK_MAX;
		strbuf_addch(out, at + n == data->len);
		for (int i = 0; i < 4; i++) /* its length, and the bits of that turned round */
			strbuf_addch(out, (char)((i < 2 ? n : ~n) >> (i % 2 * 8) & 0xFF));
		strbuf_add(out, data->buf + at, n);
		at += n;
	}
	add_big(out, adler32_of(data->buf, data->len));
}

void png_write(struct strbuf *out, const uint8_t *pixels, int w, int h, enum png_kind kind)
{
	static const char colour_types[] = {[PNG_GREY] = 0, [PNG_RGB] = 2, [PNG_RGBA] = 6};
	struct strbuf rows = STRBUF_INIT, data = STRBUF_INIT;
	size_t stride = (size_t)w * (size_t)kind;
	for (int y = 0; y < h; y++) {
		strbuf_addch(&rows, 0); /* no filter */
		strbuf_add(&rows, pixels + (size_t)y * stride, stride);
	}
	strbuf_add(out, "\x89PNG\r\n\x1a\n", 8);
	add_big(&data, (uint32_t)w);
	add_big(&data, (uint32_t)h);
	strbuf_addch(&data, 8); /* bits of a sample */
	strbuf_addch(&data, colour_types[kind]);
	strbuf_add(&data, "\0\0\0", 3);
	add_chunk(out, "IHDR", &data);
	strbuf_reset(&data);
	add_stream(&data, &rows);
	add_chunk(out, "IDAT", &data);
	strbuf_reset(&data);
	add_chunk(out, "IEND", &data);
	strbuf_release(&data);
	strbuf_release(&rows);
}

void png_uri(struct strbuf *out, const uint8_t *pixels, int w, int h, enum png_kind kind)
{
	struct strbuf png = STRBUF_INIT;
	png_write(&png, pixels, w, h, kind);
	strbuf_addstr(out, "data:image/png;base64,");
	base64_encode(png.buf, png.len, out);
	strbuf_release(&png);
}
