/* Decoders behind image_decode(): one function a file format, told apart by its first bytes.
 *
 * Each gets the whole file in memory and trusts none of it. Invariant: on error nothing is left
 * allocated and *out is untouched; a message says what is wrong without naming the file.
 */
#ifndef THAW_SRC_DATA_DECODE_H
#define THAW_SRC_DATA_DECODE_H

#include "shrink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a decoder is told, and what it tells besides the pixels. */
struct decoding {
	const struct shrink *shrink; /* NULL: as much of the picture as there may be */
	const char *kind;            /* for messages */
	int by;                      /* how many times smaller it was made; 1 before */
	int w, h;                    /* of the file, as stored */
	int orientation;             /* the EXIF value 1..8; 1 = as stored */
};

/* Errors: ERR_FORMAT. */
enum err jpeg_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		     struct errinfo *e);
enum err png_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		    struct errinfo *e);
enum err gif_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		    struct errinfo *e);
enum err webp_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		     struct errinfo *e);
enum err tiff_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		     struct errinfo *e);
enum err pnm_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		    struct errinfo *e);
enum err bmp_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		    struct errinfo *e);
/* TGA, PSD, and BMP without run lengths. */
enum err stb_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		    struct errinfo *e);

/* The orientation in a TIFF block as EXIF stores it; 1 when there is none that makes sense.
 * Source: TIFF 6.0 section 2 (header, directory), EXIF 2.3 tag 0x0112. */
int exif_orientation(const uint8_t *tiff, size_t len);

/* How a stored picture becomes upright: transposed first, then mirrored. */
struct turn {
	bool transpose, mirror_x, mirror_y;
};
const struct turn *turn_of(int orientation); /* any value; at rest when it makes no sense */

/* Turn the picture upright in place. */
enum err image_turn(struct image *im, int orientation, struct errinfo *e);

/* Refuse a size of zero or above IMAGE_MAX_CLAIM. */
enum err image_check_size(uint64_t w, uint64_t h, struct errinfo *e);

/* The same above IMAGE_MAX_PIXELS, for what cannot be made smaller while it is read: `what`. */
enum err image_check_whole(uint64_t w, uint64_t h, const char *what, struct errinfo *e);

/* The least of 1, 2, 4, 8 that makes a picture no larger than IMAGE_MAX_PIXELS. */
int image_fit(int w, int h);

/* w * h pixels of `channels` bytes, or ERR_FORMAT when there is no memory for what the file
 * claims. */
enum err image_alloc(uint8_t **out, int w, int h, int channels, struct errinfo *e);

#endif
