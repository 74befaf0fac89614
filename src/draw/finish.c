#include "finish.h"
#include "raster.h"

#include "thaw/base/alloc.h"
#include "thaw/base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <turbojpeg.h>

struct finish finish_draw(struct dice *d, double strength)
{
	struct finish f = {.exposure = exp(dice_normal(d, 0, 0.13))};
	f.contrast = dice_in(d, 0.82, 1.2);
	f.saturation = dice_in(d, 0.7, 1.15);
	f.warmth = dice_normal(d, 0.05, 0.35);
	f.vignette = dice_chance(d, 0.5) ? dice_in(d, 0, 0.5) : 0;
	f.glare = dice_chance(d, 0.12) ? dice_in(d, 0.15, 0.5) : 0;
	f.blur = strength * (dice_chance(d, 0.3) ? dice_in(d, 0.3, 1.1) : 0);
	f.noise = strength * dice_in(d, 1, 6.5);
	double quality = 96 - (96 - dice_in(d, 38, 95)) * fmin(strength, 1.6);
	f.quality = quality < 5 ? 5 : (int)quality;
	return f;
}

/* Per pixel and channel: a sum of uniform numbers is near enough to a normal one. */
static void add_noise(double c[3], uint64_t bits, double sd)
{
	double all = 0;
	for (int i = 0; i < 4; i++)
		all += (double)(bits >> (8 * i) & 255) - 127.5;
	for (int i = 0; i < 3; i++) {
		double own = (double)(bits >> (32 + 8 * i) & 255) - 127.5;
		c[i] += sd * (all / 147 * 0.8 + own / 73 * 0.4);
	}
}

static void develop(double c[3], const struct finish *f, double veil, double gain)
{
	static const double cast[3] = {0.09, 0.0, -0.11};
	double grey = 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2];
	for (int i = 0; i < 3; i++) {
		double v = grey + (c[i] - grey) * f->saturation;
		v *= gain * (1 + f->warmth * cast[i]);
		v = 110 + (v - 110) * f->contrast;
		c[i] = v + (255 - v) * veil;
	}
}

static uint8_t *to_rgb(cairo_surface_t *s, int size, const struct finish *f, struct dice *d)
{
	uint8_t *rgb = xmalloc((size_t)size * (size_t)size * 3), *out = rgb;
	const unsigned char *data = cairo_image_surface_get_data(s);
	size_t stride = (size_t)cairo_image_surface_get_stride(s);
	struct dice grain = dice_fork(d);
	double corner_x = dice_below(d, 2), corner_y = dice_in(d, 0, 0.4);
	for (int y = 0; y < size; y++) {
		const uint32_t *row = (const uint32_t *)(const void *)(data + stride * (size_t)y);
		for (int x = 0; x < size; x++) {
			double c[3] = {row[x] >> 16 & 255, row[x] >> 8 & 255, row[x] & 255};
			double u = (double)x / size, v = (double)y / size;
			double off = (u - 0.5) * (u - 0.5) + (v - 0.5) * (v - 0.5);
			double far =
			    (u - corner_x) * (u - corner_x) + (v - corner_y) * (v - corner_y);
			double veil = f->glare > 0 ? f->glare * fmax(0, 1 - sqrt(far) / 0.9) : 0;
			develop(c, f, veil, f->exposure * (1 - f->vignette * 1.6 * off));
			add_noise(c, rng_u64(grain.key, grain.n++), f->noise);
			for (int i = 0; i < 3; i++)
				*out++ = (uint8_t)fmax(0, fmin(255, c[i] + 0.5));
		}
	}
	return rgb;
}

enum err finish_write(struct strbuf *out, cairo_surface_t *s, const struct finish *f,
		      struct dice *d, struct errinfo *e)
{
	int size = cairo_image_surface_get_width(s);
	raster_blur(s, f->blur * size / 224);
	cairo_surface_flush(s);
	if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS)
		return err_set(e, ERR_IO, "no memory to draw a picture of %dx%d pixels", size,
			       size);
	uint8_t *rgb = to_rgb(s, size, f, d);
	unsigned char *jpeg = NULL;
	unsigned long n = 0;
	tjhandle tj = tjInitCompress();
	enum err r = ERR_OK;
	if (!tj || tjCompress2(tj, rgb, size, 0, size, TJPF_RGB, &jpeg, &n, TJSAMP_420, f->quality,
			       0) != 0)
		r = err_set(e, ERR_IO, "cannot write a JPEG: %.200s", tjGetErrorStr2(tj));
	else
		strbuf_add(out, jpeg, n);
	tjFree(jpeg);
	if (tj)
		tjDestroy(tj);
	free(rgb);
	return r;
}
