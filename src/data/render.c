/* Views rendered on the CPU, by their recipes. */
#include "colour.h"
#include "recipe.h"
#include "reduce.h"
#include "rows.h"

#include "thaw/base/alloc.h"
#include "thaw/base/simd.h"

#include <math.h>
#include <stdlib.h>

/* ---- the un-augmented view ---- */

/* Source: Darknet image.c resize_image(), with its float arithmetic: the last column is the last
 * one exactly, while the last row keeps the rounding of row * scale. */
static struct tap column_tap(const struct view_recipe *r, int x, int n_in)
{
	if (x == r->last_x || n_in == 1)
		return (struct tap){n_in - 1, n_in - 1, 0};
	float s = (float)(x - r->x.from) * r->x.scale;
	int at = (int)s < n_in - 1 ? (int)s : n_in - 1;
	return (struct tap){at, at + 1 < n_in ? at + 1 : at, s - (float)at};
}

static struct tap row_tap(const struct view_recipe *r, int y, int n_in)
{
	float s = (float)(y - r->y.from) * r->y.scale;
	int at = (int)s < n_in - 1 ? (int)s : n_in - 1;
	bool alone = y == r->last_y || at + 1 >= n_in;
	return (struct tap){at, alone ? -1 : at + 1, s - (float)at};
}

/* The pixels of a frame side of `limit` that are inside the picture: the first, and *end one past
 * the last. */
static int clip(const struct view_axis *a, int limit, int *end)
{
	int first = (int)fmin(fmax(ceil((double)a->low), 0), limit);
	*end = (int)fmin(fmax(ceil((double)a->high), first), limit);
	return first;
}

static void fill(float *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = VIEW_FILL;
}

void input_mirror(float *x, size_t rows, int w)
{
	for (size_t row = 0; row < rows; row++) {
		float *a = x + row * (size_t)w, *b = a + w - 1;
		for (; a < b; a++, b--) {
			float swap = *a;
			*a = *b;
			*b = swap;
		}
	}
}

/* Bit for bit what Darknet shows, or its mirror image. */
static void render_plain(const struct view_recipe *r, const struct image *im,
			 const struct colour_shift *colour, int w, int h, float *out)
{
	int x_end, y_end, x0 = clip(&r->x, w, &x_end), y0 = clip(&r->y, h, &y_end), n = x_end - x0;
	size_t plane = (size_t)w * (size_t)h;
	if (n < w || y_end - y0 < h)
		fill(out, 3 * plane);
	if (n == 0)
		return;
	struct tap *taps = xcalloc((size_t)n, sizeof(*taps));
	for (int i = 0; i < n; i++)
		taps[i] = column_tap(r, x0 + i, im->w);
	struct rows rows;
	rows_init(&rows, im, taps, n);
	for (int y = y0; y < y_end; y++) {
		struct tap t = row_tap(r, y, im->h);
		float *row = out + (size_t)y * (size_t)w + x0;
		rows_get(&rows, &t, row, plane);
		if (colour)
			colour_row(colour, row, row + plane, row + 2 * plane, (size_t)n);
	}
	rows_release(&rows);
	free(taps);
	if (r->xx < 0)
		input_mirror(out, 3 * (size_t)h, w);
}

/* ---- views with a geometry of their own ---- */

/* Where each pixel of an output row samples the picture. */
struct row_taps {
	int *x, *y;     /* left and upper of the four pixels */
	float *fx, *fy; /* share of the right and lower ones */
	float *in;      /* 1 inside the picture, 0 outside */
};

/* An axis into the n pixels that the sampled picture has. */
struct axis {
	float from, scale, add, low, high;
	int last;
};

static struct axis axis_into(const struct view_axis *a, int n)
{
	return (struct axis){(float)a->from, a->scale, a->add, a->low, a->high, n - 1};
}

static inline int clamp_tap(float q, const struct axis *a, float *share)
{
	float s = (q - a->from) * a->scale + a->add, top = (float)a->last;
	s = s > 0 ? s : 0;
	s = s < top ? s : top;
	int at = (int)s, most = a->last > 0 ? a->last - 1 : 0;
	at = at < most ? at : most;
	*share = s - (float)at;
	return at;
}

/* One column or row alone; *in says whether it is inside the picture. */
static struct tap tap_of(float q, const struct axis *a, float *in)
{
	struct tap t = {0};
	*in = (float)((q >= a->low) & (q < a->high));
	t.at = clamp_tap(q, a, &t.share);
	t.next = a->last > 0 ? t.at + 1 : t.at;
	return t;
}

SIMD(static, place_row,
     (struct row_taps * t, const struct view_recipe *r, const struct image *im, int y, int w),
     (t, r, im, y, w))
{
	const struct axis ax = axis_into(&r->x, im->w), ay = axis_into(&r->y, im->h);
	float x0 = (float)(r->xy * y + r->x0), y0 = (float)(r->yy * y + r->y0);
	float xx = (float)r->xx, yx = (float)r->yx;
	for (int i = 0; i < w; i++) {
		float qx = x0 + xx * (float)i, qy = y0 + yx * (float)i;
		int in = (qx >= ax.low) & (qx < ax.high) & (qy >= ay.low) & (qy < ay.high);
		t->in[i] = (float)in;
		t->x[i] = clamp_tap(qx, &ax, &t->fx[i]);
		t->y[i] = clamp_tap(qy, &ay, &t->fy[i]);
	}
}

static void sample_row(const struct image *im, const struct row_taps *t, int w, float *const rgb[3])
{
	size_t stride = (size_t)im->w * 3, right = im->w > 1 ? 3 : 0, down = im->h > 1 ? stride : 0;
	float *red = rgb[0], *green = rgb[1], *blue = rgb[2];
	for (int i = 0; i < w; i++) {
		const uint8_t *p = im->rgb + (size_t)t->y[i] * stride + (size_t)t->x[i] * 3,
			      *q = p + down;
		float fx = t->fx[i], fy = t->fy[i] * (1 / 255.0f), gy = 1 / 255.0f - fy;
		float a = (1 - fx) * gy, b = fx * gy, c = (1 - fx) * fy, d = fx * fy;
		red[i] = a * p[0] + b * p[right] + c * q[0] + d * q[right];
		green[i] = a * p[1] + b * p[right + 1] + c * q[1] + d * q[right + 1];
		blue[i] = a * p[2] + b * p[right + 2] + c * q[2] + d * q[right + 2];
	}
}

SIMD(static, fill_outside, (const float *in, float inside, int w, float *row), (in, inside, w, row))
{
	for (int i = 0; i < w; i++) {
		float share = in[i] * inside;
		row[i] = row[i] * share + VIEW_FILL * (1 - share);
	}
}

static void resample_turned(const struct view_recipe *r, const struct image *im,
			    const struct colour_shift *colour, int w, int h, float *out)
{
	size_t n = (size_t)w;
	float *floats = xcalloc(3 * n, sizeof(*floats));
	int *ints = xcalloc(2 * n, sizeof(*ints));
	struct row_taps t = {ints, ints + n, floats, floats + n, floats + 2 * n};
	for (int y = 0; y < h; y++) {
		float *rgb[3];
		for (int c = 0; c < 3; c++)
			rgb[c] = out + ((size_t)c * (size_t)h + (size_t)y) * n;
		place_row(&t, r, im, y, w);
		sample_row(im, &t, w, rgb);
		if (colour)
			colour_row(colour, rgb[0], rgb[1], rgb[2], n);
		for (int c = 0; c < 3; c++)
			fill_outside(t.in, 1, w, rgb[c]);
	}
	free(floats);
	free(ints);
}

/* The same where the frame is not turned: columns and rows go their own ways. */
static void resample_straight(const struct view_recipe *r, const struct image *im,
			      const struct colour_shift *colour, int w, int h, float *out)
{
	const struct axis ax = axis_into(&r->x, im->w), ay = axis_into(&r->y, im->h);
	size_t plane = (size_t)w * (size_t)h;
	struct tap *taps = xcalloc((size_t)w, sizeof(*taps));
	float *in = xcalloc((size_t)w, sizeof(*in));
	for (int i = 0; i < w; i++)
		taps[i] = tap_of((float)r->x0 + (float)r->xx * (float)i, &ax, &in[i]);
	struct rows rows;
	rows_init(&rows, im, taps, w);
	for (int y = 0; y < h; y++) {
		float *row = out + (size_t)y * (size_t)w, inside;
		struct tap t = tap_of((float)(r->yy * y + r->y0), &ay, &inside);
		rows_get(&rows, &t, row, plane);
		if (colour)
			colour_row(colour, row, row + plane, row + 2 * plane, (size_t)w);
		for (size_t c = 0; c < 3; c++)
			fill_outside(in, inside, w, row + c * plane);
	}
	rows_release(&rows);
	free(taps);
	free(in);
}

static void render_placed(const struct view_recipe *r, const struct image *im,
			  const struct colour_shift *colour, int w, int h, float *out)
{
	struct image reduced = {0, 0, NULL};
	if (r->reduce > 1)
		image_reduce(&reduced, im, r->reduce);
	(r->xy == 0 && r->yx == 0 ? resample_straight : resample_turned)(
	    r, reduced.rgb ? &reduced : im, colour, w, h, out);
	image_release(&reduced);
}

static void erase(const struct view_recipe *r, int w, int h, float *out)
{
	for (int c = 0; c < 3; c++)
		for (int y = r->erase_y; y < r->erase_y + r->erase_h; y++)
			fill(out + ((size_t)c * (size_t)h + (size_t)y) * (size_t)w + r->erase_x,
			     r->erase_w);
}

void recipe_render(const struct view_recipe *r, const struct image *im, int w, int h, float *out)
{
	const struct colour_shift shift = {r->hue, r->saturation, r->exposure},
				  *colour = r->flags & VIEW_COLOUR ? &shift : NULL;
	(r->flags & VIEW_PLAIN ? render_plain : render_placed)(r, im, colour, w, h, out);
	if (r->erase_w)
		erase(r, w, h, out);
}
