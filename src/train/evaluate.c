#include "evaluate.h"
#include "commands.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/data/image.h"

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
	loader_start(s->valid.loader, 1, 0);
	enum err r;
	bool more;
	struct batch b;
	while (!(r = batches_next(&s->valid, &b, &more, e)) && more) {
		evaluate_batch(net, b.x, b.key, b.n, s->p->x->train.eval_flip, probs);
		for (int i = 0; i < b.n; i++)
			metrics_add_probs(&s->valid_metrics, probs + (size_t)i * classes,
					  b.labels[i]);
		commands_poll(s, 0);
	}
	free(probs);
	return r;
}

static enum err read_probe(struct session *s, size_t i, uint8_t *thumb, struct errinfo *e)
{
	const struct experiment *x = s->p->x;
	int w, h, c;
	net_input(s->p->net, &w, &h, &c);
	struct image im;
	enum err r = sample_decode(&im, &s->p->data->valid.samples[s->probes.index[i]], e);
	if (r)
		return r;
	image_to_input(&im, x->data.resize, w, h, s->probes.x + i * 3 * (size_t)w * (size_t)h);
	image_thumbnail(&im, THUMB_SIZE, THUMB_SIZE, thumb);
	image_release(&im);
	return ERR_OK;
}

enum err probe_set_open(struct session *s, struct errinfo *e)
{
	struct probes *pr = &s->probes;
	size_t want = s->p->x->data.probes > 0 ? (size_t)s->p->x->data.probes : 0;
	int w, h, c;
	net_input(s->p->net, &w, &h, &c);
	pr->index = xcalloc(want, sizeof(*pr->index));
	pr->n = dataset_probes(s->p->data, s->p->x->train.seed, want, pr->index);
	if (!pr->n)
		return ERR_OK;
	pr->x = xcalloc(pr->n * 3 * (size_t)w * (size_t)h, sizeof(*pr->x));
	pr->probs = xcalloc(pr->n * (size_t)net_classes(s->p->net), sizeof(*pr->probs));
	const size_t bytes = (size_t)THUMB_SIZE * THUMB_SIZE * 3;
	uint8_t *thumbs = xcalloc(pr->n, bytes);
	enum err r = ERR_OK;
	for (size_t i = 0; i < pr->n && !r; i++)
		r = read_probe(s, i, thumbs + i * bytes, e);
	if (!r && !s->resume) /* the log has them */
		emit_thumbs(s->emit, s->p, pr->index, pr->n, thumbs, THUMB_SIZE, THUMB_SIZE);
	free(thumbs);
	return r;
}

/* Mirroring is undone by mirroring again, which evaluate_batch() leaves to its caller. */
void probe_set_emit(struct session *s, int64_t epoch)
{
	struct probes *pr = &s->probes;
	struct net *net = s->p->net;
	if (!pr->n)
		return;
	int w, h, c, batch = s->p->x->train.batch;
	net_input(net, &w, &h, &c);
	size_t pixels = (size_t)c * (size_t)h * (size_t)w, classes = (size_t)net_classes(net);
	bool flip = s->p->x->train.eval_flip;
	for (size_t i = 0; i < pr->n; i += (size_t)batch) {
		int n = pr->n - i < (size_t)batch ? (int)(pr->n - i) : batch;
		float *x = pr->x + i * pixels;
		evaluate_batch(net, x, NULL, n, flip, pr->probs + i * classes);
		if (flip)
			evaluate_mirror(x, n, c, h, w);
	}
	emit_probe(s->emit, epoch, pr->probs, pr->n, classes);
}

void probe_set_release(struct session *s)
{
	free(s->probes.index);
	free(s->probes.x);
	free(s->probes.probs);
	s->probes = (struct probes){0};
}
