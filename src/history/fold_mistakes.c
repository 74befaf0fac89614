/* The fold of the worst mistakes: those of the last validation alone, and pictures of those before,
 * for a picture is told once. */
#include "fold.h"

#include "thaw/base/alloc.h"
#include "thaw/event/base64.h"

#include <stdlib.h>
#include <string.h>

struct picture {
	uint32_t hash; /* of the path */
	char *path;    /* NULL: none yet */
	uint8_t *rgb;
	size_t bytes;
};

struct history_pictures { /* a ring */
	struct picture all[EVENT_PICTURES_MAX];
	size_t next;
};

struct history_pictures *pictures_copy(const struct history_pictures *from)
{
	struct history_pictures *to = xmalloc(sizeof(*to));
	*to = *from;
	for (size_t i = 0; i < EVENT_PICTURES_MAX; i++) {
		shared_hold(to->all[i].path);
		shared_hold(to->all[i].rgb);
	}
	return to;
}

static uint32_t hash_of(const char *path)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619u;
	return hash;
}

static struct picture *find_picture(struct history_pictures *ps, const char *path)
{
	uint32_t hash = hash_of(path);
	for (size_t i = 0; i < EVENT_PICTURES_MAX; i++) {
		struct picture *p = &ps->all[i];
		if (p->path && p->hash == hash && strcmp(p->path, path) == 0)
			return p;
	}
	return NULL;
}

static void picture_release(struct picture *p)
{
	shared_drop(p->path);
	shared_drop(p->rgb);
	*p = (struct picture){0};
}

/* Takes the pixels. */
static void keep_picture(struct history *h, const char *path, uint8_t *rgb, size_t bytes)
{
	if (!h->pictures)
		h->pictures = xcalloc(1, sizeof(*h->pictures));
	struct picture *before = find_picture(h->pictures, path);
	if (before)
		picture_release(before);
	struct picture *p = &h->pictures->all[h->pictures->next];
	h->pictures->next = (h->pictures->next + 1) % EVENT_PICTURES_MAX;
	picture_release(p);
	*p = (struct picture){hash_of(path), shared_text(path), rgb, bytes};
}

void pictures_release(struct history *h)
{
	for (size_t i = 0; h->pictures && i < EVENT_PICTURES_MAX; i++)
		picture_release(&h->pictures->all[i]);
	free(h->pictures);
	h->pictures = NULL;
}

/* What is told here, or was before; NULL: neither. */
static uint8_t *picture_of(struct history *h, const struct event_mistake *m, size_t bytes)
{
	const char *path = m->path ? m->path : "";
	uint8_t *rgb = m->rgb && bytes ? shared_pixels(m->rgb, bytes) : NULL;
	if (rgb)
		keep_picture(h, path, rgb, bytes);
	struct picture *p = h->pictures && bytes ? find_picture(h->pictures, path) : NULL;
	if (!p || p->bytes != bytes || (m->rgb && m->rgb[0] && !rgb))
		return NULL;
	return shared_hold(p->rgb);
}

void worst_release(struct history *h)
{
	for (size_t i = 0; i < h->n_mistakes; i++) {
		shared_drop(h->mistakes[i].path);
		shared_drop(h->mistakes[i].rgb);
	}
	free(h->mistakes);
	h->mistakes = NULL;
	h->n_mistakes = 0;
	h->mistakes_epoch = h->mistake_w = h->mistake_h = 0;
}

void worst_cut(struct history *h, int64_t epoch)
{
	if (h->mistakes_epoch > epoch)
		worst_release(h);
}

static bool is_mistake(const struct history *h, const struct event_mistake *m)
{
	int64_t n = h->has_run ? (int64_t)h->run.n_classes : 0;
	return m->label >= 0 && m->label < n && m->said >= 0 && m->said < n && m->label != m->said;
}

void fold_mistakes(struct history *h, const struct event *ev)
{
	const struct event_mistakes *from = &ev->mistakes;
	bool sized =
	    from->w > 0 && from->w <= MAX_THUMB_SIDE && from->h > 0 && from->h <= MAX_THUMB_SIDE;
	size_t n = from->n_images < MAX_MISTAKES ? from->n_images : MAX_MISTAKES;
	worst_release(h);
	h->mistakes_epoch = from->epoch;
	h->mistake_w = sized ? from->w : 0;
	h->mistake_h = sized ? from->h : 0;
	h->mistakes = n ? xcalloc(n, sizeof(*h->mistakes)) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct event_mistake *m = &from->images[i];
		size_t bytes = (size_t)h->mistake_w * (size_t)h->mistake_h * 3;
		if (!is_mistake(h, m))
			continue;
		h->mistakes[h->n_mistakes++] = (struct history_mistake){
		    .path = shared_text(m->path),
		    .label = m->label,
		    .said = m->said,
		    .prob_said = m->prob_said,
		    .prob_label = m->prob_label,
		    .rgb = picture_of(h, m, bytes),
		};
	}
}
