#include "batches.h"

#include "thaw/base/rng.h"

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

void batches_open(struct batches *b, struct loader *l, struct net *net, bool keyed, bool flip)
{
	*b = (struct batches){l, net, keyed, flip};
	if (keyed)
		loader_set_skip(l, may_skip, b);
}

void batches_release(struct batches *b)
{
	loader_free(b->loader);
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

struct step batches_step(const struct batches *b, const struct experiment *x,
			 const struct batch *batch, double lr, uint64_t dropout_key)
{
	return (struct step){
	    .x = batch->x,
	    .labels = batch->labels,
	    .key = b->keyed ? batch->key : NULL,
	    .n = batch->n,
	    .lr = lr,
	    .momentum = x->train.momentum,
	    .decay = x->train.decay,
	    .label_smoothing = x->train.label_smoothing,
	    .clip = x->train.clip,
	    .dropout_key = dropout_key,
	};
}
