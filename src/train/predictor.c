#include "thaw/train/predictor.h"
#include "saved.h"
#include "thaw/base/alloc.h"
#include "thaw/data/image.h"

#include <stdbool.h>
#include <stdlib.h>

struct predictor {
	struct saved saved;
	float *x; /* one picture */
};

enum err predictor_open(struct predictor **out, const char *run_dir, const char *weights,
			int threads, const char *device, struct errinfo *e)
{
	struct saved_options o = {run_dir, weights, 1, threads, device};
	struct predictor *p = xcalloc(1, sizeof(*p));
	enum err r = saved_open(&p->saved, &o, e);
	if (r) {
		free(p);
		return r;
	}
	int w, h, c;
	net_input(p->saved.net, &w, &h, &c);
	p->x = xcalloc((size_t)w * (size_t)h * (size_t)c, sizeof(*p->x));
	*out = p;
	return ERR_OK;
}

void predictor_free(struct predictor *p)
{
	if (!p)
		return;
	saved_release(&p->saved);
	free(p->x);
	free(p);
}

const char *predictor_weights(const struct predictor *p)
{
	return p->saved.weights;
}

size_t predictor_n_classes(const struct predictor *p)
{
	return p->saved.n_labels;
}

const char *predictor_label(const struct predictor *p, size_t i)
{
	return p->saved.labels[i];
}

enum err predictor_image(struct predictor *p, const char *path, float *probs, struct errinfo *e)
{
	int w, h, c;
	struct image im;
	enum err r = image_decode(&im, path, e);
	if (r)
		return r;
	net_input(p->saved.net, &w, &h, &c);
	image_to_input(&im, saved_resize(&p->saved), w, h, p->x);
	image_release(&im);
	net_predict(p->saved.net, &(struct net_images){.x = p->x, .n = 1}, probs);
	return ERR_OK;
}

void predictor_top(const float *probs, size_t n, size_t *order, size_t k)
{
	bool *taken = xcalloc(n, sizeof(*taken));
	for (size_t i = 0; i < k; i++) {
		size_t best = n;
		for (size_t j = 0; j < n; j++)
			if (!taken[j] && (best == n || probs[j] > probs[best]))
				best = j;
		order[i] = best;
		taken[best] = true;
	}
	free(taken);
}
