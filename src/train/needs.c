#include "needs.h"
#include "batches.h"
#include "optimizing.h"
#include "sweep.h"
#include "thaw/base/words.h"
#include "thaw/engine/device.h"

#include <inttypes.h>
#include <stdio.h>

#define MIB ((uint64_t)1 << 20)

enum {
	RING = 4,           /* batches that a loader makes ready, */
	LOADERS = 2,        /* ... for training and validation */
	PICTURE_AREAS = 4,  /* a decoded picture is at most so much larger than the input, mostly */
	SNAPSHOTS = 2,      /* states to go back to after an accident */
	WRITING = 4,        /* copies of moments while a checkpoint is written and read */
	THREADS_BESIDE = 8, /* that load pictures */
};
#define PICTURES_MAX (2048 * MIB)
#define LIBRARIES (48 * MIB)
#define ADDRESSES_OF_THREAD (72 * MIB) /* its stack, and what malloc sets aside for it */

const char *needs_root = "";

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

size_t needs_pictures_max(void)
{
	struct ram ram;
	return ram_look(&ram, needs_root) ? (size_t)smaller(ram.left / 4, PICTURES_MAX) : 0;
}

static uint64_t input_bytes(const struct preflight *p)
{
	int w, h, c;
	net_input(p->net, &w, &h, &c);
	return (uint64_t)w * (uint64_t)h * 3;
}

static uint64_t batches_bytes(const struct preflight *p)
{
	uint64_t n = (uint64_t)p->x->train.batch + 1;
	return LOADERS * RING * n * input_bytes(p) * sizeof(float);
}

static uint64_t pictures_bytes(const struct preflight *p)
{
	uint64_t n = p->data->train.n + p->data->valid.n;
	return smaller(n * input_bytes(p) * PICTURE_AREAS, needs_pictures_max());
}

static uint64_t ridge_bytes(const struct preflight *p)
{
	uint64_t dim = (uint64_t)net_feature_dim(p->net);
	return p->x->head.init == HEAD_RIDGE
		   ? p->data->train.n * dim * sizeof(float) + 2 * dim * dim * sizeof(double)
		   : 0;
}

static uint64_t network_bytes(const struct preflight *p)
{
	uint64_t weights = 0, moments = 0, gradients = 0;
	for (int i = 0; i < net_n_layers(p->net); i++) {
		struct layer_info info;
		net_layer(p->net, i, &info);
		weights += info.weight_bytes;
		gradients += info.n_params * sizeof(float);
	}
	moments = gradients * (uint64_t)optimizing_moments(p->x);
	return gradients + moments + SNAPSHOTS * (weights + moments) + 2 * weights +
	       WRITING * moments + LIBRARIES;
}

/* Of one picture, what crosses from the frozen layers below to the others; 0: all learn. */
static uint64_t border_bytes(const struct preflight *p, size_t phase)
{
	struct layer_info info;
	int border = 0, n = net_n_layers(p->net);
	while (border < n && layerset_has(&p->frozen[phase], border))
		border++;
	if (border == 0 || border == n)
		return 0;
	net_layer(p->net, border - 1, &info);
	return (uint64_t)info.out_w * (uint64_t)info.out_h * (uint64_t)info.out_c * sizeof(float);
}

static uint64_t cache_bytes(const struct preflight *p)
{
	const struct experiment *x = p->x;
	uint64_t views = x->data.augment.views > 1 ? (uint64_t)x->data.augment.views : 1, most = 0;
	uint64_t n = p->data->valid.n * (x->train.eval_flip ? 2 : 1) +
		     (sweep_views_repeat(x) ? p->data->train.n * views : 0);
	for (size_t i = 0; i < x->n_phases; i++) {
		uint64_t bytes = n * border_bytes(p, i);
		most = bytes > most ? bytes : most;
	}
	return smaller(most, x->train.cache);
}

/* What the phase takes most whose steps take most; a card has memory of its own (fits.h). */
static void weigh_steps(struct preflight *p, struct needs *out)
{
	struct layerset before = *net_frozen(p->net);
	for (size_t i = 0; i < p->x->n_phases && !device_is_card(); i++) {
		net_set_frozen(p->net, &p->thawed[i]);
		net_set_batchnorm(p->net, p->x->phases[i].batchnorm);
		uint64_t bytes = net_step_bytes(p->net, p->x->train.batch);
		if (out->phase && bytes <= out->step)
			continue;
		out->step = bytes;
		out->phase = p->x->phases[i].name;
	}
	net_set_frozen(p->net, &before);
}

static struct needs weigh(struct preflight *p)
{
	struct needs n = {.network = network_bytes(p) + ridge_bytes(p),
			  .batches = batches_bytes(p),
			  .pictures = pictures_bytes(p),
			  .cache = cache_bytes(p)};
	weigh_steps(p, &n);
	return n;
}

static uint64_t all(const struct needs *n)
{
	return n->step + n->batches + n->network + n->pictures + n->cache;
}

/* The largest smaller batch with which it would fit; 0: none. */
static int largest_batch(const struct preflight *p, const struct needs *n, uint64_t left)
{
	uint64_t batch = (uint64_t)p->x->train.batch, by_batch = n->step + n->batches;
	uint64_t fixed = all(n) - by_batch, most = 0;
	if (fixed < left)
		most = (left - fixed) / (by_batch / batch + 1);
	return most < batch ? (int)most : 0;
}

static void advise(const struct preflight *p, const struct needs *n, uint64_t left,
		   struct strbuf *out)
{
	uint64_t rest = all(n) - n->cache;
	int batch = largest_batch(p, n, left);
	if (n->cache && rest < left)
		strbuf_addf(out, "train.cache %" PRIu64 "MB would fit", (left - rest) / 1000000);
	else if (batch)
		strbuf_addf(out, "train.batch %d would fit", batch);
	else
		strbuf_addstr(out, "make train.batch or network.input smaller, or freeze more");
}

static void tell(const struct preflight *p, const struct needs *n, const struct ram *ram,
		 struct strbuf *out)
{
	strbuf_addf(out, "the run needs about %s of memory more (", words_bytes((double)all(n)));
	if (n->step)
		strbuf_addf(out, "%s for a step of phase %s on %d pictures, ",
			    words_bytes((double)n->step), n->phase, p->x->train.batch);
	if (n->cache)
		strbuf_addf(out, "%s for train.cache, ", words_bytes((double)n->cache));
	strbuf_addf(out, "%s for pictures, ", words_bytes((double)(n->batches + n->pictures)));
	strbuf_addf(out, "%s for the network beside it), and ", words_bytes((double)n->network));
	strbuf_addf(out, "%s are left of %s, ", words_bytes((double)ram->left),
		    words_bytes((double)ram->total));
	strbuf_addf(out, "%s", ram->of);
}

/* Threads set aside addresses that they may never use. */
static uint64_t addresses(const struct preflight *p)
{
	return (uint64_t)(net_threads(p->net) + THREADS_BESIDE) * ADDRESSES_OF_THREAD;
}

enum err needs_check(struct preflight *p, bool force, struct errinfo *e)
{
	struct ram ram;
	struct strbuf words = STRBUF_INIT, advice = STRBUF_INIT;
	if (!ram_look(&ram, needs_root))
		return ERR_OK;
	struct needs n = weigh(p);
	n.network += ram.is_address ? addresses(p) : 0;
	p->memory_need = all(&n);
	p->memory_left = ram.left;
	if (p->memory_need <= ram.left)
		return ERR_OK;
	tell(p, &n, &ram, &words);
	advise(p, &n, ram.left, &advice);
	enum err r = ERR_OK;
	if (force)
		warnings_add(&p->warnings, "%s: %s", words.buf, advice.buf);
	else
		r = err_set(e, ERR_VALUE, "%s: %s; --force starts it nevertheless", words.buf,
			    advice.buf);
	strbuf_release(&words);
	strbuf_release(&advice);
	return r;
}
