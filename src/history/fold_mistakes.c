/* The fold of the worst mistakes: those of the last validation alone. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <stdlib.h>

void worst_release(struct history *h)
{
	for (size_t i = 0; i < h->n_mistakes; i++) {
		free(h->mistakes[i].path);
		free(h->mistakes[i].rgb);
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
		    .path = text_copy(m->path),
		    .label = m->label,
		    .said = m->said,
		    .prob_said = m->prob_said,
		    .prob_label = m->prob_label,
		    .rgb = bytes ? decode_pixels(m->rgb, bytes) : NULL,
		};
	}
}
