#include "batches.h"
#include "optimizing.h"

#include "thaw/base/rng.h"
#include "thaw/engine/device.h"

uint64_t batches_mirror_key(uint64_t key)
{
	return rng_u64(key, 1);
}

static bool is_kept(const struct batches *b, uint64_t key)
{
	uint64_t mirror = batches_mirror_key(key);
	return net_cached(b->net, &key, 1) && (!b->flip || net_cached(b->net, &mirror, 1));
}

static bool may_skip(void *arg, uint64_t key)
{
	return is_kept(arg, key);
}

int batches_threads(const struct net *net, int beside_cpu)
{
	int cores = net_threads(net);
	return device_is_card() || cores < beside_cpu ? cores : beside_cpu;
}

static bool put(void *arg, uint32_t index, const uint8_t *rgb, int w, int h)
{
	return pictures_put(arg, index, rgb, w, h);
}

void batches_open(struct batches *b, struct loader *l, struct net *net, bool keyed, bool flip)
{
	int w, h, c;
	net_input(net, &w, &h, &c);
	*b = (struct batches){l, net, keyed, flip, pictures_new(0, w, h, loader_batch(l) + 1)};
	if (keyed)
		loader_set_skip(l, may_skip, b);
	if (b->pictures)
		loader_set_store(l, &(struct loader_store){put, b->pictures});
}

void batches_release(struct batches *b)
{
	loader_free(b->loader);
	pictures_free(b->pictures);
	*b = (struct batches){0};
}

enum err batches_next(struct batches *b, struct batch *out, bool *more, struct errinfo *e)
{
	enum err r = loader_next(b->loader, out, more, e);
	for (int i = 0; !r && *more && i < out->n; i++)
		if (out->blank[i] && !is_kept(b, out->key[i]))
			r = loader_fill(b->loader, out, i, e);
	return r;
}

struct net_images batches_images(const struct batches *b, const struct batch *batch)
{
	struct net_images in = {batch->x, false, b->keyed ? batch->key : NULL, batch->n};
	struct picture_views views = {batch->n,     batch->blank,  batch->stored,
				      batch->index, batch->recipe, batch->x};
	if (b->pictures) {
		in.x = pictures_render(b->pictures, &views);
		in.on_device = true;
	}
	return in;
}

struct step batches_step(const struct batches *b, const struct preflight *p,
			 const struct batch *batch, double lr, uint64_t dropout_key)
{
	struct step step = optimizing_step(p);
	struct net_images in = batches_images(b, batch);
	step.x = in.x;
	step.x_on_device = in.on_device;
	step.labels = batch->labels;
	step.key = in.key;
	step.n = in.n;
	step.lr = lr;
	step.dropout_key = dropout_key;
	return step;
}
