#include "mistakes.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/data/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mistake_picture {
	uint32_t index;
	uint8_t rgb[MISTAKE_BYTES];
	bool told; /* in the log */
};

size_t mistakes_keep(struct mistake *worst, size_t n, size_t most, const struct prediction *a)
{
	size_t said = 0;
	for (size_t i = 0; i < a->classes; i++) {
		if (!isfinite(a->probs[i]))
			return n;
		said = a->probs[i] > a->probs[said] ? i : said;
	}
	if (said == (size_t)a->label)
		return n;
	size_t at = n;
	while (at > 0 && a->probs[said] > worst[at - 1].prob_said)
		at--;
	if (at == most)
		return n;
	n += n < most;
	memmove(worst + at + 1, worst + at, (n - 1 - at) * sizeof(*worst));
	worst[at] = (struct mistake){a->index, a->label, (int)said, a->probs[said],
				     a->probs[a->label]};
	return n;
}

void mistakes_add(struct mistakes *m, const struct prediction *a)
{
	m->n = mistakes_keep(m->worst, m->n, MISTAKES_MAX, a);
}

static struct mistake_picture *kept_picture(const struct mistakes *m, uint32_t index)
{
	for (size_t i = 0; i < m->n_kept; i++)
		if (m->kept[i].index == index)
			return &m->kept[i];
	return NULL;
}

/* NULL when it cannot be read. */
static struct mistake_picture *picture(struct session *s, uint32_t index)
{
	struct mistakes *m = &s->mistakes;
	struct mistake_picture *kept = kept_picture(m, index);
	struct image im;
	if (kept || sample_decode(&im, &s->p->data->valid.samples[index], NULL))
		return kept;
	if (m->n_kept == EVENT_PICTURES_MAX)
		m->n_kept = 0;
	ALLOC_GROW(m->kept, m->n_kept + 1, m->cap_kept);
	struct mistake_picture *p = &m->kept[m->n_kept++];
	*p = (struct mistake_picture){.index = index};
	image_thumbnail(&im, MISTAKE_SIDE, MISTAKE_SIDE, p->rgb);
	image_release(&im);
	return p;
}

void mistakes_emit(struct session *s)
{
	struct mistakes *m = &s->mistakes;
	uint8_t pictures[MISTAKES_MAX * MISTAKE_BYTES];
	bool tell[MISTAKES_MAX];
	if (!m->n || s->p->x->data.probes <= 0)
		return;
	for (size_t i = 0; i < m->n; i++) {
		struct mistake_picture *p = picture(s, m->worst[i].index);
		tell[i] = p && !p->told;
		if (!tell[i])
			continue;
		memcpy(pictures + i * MISTAKE_BYTES, p->rgb, MISTAKE_BYTES);
		p->told = true;
	}
	emit_mistakes(s->emit, s->p, s->at.epoch, m, pictures, tell);
}

void mistakes_release(struct mistakes *m)
{
	free(m->kept);
	*m = (struct mistakes){0};
}
