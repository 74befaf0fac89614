#include "decode.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything that must survive a longjmp() out of libpng lives here, never in locals. */
struct decoder {
	const uint8_t *data;
	size_t len, at;
	bool truncated;
	char why[200];
	png_structp png;
	png_infop info;
	uint8_t *px;
	int w, h, channels, orientation;
	enum err r;
};

static void on_error(png_structp png, png_const_charp why)
{
	struct decoder *d = png_get_error_ptr(png);
	snprintf(d->why, sizeof(d->why), "%s", why);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp why)
{
	(void)png;
	(void)why;
}

static void read_bytes(png_structp png, png_bytep out, size_t n)
{
	struct decoder *d = png_get_io_ptr(png);
	if (n > d->len - d->at) {
		d->truncated = true;
		png_error(png, "it ends too early");
	}
	memcpy(out, d->data + d->at, n);
	d->at += n;
}

/* Whatever is stored becomes 8-bit RGB or RGBA; 16 bits lose the lower 8, as in OpenCV. */
static void ask_for_rgb(struct decoder *d)
{
	png_set_expand(d->png);
	png_set_strip_16(d->png);
	png_set_gray_to_rgb(d->png);
}

static void read_rows(struct decoder *d)
{
	int passes = png_set_interlace_handling(d->png);
	png_read_update_info(d->png, d->info);
	d->channels = png_get_channels(d->png, d->info);
	size_t stride = (size_t)d->w * (size_t)d->channels;
	if ((d->channels != 3 && d->channels != 4) || png_get_rowbytes(d->png, d->info) != stride)
		png_error(d->png, "a pixel layout that is not known");
	if (image_alloc(&d->px, d->w, d->h, d->channels, NULL))
		png_error(d->png, "no memory for its pixels");
	for (int pass = 0; pass < passes; pass++)
		for (int y = 0; y < d->h; y++)
			png_read_row(d->png, d->px + (size_t)y * stride, NULL);
	png_read_end(d->png, d->info);
}

static void read_orientation(struct decoder *d)
{
	png_bytep exif = NULL;
	png_uint_32 n = 0;
	d->orientation = 1;
	if (png_get_eXIf_1(d->png, d->info, &n, &exif) && exif)
		d->orientation = exif_orientation(exif, n);
}

/* The only function that libpng may jump back into; it has no locals that change. */
static void decode(struct decoder *d, struct errinfo *e)
{
	if (setjmp(png_jmpbuf(d->png))) {
		bool cut = d->truncated || strstr(d->why, "Not enough image data");
		d->r = err_set(e, ERR_FORMAT, "%s PNG: %s", cut ? "truncated" : "damaged", d->why);
		return;
	}
	png_set_read_fn(d->png, d, read_bytes);
	png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff);
	png_read_info(d->png, d->info);
	png_uint_32 w = png_get_image_width(d->png, d->info),
		    h = png_get_image_height(d->png, d->info);
	if ((d->r = image_check_size(w, h, e)) != ERR_OK)
		return;
	d->w = (int)w;
	d->h = (int)h;
	ask_for_rgb(d);
	read_rows(d);
	read_orientation(d);
}

/* Lay RGBA over black, in place: 4 bytes a pixel become 3. */
static void drop_alpha(uint8_t *px, size_t n_pixels)
{
	const uint8_t *in = px;
	for (size_t i = 0; i < n_pixels; i++, in += 4, px += 3) {
		int alpha = in[3];
		for (int c = 0; c < 3; c++)
			px[c] = (uint8_t)((in[c] * alpha + 127) / 255);
	}
}

enum err png_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		    struct errinfo *e)
{
	struct decoder d = {.data = data, .len = len};
	d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
	if (d.png)
		d.info = png_create_info_struct(d.png);
	if (d.info)
		decode(&d, e);
	else
		d.r = err_set(e, ERR_FORMAT, "no memory for a PNG decoder");
	png_destroy_read_struct(&d.png, &d.info, NULL);
	if (d.r) {
		free(d.px);
		return d.r;
	}
	if (d.channels == 4)
		drop_alpha(d.px, (size_t)d.w * (size_t)d.h);
	*out = (struct image){d.w, d.h, d.px};
	to->w = d.w;
	to->h = d.h;
	to->orientation = d.orientation;
	return ERR_OK;
}
