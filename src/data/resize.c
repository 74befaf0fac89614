#include "view.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <string.h>

static struct view letterbox_view(const struct image *im, int w, int h)
{
	int64_t iw = im->w, ih = im->h;
	struct view v = {.w = w, .h = h};
	/* in float, because Darknet chooses the side in float */
	if ((float)w / (float)im->w < (float)h / (float)im->h)
		v.h = ih * w / iw;
	else
		v.w = iw * h / ih;
	return v;
}

static struct view crop_view(const struct image *im, int w, int h)
{
	int64_t iw = im->w, ih = im->h;
	struct view v = {.w = w, .h = h};
	if (w * ih > h * iw)
		v.h = ih * w / iw;
	else
		v.w = iw * h / ih;
	return v;
}

static struct view stretch_view(const struct image *im, int w, int h)
{
	(void)im;
	return (struct view){.w = w, .h = h};
}

struct view view_of(const struct image *im, enum resize_mode mode, int w, int h)
{
	static struct view (*const views[RESIZE_N])(const struct image *, int, int) = {
	    [RESIZE_LETTERBOX] = letterbox_view,
	    [RESIZE_CROP] = crop_view,
	    [RESIZE_STRETCH] = stretch_view,
	};
	struct view v = views[mode](im, w, h);
	v.x = (w - v.w) / 2;
	v.y = (h - v.h) / 2;
	return v;
}

int view_clip(int64_t at, int64_t size, int limit, int *end)
{
	int64_t first = at < 0 ? 0 : at, last = at + size > limit ? limit : at + size;
	*end = (int)(last < first ? first : last);
	return (int)first;
}

/* Where one output column or row samples its axis: (1 - share) * [at] + share * [next]. */
struct tap {
	int at, next;
	float share;
};

/* Source: Darknet image.c resize_image(), with its float arithmetic: the last column is the last
 * one exactly, while the last row keeps the rounding of row * scale. */
static struct tap column_tap(int64_t c, int64_t n_out, int n_in)
{
	if (c == n_out - 1 || n_in == 1)
		return (struct tap){n_in - 1, n_in - 1, 0};
	float scale = (float)(n_in - 1) / (float)(n_out - 1);
	float s = (float)c * scale;
	int at = (int)s < n_in - 1 ? (int)s : n_in - 1;
	return (struct tap){at, at + 1 < n_in ? at + 1 : at, s - (float)at};
}

static struct tap row_tap(int64_t r, int64_t n_out, int n_in)
{
	if (n_out == 1 || n_in == 1)
		return (struct tap){0, 0, 0};
	float scale = (float)(n_in - 1) / (float)(n_out - 1);
	float s = (float)r * scale;
	int at = (int)s < n_in - 1 ? (int)s : n_in - 1;
	bool last = r == n_out - 1;
	return (struct tap){at, last || at + 1 >= n_in ? -1 : at + 1, s - (float)at};
}

/* The horizontal pass: one source row to three planar rows of n values, 0..255. */
static void resize_row(const uint8_t *rgb, const struct tap *taps, int n, float *out)
{
	float *red = out, *green = out + n, *blue = out + 2 * (size_t)n;
	for (int i = 0; i < n; i++) {
		const uint8_t *a = rgb + 3 * (size_t)taps[i].at,
			      *b = rgb + 3 * (size_t)taps[i].next;
		float v = taps[i].share, u = 1 - v;
		red[i] = u * a[0] + v * b[0];
		green[i] = u * a[1] + v * b[1];
		blue[i] = u * a[2] + v * b[2];
	}
}

static void mix_rows(const float *a, const float *b, float share, int n, float *out)
{
	float u = (1 - share) / 255, v = share / 255;
	if (!b) {
		for (int i = 0; i < n; i++)
			out[i] = u * a[i];
		return;
	}
	for (int i = 0; i < n; i++)
		out[i] = u * a[i] + v * b[i];
}

/* Horizontally resized source rows: two are enough, as the vertical pass goes down. */
struct row_pair {
	const struct image *im;
	const struct tap *taps;
	int n;
	float *rows[2];
	int held[2]; /* source row in each, -1 = none */
};

static const float *pair_get(struct row_pair *p, int y)
{
	int slot = y & 1;
	if (p->held[slot] != y) {
		resize_row(p->im->rgb + (size_t)y * (size_t)p->im->w * 3, p->taps, p->n,
			   p->rows[slot]);
		p->held[slot] = y;
	}
	return p->rows[slot];
}

void image_to_input(const struct image *im, enum resize_mode mode, int w, int h, float *out)
{
	struct view v = view_of(im, mode, w, h);
	int x_end, y_end, x0 = view_clip(v.x, v.w, w, &x_end), y0 = view_clip(v.y, v.h, h, &y_end);
	int n = x_end - x0;
	size_t plane = (size_t)w * (size_t)h;
	if (n < w || y_end - y0 < h)
		for (size_t i = 0; i < 3 * plane; i++)
			out[i] = VIEW_FILL;
	if (n == 0)
		return;
	struct tap *taps = xcalloc((size_t)n, sizeof(*taps));
	float *rows = xcalloc(6 * (size_t)n, sizeof(*rows));
	for (int i = 0; i < n; i++)
		taps[i] = column_tap(x0 - v.x + i, v.w, im->w);
	struct row_pair pair = {im, taps, n, {rows, rows + 3 * (size_t)n}, {-1, -1}};
	for (int y = y0; y < y_end; y++) {
		struct tap t = row_tap(y - v.y, v.h, im->h);
		const float *a = pair_get(&pair, t.at),
			    *b = t.next < 0 ? NULL : pair_get(&pair, t.next);
		float *row = out + (size_t)y * (size_t)w + x0;
		for (int c = 0; c < 3; c++)
			mix_rows(a + c * (size_t)n, b ? b + c * (size_t)n : NULL, t.share, n,
				 row + (size_t)c * plane);
	}
	free(taps);
	free(rows);
}
