/* BMP: stb_image reads it, but for those with run lengths, which are unpacked for it here.
 * Source: Microsoft's "Bitmap Compression" (BI_RLE8, BI_RLE4) */
#include "decode.h"

#include <stdlib.h>
#include <string.h>

enum { OFFSET = 10, WIDTH = 18, HEIGHT = 22, BITS = 28, COMPRESSION = 30, HEAD_BYTES = 54 };
enum { RLE8 = 1, RLE4 = 2 };

static uint32_t little(const uint8_t *p, int bytes)
{
	uint32_t v = 0;
	for (int i = 0; i < bytes; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return v;
}

struct unpacking {
	const uint8_t *data;
	size_t len, at;
	uint8_t *rows; /* [h][stride], a byte a pixel, bottom row first */
	uint32_t w, h, stride;
	uint32_t x, y;
	bool nibbles;
};

static void put(struct unpacking *u, uint8_t index)
{
	if (u->x < u->w && u->y < u->h)
		u->rows[(size_t)u->y * u->stride + u->x++] = index;
}

static uint8_t nth(const struct unpacking *u, const uint8_t *codes, unsigned i)
{
	if (!u->nibbles)
		return codes[i];
	return i % 2 ? codes[i / 2] & 15 : codes[i / 2] >> 4;
}

/* Pixels that are stored one by one, padded to two bytes. */
static bool copy_pixels(struct unpacking *u, unsigned n)
{
	size_t bytes = u->nibbles ? (n + 1) / 2 : n;
	if (u->len - u->at < bytes)
		return false;
	for (unsigned i = 0; i < n; i++)
		put(u, nth(u, u->data + u->at, i));
	bytes += bytes & 1;
	u->at = u->len - u->at < bytes ? u->len : u->at + bytes;
	return true;
}

static bool move(struct unpacking *u)
{
	if (u->len - u->at < 2)
		return false;
	u->x = u->x + u->data[u->at] < u->w ? u->x + u->data[u->at] : u->w;
	u->y = u->y + u->data[u->at + 1] < u->h ? u->y + u->data[u->at + 1] : u->h;
	u->at += 2;
	return true;
}

/* False when the bytes end before the picture does. */
static bool unpack(struct unpacking *u)
{
	enum { END_OF_LINE, END, MOVE };
	bool more = true;
	while (more && u->len - u->at >= 2) {
		unsigned n = u->data[u->at], code = u->data[u->at + 1];
		const uint8_t twice[2] = {(uint8_t)code, (uint8_t)code};
		u->at += 2;
		for (unsigned i = 0; i < n; i++)
			put(u, u->nibbles ? nth(u, twice, i % 2) : twice[0]);
		if (n == 0 && code == END)
			return true;
		if (n == 0 && code == END_OF_LINE) {
			u->x = 0;
			u->y += u->y < u->h;
		} else if (n == 0)
			more = code == MOVE ? move(u) : copy_pixels(u, code);
	}
	return u->y >= u->h || (u->y == u->h - 1 && u->x == u->w);
}

/* The same picture of a byte a pixel. */
static enum err decode_packed(struct image *out, const uint8_t *data, size_t len, size_t offset,
			      struct decoding *to, struct errinfo *e)
{
	uint32_t w = little(data + WIDTH, 4), h = little(data + HEIGHT, 4);
	enum err r = image_check_whole(w, h, to->kind, e);
	if (r)
		return r;
	struct unpacking u = {.data = data, .len = len, .at = offset, .w = w, .h = h};
	u.stride = (w + 3) / 4 * 4;
	u.nibbles = little(data + COMPRESSION, 4) == RLE4;
	size_t size = offset + (size_t)u.stride * h;
	uint8_t *plain = calloc(size, 1);
	if (!plain)
		return err_set(e, ERR_FORMAT, "no memory for %ux%u pixels", w, h);
	memcpy(plain, data, offset);
	plain[BITS] = 8;
	plain[COMPRESSION] = 0;
	u.rows = plain + offset;
	if (unpack(&u))
		r = stb_decode(out, plain, size, to, e);
	else
		r = err_set(e, ERR_FORMAT, "truncated BMP: part of the picture is missing");
	free(plain);
	return r;
}

enum err bmp_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		    struct errinfo *e)
{
	if (len < HEAD_BYTES)
		return stb_decode(out, data, len, to, e);
	uint32_t offset = little(data + OFFSET, 4), bits = little(data + BITS, 2),
		 packing = little(data + COMPRESSION, 4);
	bool packed = (packing == RLE8 && bits == 8) || (packing == RLE4 && bits == 4);
	if (packed && offset >= HEAD_BYTES && offset <= len)
		return decode_packed(out, data, len, offset, to, e);
	return stb_decode(out, data, len, to, e);
}
