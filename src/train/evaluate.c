#include "evaluate.h"
#include "commands.h"
#include "session.h"
#include "thaw/base/alloc.h"

#include <stdlib.h>

static uint64_t *mirror_keys(const uint64_t *key, int n)
{
	uint64_t *out = xcalloc((size_t)n, sizeof(*out));
	for (int i = 0; i < n; i++)
		out[i] = batches_mirror_key(key[i]);
	return out;
}

/* The same again of the mirror images, whose pixels may not be looked at. */
static void predict_mirrored(const struct batches *from, struct batch *b, float *probs)
{
	struct net_images in = {.n = b->n};
	uint64_t *key = from->keyed ? mirror_keys(b->key, b->n) : NULL;
	if (!key || !net_cached(from->net, key, b->n)) {
		loader_mirror(from->loader, b);
		in = batches_images(from, b);
	}
	in.key = key;
	net_predict(from->net, &in, probs);
	free(key);
}

void evaluate_batch(const struct batches *from, struct batch *b, float *probs)
{
	struct net_images in = batches_images(from, b);
	net_predict(from->net, &in, probs);
	if (!from->flip)
		return;
	size_t total = (size_t)b->n * (size_t)net_classes(from->net);
	float *other = xcalloc(total, sizeof(*other));
	predict_mirrored(from, b, other);
	for (size_t i = 0; i < total; i++)
		probs[i] = (probs[i] + other[i]) / 2;
	free(other);
}

enum err evaluate_valid(struct session *s, struct errinfo *e)
{
	size_t classes = (size_t)net_classes(s->p->net);
	float *probs = xcalloc((size_t)s->p->x->train.batch * classes, sizeof(*probs));
	metrics_reset(&s->valid_metrics);
	s->mistakes.n = 0;
	loader_start(s->valid.loader, 1, 0);
	busy_begin(s, PROGRESS_VALID, (int64_t)s->p->data->valid.n);
	enum err r;
	bool more;
	struct batch b;
	while (!(r = batches_next(&s->valid, &b, &more, e)) && more) {
		evaluate_batch(&s->valid, &b, probs);
		for (int i = 0; i < b.n; i++) {
			const float *p = probs + (size_t)i * classes;
			metrics_add_probs(&s->valid_metrics, p, b.labels[i]);
			struct prediction a = {b.index[i], b.labels[i], p, classes};
			mistakes_add(&s->mistakes, &a);
		}
		busy_at(s, s->busy.done + b.n);
		usage_tell(s);
		commands_poll(s, 0);
	}
	busy_end(s);
	free(probs);
	return r;
}
