/* PBM, PGM and PPM, in text and in bytes.
 * Source: netpbm's pbm(5), pgm(5), ppm(5) */
#include "decode.h"
#include "reduce.h"

#include <stdlib.h>
#include <string.h>

struct source {
	const uint8_t *data;
	size_t len, at;
	int max;      /* value of white */
	int channels; /* 1 or 3 */
	bool text, bits;
};

static bool is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(struct source *s)
{
	while (s->at < s->len && (is_space(s->data[s->at]) || s->data[s->at] == '#')) {
		if (s->data[s->at] == '#')
			while (s->at < s->len && s->data[s->at] != '\n')
				s->at++;
		else
			s->at++;
	}
}

/* A number, -1 where there is none. Bits in text need no space between them. */
static int read_number(struct source *s, bool one_digit)
{
	int64_t v = -1;
	skip_space(s);
	while (s->at < s->len && s->data[s->at] >= '0' && s->data[s->at] <= '9') {
		v = (v < 0 ? 0 : v) * 10 + s->data[s->at++] - '0';
		if (v > IMAGE_MAX_CLAIM)
			return -1;
		if (one_digit)
			break;
	}
	return (int)v;
}

static enum err read_head(struct source *s, struct decoding *to, struct errinfo *e)
{
	int type = s->data[1] - '0';
	s->at = 2;
	s->text = type <= 3;
	s->bits = type == 1 || type == 4;
	s->channels = type == 3 || type == 6 ? 3 : 1;
	to->w = read_number(s, false);
	to->h = read_number(s, false);
	s->max = s->bits ? 1 : read_number(s, false);
	if (to->w < 0 || to->h < 0 || s->max < 1 || s->max > 65535)
		return err_set(e, ERR_FORMAT, "damaged PNM: its header makes no sense");
	s->at++; /* one space, whatever follows */
	return image_check_size((uint64_t)to->w, (uint64_t)to->h, e);
}

/* The next sample in 0..255, -1 where there is none. Like OpenCV's, the reader of bytes takes them
 * as they are, whatever is white, and the upper of two. */
static int read_sample(struct source *s)
{
	if (s->text) {
		int v = read_number(s, s->bits);
		v = v > s->max ? s->max : v;
		return v < 0 ? -1 : s->bits ? 255 - v * 255 : v * 255 / s->max;
	}
	size_t n = s->max > 255 ? 2 : 1;
	if (s->len - s->at < n || s->at > s->len)
		return -1;
	s->at += n;
	return s->data[s->at - n];
}

static bool read_bits(struct source *s, int w, uint8_t *row)
{
	size_t n = ((size_t)w + 7) / 8;
	if (s->at > s->len || s->len - s->at < n)
		return false;
	for (int x = 0; x < w; x++)
		memset(row + 3 * (size_t)x,
		       s->data[s->at + (size_t)x / 8] >> (7 - x % 8) & 1 ? 0 : 255, 3);
	s->at += n;
	return true;
}

static bool read_row(struct source *s, int w, uint8_t *row)
{
	if (s->bits && !s->text)
		return read_bits(s, w, row);
	for (int x = 0; x < w; x++, row += 3)
		for (int c = 0; c < s->channels; c++) {
			int v = read_sample(s);
			if (v < 0)
				return false;
			row[c] = (uint8_t)v;
			if (s->channels == 1)
				row[1] = row[2] = row[0];
		}
	return true;
}

static enum err read_rows(struct reducer *r, struct source *s, struct errinfo *e)
{
	uint8_t *row = malloc((size_t)r->w * 3);
	if (!row)
		return err_set(e, ERR_FORMAT, "no memory for a row of %d pixels", r->w);
	enum err err = ERR_OK;
	for (int y = 0; !err && y < r->h; y++) {
		if (read_row(s, r->w, row))
			reducer_add(r, row);
		else
			err =
			    err_set(e, ERR_FORMAT, "truncated PNM: part of the picture is missing");
	}
	free(row);
	return err;
}

enum err pnm_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		    struct errinfo *e)
{
	struct source s = {.data = data, .len = len};
	enum err r = read_head(&s, to, e);
	if (r)
		return r;
	struct reducer rows;
	to->by = image_fit(to->w, to->h);
	r = reducer_init(&rows, to->w, to->h, to->by, e);
	if (!r)
		r = read_rows(&rows, &s, e);
	reducer_release(&rows);
	if (r)
		image_release(&rows.out);
	else
		*out = rows.out;
	return r;
}
