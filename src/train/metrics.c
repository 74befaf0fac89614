#include "metrics.h"
#include "thaw/base/alloc.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_PROBABILITY 1e-12 /* a confident mistake costs 27.6 nats, not infinity */

void metrics_init(struct metrics *m, size_t n_classes)
{
	*m = (struct metrics){.n_classes = n_classes, .has_top2 = true, .finite = true};
	m->confusion = xcalloc(n_classes * n_classes, sizeof(*m->confusion));
}

void metrics_reset(struct metrics *m)
{
	int64_t *keep = m->confusion;
	memset(keep, 0, m->n_classes * m->n_classes * sizeof(*keep));
	*m = (struct metrics){.n_classes = m->n_classes, .has_top2 = true, .finite = true};
	m->confusion = keep;
}

void metrics_release(struct metrics *m)
{
	free(m->confusion);
	*m = (struct metrics){0};
}

void metrics_add_probs(struct metrics *m, const float *probs, int label)
{
	assert(label >= 0 && (size_t)label < m->n_classes);
	size_t truth = (size_t)label, best = 0, rank = 0;
	for (size_t i = 0; i < m->n_classes; i++) {
		if (!isfinite(probs[i]))
			m->finite = false;
		if (probs[i] > probs[best])
			best = i;
		if (probs[i] > probs[truth] || (i < truth && probs[i] == probs[truth]))
			rank++;
	}
	m->n++;
	m->loss_sum -= log(fmax((double)probs[truth], SMALLEST_PROBABILITY));
	m->n_correct += best == truth;
	m->n_top2 += rank < 2;
	m->n_top5 += rank < 5;
	m->confusion[truth * m->n_classes + best]++;
}

void metrics_add_step(struct metrics *m, int n, double loss, int n_correct, int n_top5)
{
	m->n += n;
	m->loss_sum += loss * n;
	m->n_correct += n_correct;
	m->n_top5 += n_top5;
	m->has_top2 = false;
}

struct event_score metrics_score(const struct metrics *m)
{
	double n = m->n ? (double)m->n : 1;
	return (struct event_score){
	    .loss = opt_of(m->loss_sum / n),
	    .acc = opt_of((double)m->n_correct / n),
	    .top5 = {(double)m->n_top5 / n, true},
	    .top2 = {m->has_top2 ? (double)m->n_top2 / n : 0, m->has_top2},
	};
}

struct event_class metrics_class(const struct metrics *m, size_t i)
{
	struct event_class c = {.tp = m->confusion[i * m->n_classes + i]};
	for (size_t k = 0; k < m->n_classes; k++) {
		c.n += m->confusion[i * m->n_classes + k];
		c.fp += k == i ? 0 : m->confusion[k * m->n_classes + i];
	}
	return c;
}
