#include "decode.h"
#include "reduce.h"

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
	bool whole; /* every pixel is there */
	char why[200];
	png_structp png;
	png_infop info;
	struct reducer rows;
	uint8_t *row; /* when the picture is made smaller */
	int orientation;
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

/* Whatever is stored becomes 8-bit RGB, as in OpenCV: 16 bits lose the lower 8, alpha goes. */
static void ask_for_rgb(struct decoder *d)
{
	png_set_expand(d->png);
	png_set_strip_16(d->png);
	png_set_strip_alpha(d->png);
	png_set_gray_to_rgb(d->png);
}

static void read_whole(struct decoder *d, int passes, size_t stride)
{
	for (int pass = 0; pass < passes; pass++)
		for (int y = 0; y < d->rows.h; y++)
			png_read_row(d->png, d->rows.out.rgb + (size_t)y * stride, NULL);
}

static void read_smaller(struct decoder *d, size_t stride)
{
	d->row = malloc(stride);
	if (!d->row)
		png_error(d->png, "no memory for its pixels");
	for (int y = 0; y < d->rows.h; y++) {
		png_read_row(d->png, d->row, NULL);
		reducer_add(&d->rows, d->row);
	}
}

static void read_rows(struct decoder *d, int w, int h, int by)
{
	int passes = png_set_interlace_handling(d->png);
	png_read_update_info(d->png, d->info);
	size_t stride = (size_t)w * 3;
	if (png_get_channels(d->png, d->info) != 3 || png_get_rowbytes(d->png, d->info) != stride)
		png_error(d->png, "a pixel layout that is not known");
	if (reducer_init(&d->rows, w, h, by, NULL))
		png_error(d->png, "no memory for its pixels");
	if (by == 1)
		read_whole(d, passes, stride);
	else
		read_smaller(d, stride);
	d->whole = true;
	png_read_end(d->png, d->info);
}

static int read_orientation(struct decoder *d)
{
	png_bytep exif = NULL;
	png_uint_32 n = 0;
	if (png_get_eXIf_1(d->png, d->info, &n, &exif) && exif)
		return exif_orientation(exif, n);
	return 1;
}

static enum err check_size(struct decoder *d, png_uint_32 w, png_uint_32 h, struct errinfo *e)
{
	bool interlaced = png_get_interlace_type(d->png, d->info) != PNG_INTERLACE_NONE;
	return interlaced ? image_check_whole(w, h, "an interlaced PNG", e)
			  : image_check_size(w, h, e);
}

/* With every pixel there, only a wrong checksum over them is an error. */
static enum err why(struct decoder *d, struct errinfo *e)
{
	if (d->whole && strncmp(d->why, "IDAT", 4) != 0)
		return ERR_OK;
	bool cut = d->truncated || strstr(d->why, "Not enough image data");
	return err_set(e, ERR_FORMAT, "%s PNG: %s", cut ? "truncated" : "damaged", d->why);
}

/* The only function that libpng may jump back into; it has no locals that change. */
static void decode(struct decoder *d, struct decoding *to, struct errinfo *e)
{
	if (setjmp(png_jmpbuf(d->png))) {
		d->r = why(d, e);
		return;
	}
	png_set_read_fn(d->png, d, read_bytes);
	png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff);
	png_read_info(d->png, d->info);
	png_uint_32 w = png_get_image_width(d->png, d->info),
		    h = png_get_image_height(d->png, d->info);
	if ((d->r = check_size(d, w, h, e)) != ERR_OK)
		return;
	to->w = (int)w;
	to->h = (int)h;
	to->by = image_fit(to->w, to->h);
	ask_for_rgb(d);
	read_rows(d, to->w, to->h, to->by);
}

enum err png_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *to,
		    struct errinfo *e)
{
	struct decoder d = {.data = data, .len = len};
	d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
	if (d.png)
		d.info = png_create_info_struct(d.png);
	if (d.info)
		decode(&d, to, e);
	else
		d.r = err_set(e, ERR_FORMAT, "no memory for a PNG decoder");
	if (d.whole)
		to->orientation = read_orientation(&d);
	png_destroy_read_struct(&d.png, &d.info, NULL);
	reducer_release(&d.rows);
	free(d.row);
	if (d.r)
		image_release(&d.rows.out);
	else
		*out = d.rows.out;
	return d.r;
}
