#include "rows.h"
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
	for (int i = 0; i < n; i++)
		taps[i] = column_tap(x0 - v.x + i, v.w, im->w);
	struct rows rows;
	rows_init(&rows, im, taps, n);
	for (int y = y0; y < y_end; y++) {
		struct tap t = row_tap(y - v.y, v.h, im->h);
		rows_get(&rows, &t, out + (size_t)y * (size_t)w + x0, plane);
	}
	rows_release(&rows);
	free(taps);
}
