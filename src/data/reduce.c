#include "reduce.h"
#include "decode.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_row(uint32_t *sum, const uint8_t *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += row[i];
}

/* Columns summed over `rows` source rows to one row of block averages. */
static void average_blocks(const uint32_t *sum, int w, int factor, int rows, uint8_t *out)
{
	for (int x = 0; x < w; x += factor, out += 3) {
		int n = w - x < factor ? w - x : factor;
		uint32_t count = (uint32_t)(n * rows), total[3] = {count / 2, count / 2, count / 2};
		for (int i = 0; i < n; i++, sum += 3)
			for (int c = 0; c < 3; c++)
				total[c] += sum[c];
		for (int c = 0; c < 3; c++)
			out[c] = (uint8_t)(total[c] / count);
	}
}

enum err reducer_init(struct reducer *r, int w, int h, int factor, struct errinfo *e)
{
	int out_w = (w + factor - 1) / factor, out_h = (h + factor - 1) / factor;
	*r = (struct reducer){.w = w, .h = h, .factor = factor, .out = {out_w, out_h, NULL}};
	enum err err = image_alloc(&r->out.rgb, out_w, out_h, 3, e);
	if (err || factor == 1)
		return err;
	r->sum = calloc((size_t)w * 3, sizeof(*r->sum));
	return r->sum ? ERR_OK : err_set(e, ERR_FORMAT, "no memory for a row of %d pixels", w);
}

void reducer_add(struct reducer *r, const uint8_t *row)
{
	size_t n = (size_t)r->w * 3;
	uint8_t *out = r->out.rgb + (size_t)(r->y / r->factor) * (size_t)r->out.w * 3;
	int rows = r->y++ % r->factor + 1;
	if (r->factor == 1) {
		memcpy(out, row, n);
		return;
	}
	add_row(r->sum, row, n);
	if (rows < r->factor && r->y < r->h)
		return;
	average_blocks(r->sum, r->w, r->factor, rows, out);
	memset(r->sum, 0, n * sizeof(*r->sum));
}

void reducer_release(struct reducer *r)
{
	free(r->sum);
	r->sum = NULL;
}

void image_reduce(struct image *out, const struct image *im, int factor)
{
	int w = (im->w + factor - 1) / factor, h = (im->h + factor - 1) / factor;
	size_t stride = (size_t)im->w * 3;
	struct reducer r = {.out = {w, h, xmalloc((size_t)w * (size_t)h * 3)},
			    .w = im->w,
			    .h = im->h,
			    .factor = factor,
			    .sum = xcalloc(stride, sizeof(*r.sum))};
	for (int y = 0; y < im->h; y++)
		reducer_add(&r, im->rgb + (size_t)y * stride);
	*out = r.out;
	reducer_release(&r);
}

/* Mean colour of the area [x0, x1) x [y0, y1), in source pixels, its edges counted in part. */
static void area_mean(const struct image *im, double x0, double x1, double y0, double y1,
		      uint8_t *out)
{
	double total[3] = {0, 0, 0}, area = 0;
	int x_end = (int)ceil(x1), y_end = (int)ceil(y1);
	for (int y = (int)y0; y < y_end && y < im->h; y++) {
		double high = fmin(y + 1, y1) - fmax(y, y0);
		const uint8_t *px = im->rgb + ((size_t)y * (size_t)im->w + (size_t)x0) * 3;
		for (int x = (int)x0; x < x_end && x < im->w; x++, px += 3) {
			double share = high * (fmin(x + 1, x1) - fmax(x, x0));
			area += share;
			for (int c = 0; c < 3; c++)
				total[c] += share * px[c];
		}
	}
	for (int c = 0; c < 3; c++)
		out[c] = area > 0 ? (uint8_t)lrint(total[c] / area) : 0;
}

void image_thumbnail(const struct image *im, int w, int h, uint8_t *out)
{
	/* source pixels per thumbnail pixel, the same on both axes */
	double step = fmin((double)im->w / w, (double)im->h / h);
	double left = (im->w - step * w) / 2, top = (im->h - step * h) / 2;
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++, out += 3)
			area_mean(im, fmax(left + x * step, 0), left + (x + 1) * step,
				  fmax(top + y * step, 0), top + (y + 1) * step, out);
}
