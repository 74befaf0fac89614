#include "thaw/data/dataset.h"

#include "listing.h"
#include "quote.h"
#include "sample.h"
#include "workers.h"

#include "thaw/base/alloc.h"
#include "thaw/base/strbuf.h"

#include <pthread.h>
#include <stdlib.h>

struct audit {
	const struct dataset *d;
	size_t n, next, done; /* pictures: all, next to be taken, finished */
	char **why;           /* [n] NULL = readable; training pictures first */
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

static struct sample *audit_sample(const struct audit *a, size_t i)
{
	size_t n_train = a->d->train.n;
	return i < n_train ? &a->d->train.samples[i] : &a->d->valid.samples[i - n_train];
}

static char *try_decode(struct sample *s)
{
	struct errinfo why;
	return sample_check(s, &s->digest, &why) ? xstrdup(why.msg) : NULL;
}

static void *audit_worker(void *arg)
{
	struct audit *a = arg;
	pthread_mutex_lock(&a->lock);
	while (a->next < a->n) {
		size_t i = a->next++;
		pthread_mutex_unlock(&a->lock);
		char *why = try_decode(audit_sample(a, i));
		pthread_mutex_lock(&a->lock);
		a->why[i] = why;
		a->done++;
		pthread_cond_signal(&a->moved);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static void decode_all(struct audit *a, int threads, void (*progress)(void *, size_t, size_t),
		       void *arg)
{
	struct workers w;
	workers_start(&w, threads, audit_worker, a);
	if (!w.n)
		audit_worker(a);
	size_t shown = 0;
	pthread_mutex_lock(&a->lock);
	while (shown < a->n) {
		while (a->done == shown)
			pthread_cond_wait(&a->moved, &a->lock);
		shown = a->done;
		pthread_mutex_unlock(&a->lock);
		if (progress)
			progress(arg, shown, a->n);
		pthread_mutex_lock(&a->lock);
	}
	pthread_mutex_unlock(&a->lock);
	workers_join(&w);
}

/* Move the unreadable pictures of a split to d->bad. `why` is [s->n] and gives up its strings. */
static void sort_out(struct dataset *d, struct split *s, char **why)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (why[i])
			d->bad[d->n_bad++] = (struct bad_image){s->samples[i].path, why[i]};
		else
			s->samples[kept++] = s->samples[i];
	}
	s->n = kept;
}

static enum err too_many_bad(const struct dataset *d, const struct experiment *x, size_t n,
			     struct errinfo *e)
{
	struct place place = {x, experiment_source(x, NULL), NULL};
	struct strbuf few = STRBUF_INIT;
	size_t shown = 0;
	for (; shown < d->n_bad && shown < 3 && few.len < 500; shown++) {
		char name[QUOTE_MAX];
		strbuf_addf(&few, "%s%s (%.80s)", shown ? ", " : "",
			    quote_path(name, d->bad[shown].path), d->bad[shown].why);
	}
	enum err r =
	    place_error(&place, e, ERR_VALUE,
			"%zu of %zu pictures cannot be read, more than data.max_bad "
			"= %g allows: %s%s",
			d->n_bad, n, x->data.max_bad, few.buf, shown < d->n_bad ? ", ..." : "");
	strbuf_release(&few);
	return r;
}

enum err dataset_audit(struct dataset *d, const struct experiment *x, int threads,
		       void (*progress)(void *arg, size_t done, size_t total), void *arg,
		       struct errinfo *e)
{
	struct audit a = {.d = d, .n = d->train.n + d->valid.n};
	bool had_valid = d->valid.n > 0;
	a.why = xcalloc(a.n + 1, sizeof(*a.why));
	pthread_mutex_init(&a.lock, NULL);
	pthread_cond_init(&a.moved, NULL);
	decode_all(&a, threads, progress, arg);
	pthread_cond_destroy(&a.moved);
	pthread_mutex_destroy(&a.lock);

	d->bad = xrealloc(d->bad, d->n_bad + a.n + 1, sizeof(*d->bad));
	size_t n_train = d->train.n;
	sort_out(d, &d->train, a.why);
	sort_out(d, &d->valid, a.why + n_train);
	free(a.why);
	d->audited = true;
	if (a.n && (double)d->n_bad > x->data.max_bad * (double)a.n)
		return too_many_bad(d, x, a.n, e);
	struct place place = {x, *x->data.valid_dir ? "data.valid" : experiment_source(x, NULL),
			      NULL};
	if (had_valid && !d->valid.n)
		return place_error(&place, e, ERR_VALUE, "no validation picture can be read");
	return dataset_check(d, x, e);
}
