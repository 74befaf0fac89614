/* BMP, TGA and PSD, by the reader that Darknet brings along: stb_image, as Debian packages it. */
#include "decode.h"

#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC /* libdarknet exports the same names */
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#define STBI_ONLY_BMP
#define STBI_ONLY_TGA
#define STBI_ONLY_PSD
#define STBI_ASSERT(x) ((void)(x))
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

/* stb_image takes what is missing for zeros and says nothing. It fills a buffer of BUFFER bytes
 * ahead of what it needs, and reads longer runs exactly. */
enum { BUFFER = 128 };

struct source {
	const uint8_t *data;
	size_t len, at;
	bool short_of; /* it wanted bytes that are not there */
};

static int read_bytes(void *source, char *out, int n)
{
	struct source *s = source;
	size_t left = s->len - s->at, take = left < (size_t)n ? left : (size_t)n;
	if (take == 0 || (take < (size_t)n && n != BUFFER))
		s->short_of = true;
	memcpy(out, s->data + s->at, take);
	s->at += take;
	return (int)take;
}

static void skip_bytes(void *source, int n)
{
	struct source *s = source;
	if (n < 0)
		s->at = (size_t)-(int64_t)n > s->at ? 0 : s->at - (size_t)-(int64_t)n;
	else
		s->at = (size_t)n > s->len - s->at ? s->len : s->at + (size_t)n;
}

static int at_end(void *source)
{
	const struct source *s = source;
	return s->at == s->len;
}

static const stbi_io_callbacks callbacks = {read_bytes, skip_bytes, at_end};

/* A new reader at the start of the same bytes gives NULL, or pixels to free. */
static uint8_t *load(struct source *s, int *w, int *h)
{
	int channels;
	s->at = 0;
	s->short_of = false;
	return stbi_load_from_callbacks(&callbacks, s, w, h, &channels, 3);
}

static enum err why(const struct source *s, const struct decoding *d, struct errinfo *e)
{
	if (s->short_of)
		return err_set(e, ERR_FORMAT, "truncated %s: part of the picture is missing",
			       d->kind);
	return err_set(e, ERR_FORMAT, "a kind of %s that is not read (%s); convert it to JPEG or PNG",
		       d->kind, stbi_failure_reason());
}

/* No kind stores more pixels in a byte; a file that claims more ends too early. */
enum { MAX_PIXELS_PER_BYTE = 128 };

/* Refuse what is too large; a header that makes no sense is left to load(). */
static enum err check_size(struct source *s, const struct decoding *d, struct errinfo *e)
{
	int w, h, channels; /* a BMP from the top down has a negative height */
	if (!stbi_info_from_callbacks(&callbacks, s, &w, &h, &channels))
		return ERR_OK;
	uint64_t high = h < 0 ? (uint64_t)-(int64_t)h : (uint64_t)h;
	s->short_of = (uint64_t)w * high / MAX_PIXELS_PER_BYTE > s->len;
	enum err r = image_check_whole((uint64_t)w, high, d->kind, e);
	return r || !s->short_of ? r : why(s, d, e);
}

enum err stb_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		    struct errinfo *e)
{
	struct source s = {.data = data, .len = len};
	enum err r = check_size(&s, to, e);
	if (r)
		return r;
	int w, h;
	uint8_t *rgb = load(&s, &w, &h);
	if (!rgb || s.short_of) {
		free(rgb);
		return why(&s, to, e);
	}
	*out = (struct image){w, h, rgb};
	to->w = w;
	to->h = h;
	return ERR_OK;
}
