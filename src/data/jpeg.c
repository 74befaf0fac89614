#include "decode.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* What the segments before the first scan say. */
struct head {
	int w, h, components;
	int orientation;
	bool adobe;     /* has Adobe's segment: four inks are stored inverted */
	size_t scan_at; /* offset of the first scan */
};

enum { RST0 = 0xd0, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, TEM = 0x01 };
enum { SEGMENT_OTHER, SEGMENT_FRAME, SEGMENT_APP1, SEGMENT_APP14 };

static int segment_kind(int marker)
{
	if (marker == 0xe1)
		return SEGMENT_APP1;
	if (marker == 0xee)
		return SEGMENT_APP14;
	bool frame =
	    marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
	return frame ? SEGMENT_FRAME : SEGMENT_OTHER;
}

static void read_segment(struct head *head, int marker, const uint8_t *p, size_t len)
{
	switch (segment_kind(marker)) {
	case SEGMENT_FRAME:
		if (len >= 6 && !head->components) {
			head->h = p[1] << 8 | p[2];
			head->w = p[3] << 8 | p[4];
			head->components = p[5];
		}
		break;
	case SEGMENT_APP1:
		if (len > 6 && memcmp(p, "Exif\0\0", 6) == 0 && !head->orientation)
			head->orientation = exif_orientation(p + 6, len - 6);
		break;
	case SEGMENT_APP14:
		head->adobe |= len >= 12 && memcmp(p, "Adobe", 5) == 0;
		break;
	default:
		break;
	}
}

/* The marker at or after *at, with *at moved past it; EOI at the end of the data. */
static int next_marker(const uint8_t *data, size_t len, size_t *at)
{
	while (*at < len) {
		const uint8_t *ff = memchr(data + *at, 0xff, len - *at);
		if (!ff)
			break;
		*at = (size_t)(ff - data);
		while (*at < len && data[*at] == 0xff)
			++*at;
		if (*at < len && data[(*at)++] != 0)
			return data[*at - 1];
	}
	*at = len;
	return EOI;
}

static enum err read_head(struct head *head, const uint8_t *data, size_t len, struct errinfo *e)
{
	*head = (struct head){0};
	size_t at = 2;
	for (;;) {
		int marker = next_marker(data, len, &at);
		if (marker == EOI)
			break;
		if (marker == TEM || (marker >= RST0 && marker <= SOI))
			continue;
		size_t size = len - at >= 2 ? (size_t)(data[at] << 8 | data[at + 1]) : 0;
		if (size < 2 || size > len - at)
			break;
		if (marker == SOS) {
			head->scan_at = at + size;
			return ERR_OK;
		}
		read_segment(head, marker, data + at + 2, size - 2);
		at += size;
	}
	return err_set(e, ERR_FORMAT, "truncated JPEG: it ends before its first scan");
}

/* Compressed data never holds the end marker, so a file without one after its first scan was
 * cut. */
static bool has_end(const uint8_t *data, size_t len, size_t at)
{
	while (at + 1 < len) {
		const uint8_t *ff = memchr(data + at, 0xff, len - 1 - at);
		if (!ff)
			return false;
		if (ff[1] == EOI)
			return true;
		at = (size_t)(ff - data) + 1;
	}
	return false;
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* libjpeg warns and fills in grey where data is missing: that is an error here. Other warnings
 * (stray bytes between segments, as some cameras write) leave the picture whole. */
static enum err check_result(tjhandle tj, struct errinfo *e)
{
	const char *why = tjGetErrorStr2(tj);
	if (tjGetErrorCode(tj) != TJERR_WARNING)
		return err_set(e, ERR_FORMAT, "damaged JPEG: %.200s", why);
	if (starts_with(why, "Premature end of JPEG file") ||
	    starts_with(why, "Corrupt JPEG data: premature end of data segment"))
		return err_set(e, ERR_FORMAT, "truncated JPEG: part of the picture is missing");
	return ERR_OK;
}

/* Four inks to RGB, in place: 4 bytes a pixel become 3.
 * Source: the integer rounding of OpenCV's icvCvt_CMYK2BGR, so that both programs see the same
 * picture. */
static void inks_to_rgb(uint8_t *px, size_t n_pixels, bool inverted)
{
	const uint8_t *in = px;
	uint8_t flip = inverted ? 0 : 255;
	for (size_t i = 0; i < n_pixels; i++, in += 4, px += 3) {
		int k = in[3] ^ flip;
		for (int c = 0; c < 3; c++)
			px[c] = (uint8_t)(k - ((255 - (in[c] ^ flip)) * k >> 8));
	}
}

/* Inks are mixed after scaling, which is not the same as before. */
static int choose_scale(const struct head *head, const struct shrink *s)
{
	if (!s || head->components == 4)
		return 1;
	bool lies = turn_of(head->orientation)->transpose;
	return shrink_choose(s, lies ? head->h : head->w, lies ? head->w : head->h);
}

/* The pixels as libjpeg gives them, 4 bytes each for inks. */
static enum err read_pixels(struct image *im, const struct head *head, const uint8_t *data,
			    size_t len, struct errinfo *e)
{
	tjhandle tj = tjInitDecompress();
	if (!tj)
		return err_set(e, ERR_FORMAT, "no memory for a JPEG decoder");
	int format = head->components == 4 ? TJPF_CMYK : TJPF_RGB;
	enum err r = ERR_OK;
	if (tjDecompress2(tj, data, (unsigned long)len, im->rgb, im->w, 0, im->h, format,
			  TJFLAG_LIMITSCANS) != 0)
		r = check_result(tj, e);
	tjDestroy(tj);
	return r;
}

enum err jpeg_decode(struct image *out, const uint8_t *data, size_t len, struct decoding *d,
		     struct errinfo *e)
{
	struct head head;
	enum err r = read_head(&head, data, len, e);
	if (r)
		return r;
	if ((r = image_check_size((uint64_t)head.w, (uint64_t)head.h, e)) != ERR_OK)
		return r;
	if (!has_end(data, len, head.scan_at))
		return err_set(e, ERR_FORMAT, "truncated JPEG: part of the picture is missing");
	bool inks = head.components == 4;
	int by = choose_scale(&head, d->shrink);
	struct image im = {(head.w + by - 1) / by, (head.h + by - 1) / by, NULL};
	if ((r = image_alloc(&im.rgb, im.w, im.h, inks ? 4 : 3, e)) != ERR_OK)
		return r;
	if ((r = read_pixels(&im, &head, data, len, e)) != ERR_OK) {
		image_release(&im);
		return r;
	}
	if (inks)
		inks_to_rgb(im.rgb, (size_t)im.w * (size_t)im.h, head.adobe);
	*out = im;
	d->by = by;
	d->w = head.w;
	d->h = head.h;
	d->orientation = head.orientation ? head.orientation : 1;
	return ERR_OK;
}
