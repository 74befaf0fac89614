/* What the folds share: text, markers, notes, the frozen set, pictures. It knows none of them. */
#include "fold.h"

#include "thaw/base/alloc.h"
#include "thaw/event/base64.h"

void text_replace(char **at, const char *s)
{
	char *copy = shared_text(s);
	shared_drop(*at);
	*at = copy;
}

uint8_t *shared_pixels(const char *text, size_t n)
{
	uint8_t *pixels = n ? shared_new(n) : NULL;
	if (pixels && pixels_decode(text, pixels, n))
		return pixels;
	shared_drop(pixels);
	return NULL;
}

struct history_marker *add_marker(struct history *h, enum marker_kind kind, int64_t iter,
				  int64_t cause, char *text)
{
	ALLOC_GROW(h->markers, h->n_markers + 1, h->cap_markers);
	struct history_marker *m = &h->markers[h->n_markers++];
	*m = (struct history_marker){
	    .kind = kind, .iter = iter, .cause = cause, .t_ms = h->t_ms, .text = shared_take(text)};
	return m;
}

struct history_note *add_note(struct history *h, int64_t level, char *text)
{
	ALLOC_GROW(h->notes, h->n_notes + 1, h->cap_notes);
	struct history_note *n = &h->notes[h->n_notes++];
	*n = (struct history_note){
	    .seq = h->seq, .t_ms = h->t_ms, .level = level, .text = shared_take(text)};
	return n;
}

/* Layers that are not frozen have no digest to hold on to, nor has the cache of what is above. */
void set_frozen(struct history *h, const struct layerset *frozen)
{
	h->frozen = *frozen;
	for (size_t i = 0; i < h->n_layers; i++) {
		struct history_layer *l = &h->layers[i];
		l->frozen = layerset_has(frozen, (int)i);
		if (!l->frozen)
			l->digest_known = false;
		if (!l->frozen && (int64_t)i <= h->cache.layer)
			h->has_cache = false;
	}
}

