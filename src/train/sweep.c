#include "sweep.h"
#include "batches.h"
#include "thaw/base/rng.h"
#include "thaw/data/augment.h"

#include <math.h>

#define LOADER_THREADS 2
#define KEEP_BYTES ((size_t)256 << 20) /* of decoded pictures: few ones come again and again */

bool sweep_views_repeat(const struct experiment *x)
{
	return !augment_any(&x->data.augment) || x->data.augment.views > 0;
}

/* Other draws than any iteration of a run has. */
static uint64_t dropout_key(const struct sweep *w, const struct range_test *t)
{
	return rng_key(w->p->x->train.seed, RNG_DROPOUT, UINT64_MAX, t->n);
}

static void learn(const struct sweep *w, const struct batches *from, const struct batch *b,
		  struct range_test *t)
{
	struct step_result r = {0};
	struct step step =
	    batches_step(from, w->p, b, range_test_rate(t), dropout_key(w, t));
	net_step(w->p->net, &step, &r);
	range_test_add(t, r.finite ? r.loss : (double)INFINITY);
}

static enum err go(const struct sweep *w, struct batches *from, struct range_test *t,
		   struct errinfo *e)
{
	int64_t epoch = w->epoch;
	enum err r = ERR_OK;
	loader_start(from->loader, (uint64_t)epoch, w->start);
	while (!r && range_test_goes_on(t)) {
		struct batch b;
		bool more;
		t->cancelled = w->go_on && !w->go_on(w->arg, t);
		if (t->cancelled)
			break;
		r = batches_next(from, &b, &more, e);
		if (!r && more)
			learn(w, from, &b, t);
		else if (!r)
			loader_start(from->loader, (uint64_t)++epoch, 0);
	}
	return r;
}

enum err sweep_run(const struct sweep *w, struct range_test *t, struct errinfo *e)
{
	const struct preflight *p = w->p;
	int width, height, c;
	struct batches from;
	net_input(p->net, &width, &height, &c);
	batches_open(&from,
		     loader_new(p->data, p->x, true, width, height, p->x->train.batch,
				batches_threads(p->net, LOADER_THREADS), KEEP_BYTES),
		     p->net, sweep_views_repeat(p->x), false);
	enum err r = go(w, &from, t, e);
	batches_release(&from);
	return r;
}
