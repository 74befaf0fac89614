#include "raster.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

cairo_surface_t *raster_new(int size)
{
	return cairo_image_surface_create(CAIRO_FORMAT_ARGB32, size, size);
}

cairo_t *raster_draw(cairo_surface_t *s)
{
	cairo_t *cr = cairo_create(s);
	cairo_set_antialias(cr, CAIRO_ANTIALIAS_FAST);
	cairo_set_tolerance(cr, 0.25);
	return cr;
}

/* One pass of a box as wide as 2 r + 1, r not a whole number: the outermost two count in part.
 * The row is read from `in`, n pixels of 4 bytes, `stride` bytes apart, and written back. */
static void box(uint8_t *px, int n, size_t stride, double r, uint8_t *copy)
{
	int whole = (int)r;
	unsigned part = (unsigned)((r - whole) * 256),
		 all = (2 * (unsigned)whole + 1) * 256 + 2 * part;
	for (int i = 0; i < n; i++)
		memcpy(copy + 4 * i, px + stride * (size_t)i, 4);
	for (int c = 0; c < 4; c++) {
		unsigned sum = 0;
		for (int k = -whole; k <= whole; k++)
			sum += copy[4 * (k < 0 ? 0 : k >= n ? n - 1 : k) + c];
		for (int i = 0; i < n; i++) {
			int left = i - whole - 1, right = i + whole + 1;
			unsigned before = copy[4 * (left < 0 ? 0 : left) + c];
			unsigned after = copy[4 * (right >= n ? n - 1 : right) + c];
			px[stride * (size_t)i + (size_t)c] =
			    (uint8_t)((sum * 256 + part * (before + after) + all / 2) / all);
			int leaving = i - whole;
			sum += after - copy[4 * (leaving < 0 ? 0 : leaving) + c];
		}
	}
}

void raster_blur(cairo_surface_t *s, double sigma)
{
	if (sigma < 0.3 || cairo_surface_status(s) != CAIRO_STATUS_SUCCESS)
		return;
	cairo_surface_flush(s);
	uint8_t *px = cairo_image_surface_get_data(s);
	int w = cairo_image_surface_get_width(s), h = cairo_image_surface_get_height(s);
	size_t stride = (size_t)cairo_image_surface_get_stride(s);
	/* Three boxes of half-width r have the variance r (r + 1). */
	double r = fmin(sqrt(0.25 + sigma * sigma) - 0.5, (w < h ? w : h) / 2 - 1);
	uint8_t *copy = xmalloc((size_t)(w > h ? w : h) * 4);
	for (int pass = 0; pass < 3 && r > 0; pass++) {
		for (int y = 0; y < h; y++)
			box(px + stride * (size_t)y, w, 4, r, copy);
		for (int x = 0; x < w; x++)
			box(px + 4 * x, h, stride, r, copy);
	}
	free(copy);
	cairo_surface_mark_dirty(s);
}

void raster_over(cairo_t *cr, cairo_surface_t *from, int size)
{
	double scale = (double)size / cairo_image_surface_get_width(from);
	cairo_save(cr);
	cairo_scale(cr, scale, scale);
	cairo_set_source_surface(cr, from, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_BILINEAR);
	cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
	cairo_paint(cr);
	cairo_restore(cr);
}
