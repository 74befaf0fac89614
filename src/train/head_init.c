#include "head_init.h"
#include "commands.h"
#include "session.h"
#include "thaw/base/alloc.h"
#include "thaw/engine/ridge.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SERVE_MS 20 /* how long a finished fit may go unnoticed */

struct features {
	size_t n, dim;
	float *x;      /* [n][dim] */
	int *labels;   /* [n] */
	size_t *image; /* [n] which image each row shows: its mirror image has the same */
};

static void add_batch(struct session *s, const struct batches *from, const struct batch *b,
		      struct features *f)
{
	struct net_images in = batches_images(from, b);
	net_features(s->p->net, &in, f->x + f->n * f->dim);
	for (int i = 0; i < b->n; i++) {
		f->image[f->n] = b->index[i];
		f->labels[f->n++] = b->labels[i];
	}
	busy_at(s, (int64_t)f->n);
	usage_tell(s);
	commands_poll(s, 0);
}

/* The loader shows the validation split in order and un-augmented; so show it the training split
 * as that. */
static enum err collect(struct session *s, struct features *f, struct errinfo *e)
{
	const struct experiment *x = s->p->x;
	struct dataset view = *s->p->data;
	view.valid = s->p->data->train;
	int w, h, c;
	net_input(s->p->net, &w, &h, &c);
	/* No cache keys: this loader's positions are the validation loader's, with other
	 * pictures. */
	struct batches from;
	int threads = batches_threads(s->p->net, 1);
	batches_open(&from, loader_new(&view, x, false, w, h, x->train.batch, threads, 0),
		     s->p->net, false, false);
	loader_start(from.loader, 1, 0);
	enum err r;
	bool more;
	struct batch b;
	while (!(r = loader_next(from.loader, &b, &more, e)) && more) {
		add_batch(s, &from, &b, f);
		if (x->data.augment.flip) {
			loader_mirror(from.loader, &b);
			add_batch(s, &from, &b, f);
		}
	}
	batches_release(&from);
	return r;
}

struct fitting {
	struct ridge_data data;
	double lambda, used;
	float *w, *b;
	enum err r;
	struct errinfo e;
	atomic_bool done;
};

static void *fit_apart(void *arg)
{
	struct fitting *f = arg;
	f->r = ridge_fit(&f->data, f->lambda, f->w, f->b, &f->used, &f->e);
	atomic_store(&f->done, true);
	return NULL;
}

/* Thousands of features take minutes, in which viewers come and ask. */
static enum err fit_while_serving(struct session *s, struct fitting *f, struct errinfo *e)
{
	pthread_t thread;
	busy_begin(s, PROGRESS_RIDGE, 0);
	bool apart = pthread_create(&thread, NULL, fit_apart, f) == 0;
	if (!apart)
		fit_apart(f);
	while (!atomic_load(&f->done))
		commands_poll(s, SERVE_MS);
	if (apart)
		pthread_join(thread, NULL);
	busy_end(s);
	return f->r ? err_set(e, f->r, "%s", f->e.msg) : ERR_OK;
}

static enum err fit(struct session *s, const struct features *f, struct strbuf *words,
		    struct errinfo *e)
{
	size_t classes = s->p->data->n_classes;
	float *w = xcalloc(classes * f->dim, sizeof(*w)), *b = xcalloc(classes, sizeof(*b));
	struct fitting fitting = {
	    .data = {f->x, f->labels, f->image, f->n, f->dim, classes, net_threads(s->p->net)},
	    .lambda = s->p->x->head.ridge,
	    .w = w,
	    .b = b};
	enum err r = fit_while_serving(s, &fitting, e);
	struct errinfo why = {0};
	if (!r && net_set_head(s->p->net, w, b, &why)) {
		emit_note(s->emit, NOTE_WARN, -1,
			  "head.init: ridge is not possible here, starting at random: %s", why.msg);
		strbuf_addstr(words, "initialised at random");
	} else if (!r) {
		strbuf_addf(
		    words, "initialised by ridge regression on %zu x %zu features (ridge %g)%s",
		    f->n, f->dim, fitting.used, s->p->class_weights ? ", all pictures alike" : "");
	}
	free(w);
	free(b);
	return r;
}

enum err head_init(struct session *s, struct strbuf *words, struct errinfo *e)
{
	if (s->p->x->head.init == HEAD_RANDOM) {
		strbuf_addstr(words, "initialised at random");
		return ERR_OK;
	}
	size_t views = s->p->x->data.augment.flip ? 2 : 1, n = s->p->data->train.n * views;
	struct features f = {.dim = (size_t)net_feature_dim(s->p->net)};
	f.x = xcalloc(n * f.dim, sizeof(*f.x));
	f.labels = xcalloc(n, sizeof(*f.labels));
	f.image = xcalloc(n, sizeof(*f.image));
	busy_begin(s, PROGRESS_FEATURES, (int64_t)n);
	enum err r = collect(s, &f, e);
	busy_end(s);
	if (!r)
		r = fit(s, &f, words, e);
	free(f.x);
	free(f.labels);
	free(f.image);
	return r;
}
