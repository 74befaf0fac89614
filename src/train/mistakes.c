#include "mistakes.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/data/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 512 /* pictures */

struct mistake_picture {
	uint32_t index;
	uint8_t rgb[MISTAKE_BYTES];
};

void mistakes_add(struct mistakes *m, uint32_t index, int label, const float *probs, size_t classes)
{
	size_t said = 0;
	for (size_t i = 0; i < classes; i++) {
		if (!isfinite(probs[i]))
			return;
		said = probs[i] > probs[said] ? i : said;
	}
	if (said == (size_t)label)
		return;
	size_t at = m->n;
	while (at > 0 && probs[said] > m->worst[at - 1].prob_said)
		at--;
	if (at == MISTAKES_MAX)
		return;
	m->n += m->n < MISTAKES_MAX;
	memmove(m->worst + at + 1, m->worst + at, (m->n - 1 - at) * sizeof(*m->worst));
	m->worst[at] = (struct mistake){index, label, (int)said, probs[said], probs[label]};
}

static const uint8_t *kept_picture(const struct mistakes *m, uint32_t index)
{
	for (size_t i = 0; i < m->n_kept; i++)
		if (m->kept[i].index == index)
			return m->kept[i].rgb;
	return NULL;
}

/* NULL when it cannot be read. */
static const uint8_t *picture(struct session *s, uint32_t index)
{
	struct mistakes *m = &s->mistakes;
	const uint8_t *kept = kept_picture(m, index);
	struct image im;
	if (kept || sample_decode(&im, &s->p->data->valid.samples[index], NULL))
		return kept;
	if (m->n_kept == KEPT_MAX)
		m->n_kept = 0;
	ALLOC_GROW(m->kept, m->n_kept + 1, m->cap_kept);
	struct mistake_picture *p = &m->kept[m->n_kept++];
	p->index = index;
	image_thumbnail(&im, MISTAKE_SIDE, MISTAKE_SIDE, p->rgb);
	image_release(&im);
	return p->rgb;
}

void mistakes_emit(struct session *s)
{
	struct mistakes *m = &s->mistakes;
	uint8_t pictures[MISTAKES_MAX * MISTAKE_BYTES];
	bool read[MISTAKES_MAX];
	if (!m->n || s->p->x->data.probes <= 0)
		return;
	for (size_t i = 0; i < m->n; i++) {
		const uint8_t *rgb = picture(s, m->worst[i].index);
		read[i] = rgb;
		if (rgb)
			memcpy(pictures + i * MISTAKE_BYTES, rgb, MISTAKE_BYTES);
	}
	emit_mistakes(s->emit, s->p, s->at.epoch, m, pictures, read);
}

void mistakes_release(struct mistakes *m)
{
	free(m->kept);
	*m = (struct mistakes){0};
}
