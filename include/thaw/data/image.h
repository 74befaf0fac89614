/* Decoding and resizing of one picture.
 *
 * A decoded picture is 8-bit RGB, whatever the file was: JPEG (grey, YCbCr, CMYK, YCCK; with or
 * without its end marker, if no pixel is missing), PNG, WebP, TIFF, BMP, GIF (its first frame),
 * TGA, PSD and PNM. As OpenCV does it for Darknet, EXIF orientation is applied to JPEG, PNG and
 * TIFF, of 16 bits the upper 8 count, and alpha is dropped: colours are what is stored beneath it
 * (TIFF: laid over black). The kind is told from the bytes, not the name. Files are untrusted:
 * anything else is an error, never a crash.
 */
#ifndef THAW_DATA_IMAGE_H
#define THAW_DATA_IMAGE_H

#include "thaw/base/err.h"
#include "thaw/config/experiment.h"

#include <stddef.h>
#include <stdint.h>

/* Of a decoded picture; larger files are made smaller as they are read. */
#define IMAGE_MAX_PIXELS 100000000
/* Larger claims are refused before anything is allocated; the side is OpenCV's limit too. */
#define IMAGE_MAX_CLAIM 1000000000
#define IMAGE_MAX_SIDE (1 << 20)

struct image {
	int w, h;     /* the file's, or 2, 4 or 8 times smaller: at most IMAGE_MAX_PIXELS */
	uint8_t *rgb; /* [h][w][3]; free() through image_release() */
};

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (what is wrong with it: empty, truncated, not an image,
 * absurd size). */
enum err image_decode(struct image *out, const char *path, struct errinfo *e);
void image_release(struct image *im);

/* The same from a file's bytes; the message does not name the file. Errors: ERR_FORMAT. */
enum err image_decode_memory(struct image *out, const void *data, size_t len, struct errinfo *e);

/* Resize to w x h as planar floats in [0, 1].
 * Shape:  out[3][h][w] RESIZE_LETTERBOX keeps the aspect ratio and fills the rest with 0.5; it
 * mirrors Darknet's image.c letterbox_image() and resize_image() to float rounding. RESIZE_CROP
 * scales the shorter side to fit and cuts the middle; RESIZE_STRETCH ignores the aspect ratio. */
void image_to_input(const struct image *im, enum resize_mode mode, int w, int h, float *out);

/* Mirror such pictures in place, left to right. Shape: x[rows][w] */
void input_mirror(float *x, size_t rows, int w);

/* Thumbnail: area-averaged, centre-cropped to w x h. Shape: out[h][w][3]. */
void image_thumbnail(const struct image *im, int w, int h, uint8_t *out);

#endif
