#include "decode.h"

#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_BYTES = 12 };

static uint32_t get(const uint8_t *p, int bytes, bool big_endian)
{
	uint32_t v = 0;
	for (int i = 0; i < bytes; i++)
		v |= (uint32_t)p[i] << 8 * (big_endian ? bytes - 1 - i : i);
	return v;
}

int exif_orientation(const uint8_t *tiff, size_t len)
{
	if (len < 8 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
		return 1;
	bool big_endian = tiff[0] == 'M';
	size_t at = get(tiff + 4, 4, big_endian);
	if (at > len - 2)
		return 1;
	size_t n_entries = get(tiff + at, 2, big_endian);
	at += 2;
	for (size_t i = 0; i < n_entries && at + ENTRY_BYTES <= len; i++, at += ENTRY_BYTES) {
		const uint8_t *entry = tiff + at;
		if (get(entry, 2, big_endian) != TAG_ORIENTATION)
			continue;
		uint32_t value = get(entry + 8, 2, big_endian);
		bool usable =
		    get(entry + 2, 2, big_endian) == TYPE_SHORT && value >= 1 && value <= 8;
		return usable ? (int)value : 1;
	}
	return 1;
}

const struct turn *turn_of(int orientation)
{
	static const struct turn turns[9] = {
	    [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true},
	    [5] = {true, false, false}, [6] = {true, true, false}, [7] = {true, true, true},
	    [8] = {true, false, true},
	};
	return &turns[orientation >= 1 && orientation <= 8 ? orientation : 1];
}

enum err image_turn(struct image *im, int orientation, struct errinfo *e)
{
	if (orientation <= 1 || orientation > 8)
		return ERR_OK;
	const struct turn *t = turn_of(orientation);
	int w = t->transpose ? im->h : im->w, h = t->transpose ? im->w : im->h;
	uint8_t *rgb;
	enum err r = image_alloc(&rgb, w, h, 3, e);
	if (r)
		return r;
	for (int y = 0; y < h; y++) {
		uint8_t *out = rgb + (size_t)y * (size_t)w * 3;
		int v = t->mirror_y ? h - 1 - y : y;
		for (int x = 0; x < w; x++, out += 3) {
			int u = t->mirror_x ? w - 1 - x : x;
			int from_x = t->transpose ? v : u, from_y = t->transpose ? u : v;
			memcpy(out, im->rgb + ((size_t)from_y * (size_t)im->w + (size_t)from_x) * 3,
			       3);
		}
	}
	image_release(im);
	*im = (struct image){w, h, rgb};
	return ERR_OK;
}
