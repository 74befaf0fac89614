#include "evaluate.h"
#include "commands.h"
#include "session.h"
#include "thaw/base/alloc.h"

#include <stdlib.h>

void evaluate_mirror(float *x, int n, int c, int h, int w)
{
	for (size_t row = 0; row < (size_t)n * (size_t)c * (size_t)h; row++) {
		float *a = x + row * (size_t)w, *b = a + w - 1;
		for (; a < b; a++, b--) {
			float swap = *a;
			*a = *b;
			*b = swap;
		}
	}
}

static uint64_t *mirror_keys(const uint64_t *key, int n)
{
	uint64_t *out = xcalloc((size_t)n, sizeof(*out));
	for (int i = 0; i < n; i++)
		out[i] = batches_mirror_key(key[i]);
	return out;
}

void evaluate_batch(struct net *net, float *x, const uint64_t *key, int n, bool flip, float *probs)
{
	net_predict(net, x, key, n, probs);
	if (!flip)
		return;
	int w, h, c;
	net_input(net, &w, &h, &c);
	size_t total = (size_t)n * (size_t)net_classes(net);
	float *other = xcalloc(total, sizeof(*other));
	uint64_t *other_key = key ? mirror_keys(key, n) : NULL;
	if (!key || !net_cached(net, other_key, n))
		evaluate_mirror(x, n, c, h, w);
	net_predict(net, x, other_key, n, other);
	for (size_t i = 0; i < total; i++)
		probs[i] = (probs[i] + other[i]) / 2;
	free(other_key);
	free(other);
}

enum err evaluate_valid(struct session *s, struct errinfo *e)
{
	struct net *net = s->p->net;
	size_t classes = (size_t)net_classes(net);
	float *probs = xcalloc((size_t)s->p->x->train.batch * classes, sizeof(*probs));
	metrics_reset(&s->valid_metrics);
	s->mistakes.n = 0;
	loader_start(s->valid.loader, 1, 0);
	busy_begin(s, PROGRESS_VALID, (int64_t)s->p->data->valid.n);
	enum err r;
	bool more;
	struct batch b;
	while (!(r = batches_next(&s->valid, &b, &more, e)) && more) {
		evaluate_batch(net, b.x, b.key, b.n, s->p->x->train.eval_flip, probs);
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
