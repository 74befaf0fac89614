/* Decoders behind image_decode(): one function a file format, told apart by its first bytes.
 *
 * Each gets the whole file in memory and trusts none of it. Invariant: on error nothing is left
 * allocated and *out is untouched; a message says what is wrong without naming the file.
 */
#ifndef THAW_SRC_DATA_DECODE_H
#define THAW_SRC_DATA_DECODE_H

#include "thaw/base/err.h"
#include "thaw/data/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both set *orientation to the EXIF value 1..8 (1 = as stored). Errors: ERR_FORMAT. */
enum err jpeg_decode(struct image *out, const uint8_t *data, size_t len, int *orientation,
		     struct errinfo *e);
enum err png_decode(struct image *out, const uint8_t *data, size_t len, int *orientation,
		    struct errinfo *e);

/* The orientation in a TIFF block as EXIF stores it; 1 when there is none that makes sense.
 * Source: TIFF 6.0 section 2 (header, directory), EXIF 2.3 tag 0x0112. */
int exif_orientation(const uint8_t *tiff, size_t len);

/* Turn the picture upright in place. */
enum err image_turn(struct image *im, int orientation, struct errinfo *e);

/* Refuse a size of zero or above IMAGE_MAX_PIXELS. */
enum err image_check_size(uint64_t w, uint64_t h, struct errinfo *e);

/* w * h pixels of `channels` bytes, or ERR_FORMAT when there is no memory for what the file
 * claims. */
enum err image_alloc(uint8_t **out, int w, int h, int channels, struct errinfo *e);

/* Like image_decode(), but the message does not name the file. */
enum err image_load(struct image *out, const char *path, struct errinfo *e);

#endif
