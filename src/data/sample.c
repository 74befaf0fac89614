#include "sample.h"

#include "idx.h"

#include "thaw/base/alloc.h"

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

char *sample_trouble(const struct sample *s)
{
	struct shrunk whole;
	struct errinfo why;
	if (sample_load_shrunk(&whole, s, NULL, &why))
		return xstrdup(why.msg);
	image_release(&whole.im);
	return NULL;
}
