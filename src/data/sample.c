#include "sample.h"

#include "idx.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>
#include <xxhash.h>

enum err sample_load_shrunk(struct shrunk *out, const struct sample *s, const struct shrink *shrink,
			    struct errinfo *e)
{
	if (!s->idx)
		return image_load_shrunk(out, s->path, shrink, e);
	struct image im;
	enum err r = idx_picture(&im, s->idx, s->at, e);
	if (!r)
		*out = (struct shrunk){.im = im, .by = 1, .w = im.w, .h = im.h};
	return r;
}

enum err sample_decode_shrunk(struct shrunk *out, const struct sample *s,
			      const struct shrink *shrink, struct errinfo *e)
{
	return s->idx ? sample_load_shrunk(out, s, shrink, e)
		      : image_decode_shrunk(out, s->path, shrink, e);
}

enum err sample_decode(struct image *out, const struct sample *s, struct errinfo *e)
{
	struct shrunk whole;
	enum err r = sample_decode_shrunk(&whole, s, NULL, e);
	if (!r)
		*out = whole.im;
	return r;
}

static enum err check_file(const char *path, uint64_t *digest, struct errinfo *e)
{
	static const struct shrink tiny = {RESIZE_STRETCH, 1, 1, 1};
	struct shrunk s;
	uint8_t *data;
	size_t len;
	enum err r = image_read(&data, &len, path, e);
	if (r)
		return r;
	*digest = XXH3_64bits(data, len);
	r = image_shrunk_memory(&s, data, len, &tiny, e);
	if (!r)
		image_release(&s.im);
	free(data);
	return r;
}

enum err sample_check(const struct sample *s, uint64_t *digest, struct errinfo *e)
{
	if (!s->idx)
		return check_file(s->path, digest, e);
	size_t n = (size_t)s->idx->w * (size_t)s->idx->h * (size_t)s->idx->channels;
	*digest = XXH3_64bits(s->idx->bytes + n * s->at, n);
	return ERR_OK;
}

char *sample_trouble(const struct sample *s)
{
	struct errinfo why;
	uint64_t digest;
	return sample_check(s, &digest, &why) ? xstrdup(why.msg) : NULL;
}
