/* The memory of a picture, and how much of it there may be. */
#include "decode.h"

#include <stdlib.h>

enum err image_check_size(uint64_t w, uint64_t h, struct errinfo *e)
{
	if (w == 0 || h == 0)
		return err_set(e, ERR_FORMAT, "a picture without pixels (%llux%llu)",
			       (unsigned long long)w, (unsigned long long)h);
	if (w > IMAGE_MAX_SIDE || h > IMAGE_MAX_SIDE || w * h > IMAGE_MAX_CLAIM)
		return err_set(e, ERR_FORMAT,
			       "absurd size: it claims %llux%llu pixels, at most %d million are "
			       "read, and %d on "
			       "a side; make it smaller",
			       (unsigned long long)w, (unsigned long long)h,
			       IMAGE_MAX_CLAIM / 1000000, IMAGE_MAX_SIDE);
	return ERR_OK;
}

enum err image_check_whole(uint64_t w, uint64_t h, const char *what, struct errinfo *e)
{
	enum err r = image_check_size(w, h, e);
	if (r || w * h <= IMAGE_MAX_PIXELS)
		return r;
	return err_set(e, ERR_FORMAT,
		       "%llux%llu pixels; of %s at most %d million are read: make it smaller, or "
		       "save it as JPEG or PNG",
		       (unsigned long long)w, (unsigned long long)h, what,
		       IMAGE_MAX_PIXELS / 1000000);
}

int image_fit(int w, int h)
{
	int by = 1;
	while (by < 8 && (int64_t)((w + by - 1) / by) * ((h + by - 1) / by) > IMAGE_MAX_PIXELS)
		by *= 2;
	return by;
}

enum err image_alloc(uint8_t **out, int w, int h, int channels, struct errinfo *e)
{
	/* malloc, not xmalloc: the size comes from an untrusted file */
	*out = malloc((size_t)w * (size_t)h * (size_t)channels);
	return *out ? ERR_OK : err_set(e, ERR_FORMAT, "no memory for %dx%d pixels", w, h);
}

void image_release(struct image *im)
{
	free(im->rgb);
	*im = (struct image){0, 0, NULL};
}
