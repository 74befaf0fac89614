#include "thaw/data/loader.h"

#include "recipe.h"
#include "sample.h"
#include "workers.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/rng.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 3 }; /* batches in memory: the one lent to the caller and two ahead */

/* One batch being filled. Images are claimed in order, so a full slot is one with nothing left
 * to do. */
struct slot {
	struct batch b;
	int left;   /* images not finished */
	int failed; /* position of the first image that could not be read, or b.n */
	struct errinfo why;
};

/* Threads take one image at a time, in the epoch's order, as long as its batch has a slot.
 * Everything below `lock` is guarded by it, except that a claimed image's place in its slot and
 * in `pixels` belongs to its worker. */
struct loader {
	const struct experiment *x;
	const struct split *split;
	bool train, augmented;
	int w, h, batch;
	size_t keep_bytes;
	bool shrinks; /* pictures are decoded as small as `shrink` says */
	struct shrink shrink;
	bool (*skip)(void *arg, uint64_t key);
	void *skip_arg;
	bool lenient;
	struct loader_store store; /* put NULL: none */
	struct workers workers;

	pthread_mutex_t lock;
	pthread_cond_t work,
	    filled; /* for workers: something to claim; for the caller: something finished */
	/* [split->n] kept decoded pictures; rgb NULL: not kept, or with a width in the store */
	struct shrunk *pixels;
	size_t kept_bytes;
	uint32_t *order; /* [split->n] */
	uint64_t epoch;
	size_t start, n;    /* of this epoch: first place in `order`, and images from there on */
	size_t n_batches;   /* that these make */
	size_t next;        /* image to be claimed, counted from `start` */
	size_t first_batch; /* the oldest batch that still has a slot */
	bool lent;          /* ... and it is with the caller */
	int busy;           /* workers with a claimed image */
	bool halting, quit;
	struct slot slots[RING];
};

/* Which augmented view of an image an epoch shows. A fixed number of views goes round, each
 * image from its own place, so that every epoch sees all of them mixed. */
static uint64_t view_number(const struct loader *l, uint32_t index)
{
	int views = l->x->data.augment.views;
	if (!l->augmented)
		return 0;
	if (views <= 0)
		return l->epoch;
	uint64_t offset = rng_below(rng_key(l->x->train.seed, RNG_AUGMENT, UINT64_MAX, index), 0,
				    (uint64_t)views);
	return (l->epoch - 1 + offset) % (uint64_t)views;
}

static uint64_t image_key(const struct loader *l, uint32_t index)
{
	uint64_t seed = l->augmented ? l->x->train.seed : 0;
	return rng_u64(rng_key(seed, RNG_AUGMENT, view_number(l, index), index),
		       (l->train ? 1 : 0) + (l->augmented ? 2 : 0));
}

static bool is_stored(const struct shrunk *s)
{
	return !s->im.rgb && s->im.w;
}

/* Keep a picture that was read just now in the store, which takes a copy, */
static bool store(struct loader *l, uint32_t index, struct shrunk *s)
{
	if (!l->store.put || !l->store.put(l->store.arg, index, s->im.rgb, s->im.w, s->im.h))
		return false;
	int w = s->im.w, h = s->im.h;
	image_release(&s->im);
	s->im = (struct image){w, h, NULL};
	l->pixels[index] = *s;
	return true;
}

/* or in memory. */
static bool keep(struct loader *l, uint32_t index, const struct shrunk *s)
{
	size_t bytes = (size_t)s->im.w * (size_t)s->im.h * 3;
	pthread_mutex_lock(&l->lock);
	bool fits = bytes <= l->keep_bytes - l->kept_bytes;
	l->kept_bytes += fits ? bytes : 0;
	pthread_mutex_unlock(&l->lock);
	if (fits)
		l->pixels[index] = *s;
	return fits;
}

/* The decoded picture: kept, or read and perhaps kept. *own says whether the caller must release
 * it. */
static enum err get_pixels(struct loader *l, uint32_t index, struct shrunk *s, bool *own,
			   struct errinfo *e)
{
	*own = false;
	*s = l->pixels[index];
	if (s->im.rgb || is_stored(s))
		return ERR_OK;
	enum err r = sample_decode_shrunk(s, &l->split->samples[index],
					  l->shrinks ? &l->shrink : NULL, e);
	if (!r)
		*own = !store(l, index, s) && !keep(l, index, s);
	return r;
}

static void draw(const struct loader *l, uint32_t index, const struct shrunk *s,
		 struct view_recipe *r)
{
	enum resize_mode mode = l->x->data.resize;
	if (l->augmented)
		recipe_draw(
		    r, s, &l->x->data.augment, mode,
		    rng_key(l->x->train.seed, RNG_AUGMENT, view_number(l, index), index), l->w,
		    l->h);
	else
		recipe_plain(r, &s->im, mode, l->w, l->h);
}

/* Fill in the view of image `at` of a batch. */
static enum err show_image(struct loader *l, const struct batch *b, int at, struct errinfo *e)
{
	struct shrunk s;
	bool own;
	uint32_t index = b->index[at];
	enum err r = get_pixels(l, index, &s, &own, e);
	if (r)
		return r;
	draw(l, index, &s, &b->recipe[at]);
	b->stored[at] = is_stored(&s);
	if (!b->stored[at])
		recipe_render(&b->recipe[at], &s.im, l->w, l->h,
			      b->x + (size_t)at * 3 * (size_t)l->w * (size_t)l->h);
	if (own)
		image_release(&s.im);
	return ERR_OK;
}

/* Fill place `at` of a batch with one image. */
static enum err fill_image(struct loader *l, const struct batch *b, int at, uint32_t index,
			   struct errinfo *e)
{
	b->index[at] = index;
	b->labels[at] = l->split->samples[index].label;
	b->key[at] = image_key(l, index);
	b->blank[at] = l->skip && l->skip(l->skip_arg, b->key[at]);
	enum err r = b->blank[at] ? ERR_OK : show_image(l, b, at, e);
	if (!r || !l->lenient)
		return r;
	b->blank[at] = true;
	return ERR_OK;
}

size_t loader_n_batches(size_t n, int batch)
{
	size_t size = (size_t)batch, rest = n % size;
	return n / size + (rest > 1 || (rest == 1 && n == 1));
}

static size_t count_batches(const struct loader *l, size_t n)
{
	size_t size = (size_t)l->batch;
	return l->train ? loader_n_batches(n, l->batch) : (n + size - 1) / size;
}

/* Are the images from `start` on in a batch that ended there? */
static bool is_over(const struct loader *l, size_t start)
{
	size_t size = (size_t)l->batch;
	return start % size == 0 && start / size == count_batches(l, l->split->n);
}

/* The batch of an image, counted from `start`. */
static size_t batch_of(const struct loader *l, size_t image)
{
	size_t number = image / (size_t)l->batch;
	return number < l->n_batches ? number : l->n_batches - 1;
}

static bool can_claim(const struct loader *l)
{
	return l->next < l->n && batch_of(l, l->next) < l->first_batch + RING;
}

/* Claim and fill one image. Called and returns with the lock held. */
static void work_one(struct loader *l)
{
	size_t i = l->next++, number = batch_of(l, i);
	struct slot *s = &l->slots[number % RING];
	int at = (int)(i - number * (size_t)l->batch);
	uint32_t index = l->order[l->start + i];
	struct errinfo why;
	l->busy++;
	pthread_mutex_unlock(&l->lock);
	enum err r = fill_image(l, &s->b, at, index, &why);
	pthread_mutex_lock(&l->lock);
	l->busy--;
	s->left--;
	if (r && at < s->failed) {
		s->failed = at;
		s->why = why;
	}
	if (l->halting ? l->busy == 0 : s->left == 0 && number == l->first_batch)
		pthread_cond_signal(&l->filled);
}

static void *loader_worker(void *arg)
{
	struct loader *l = arg;
	pthread_mutex_lock(&l->lock);
	while (!l->quit) {
		if (can_claim(l))
			work_one(l);
		else
			pthread_cond_wait(&l->work, &l->lock);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

/* Make a slot ready for a batch. Shape: see struct batch. */
static void prepare_slot(struct loader *l, size_t number)
{
	struct slot *s = &l->slots[number % RING];
	size_t first = number * (size_t)l->batch;
	bool last = number + 1 == l->n_batches;
	s->b.n = last ? (int)(l->n - first) : number < l->n_batches ? l->batch : 0;
	s->left = s->failed = s->b.n;
}

struct loader *loader_new(const struct dataset *d, const struct experiment *x, bool train, int w,
			  int h, int batch, int threads, size_t keep_bytes)
{
	struct loader *l = xcalloc(1, sizeof(*l));
	l->x = x;
	l->split = train ? &d->train : &d->valid;
	l->train = train;
	l->augmented = train && augment_any(&x->data.augment);
	l->shrinks = augment_shrink(&l->shrink, &x->data.augment, x->data.resize, w, h) && train;
	l->w = w;
	l->h = h;
	l->batch = batch;
	l->keep_bytes = keep_bytes;
	l->pixels = xcalloc(l->split->n + 1, sizeof(*l->pixels));
	l->order = xcalloc(l->split->n + 1, sizeof(*l->order));
	size_t n = (size_t)batch + 1;
	for (int i = 0; i < RING; i++) {
		struct batch *b = &l->slots[i].b;
		b->x = xcalloc(n * 3 * (size_t)w * (size_t)h, sizeof(*b->x));
		b->recipe = xcalloc(n, sizeof(*b->recipe));
		b->stored = xcalloc(n, sizeof(*b->stored));
		b->labels = xcalloc(n, sizeof(*b->labels));
		b->index = xcalloc(n, sizeof(*b->index));
		b->key = xcalloc(n, sizeof(*b->key));
		b->blank = xcalloc(n, sizeof(*b->blank));
	}
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->work, NULL);
	pthread_cond_init(&l->filled, NULL);
	workers_start(&l->workers, threads, loader_worker, l);
	return l;
}

void loader_set_skip(struct loader *l, bool (*skip)(void *arg, uint64_t key), void *arg)
{
	l->skip = skip;
	l->skip_arg = arg;
}

void loader_set_lenient(struct loader *l)
{
	l->lenient = true;
}

void loader_set_store(struct loader *l, const struct loader_store *s)
{
	l->store = *s;
}

int loader_batch(const struct loader *l)
{
	return l->batch;
}

/* Let nobody claim anything and wait for those who have. Called with the lock held. */
static void halt(struct loader *l)
{
	l->n = l->next = 0;
	l->halting = true;
	while (l->busy)
		pthread_cond_wait(&l->filled, &l->lock);
	l->halting = false;
}

void loader_free(struct loader *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->quit = true;
	halt(l);
	pthread_cond_broadcast(&l->work);
	pthread_mutex_unlock(&l->lock);
	workers_join(&l->workers);
	for (int i = 0; i < RING; i++) {
		struct batch *b = &l->slots[i].b;
		free(b->x);
		free(b->recipe);
		free(b->stored);
		free(b->labels);
		free(b->index);
		free(b->key);
		free(b->blank);
	}
	for (size_t i = 0; i < l->split->n; i++)
		image_release(&l->pixels[i].im);
	free(l->pixels);
	free(l->order);
	pthread_cond_destroy(&l->filled);
	pthread_cond_destroy(&l->work);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void fill_order(struct loader *l, uint64_t epoch)
{
	if (l->train) {
		rng_permutation(rng_key(l->x->train.seed, RNG_SHUFFLE, epoch, 0), l->order,
				l->split->n);
		return;
	}
	for (size_t i = 0; i < l->split->n; i++)
		l->order[i] = (uint32_t)i;
}

void loader_start(struct loader *l, uint64_t epoch, size_t start)
{
	pthread_mutex_lock(&l->lock);
	halt(l);
	fill_order(l, epoch);
	l->epoch = epoch;
	l->start = start < l->split->n && !is_over(l, start) ? start : l->split->n;
	l->n = l->split->n - l->start;
	l->n_batches = count_batches(l, l->n);
	l->first_batch = 0;
	l->lent = false;
	for (size_t i = 0; i < RING; i++)
		prepare_slot(l, i);
	pthread_cond_broadcast(&l->work);
	pthread_mutex_unlock(&l->lock);
}

/* Take the lent batch back; its slot goes to the batch after those in the ring. */
static void take_back(struct loader *l)
{
	if (!l->lent)
		return;
	l->lent = false;
	prepare_slot(l, l->first_batch + RING);
	l->first_batch++;
	pthread_cond_broadcast(&l->work);
}

enum err loader_next(struct loader *l, struct batch *b, bool *more, struct errinfo *e)
{
	enum err r = ERR_OK;
	double began = clock_seconds();
	pthread_mutex_lock(&l->lock);
	take_back(l);
	*more = l->first_batch < l->n_batches;
	struct slot *s = &l->slots[l->first_batch % RING];
	while (*more && s->left) {
		if (l->workers.n == 0 && can_claim(l))
			work_one(l); /* no thread could be started */
		else
			pthread_cond_wait(&l->filled, &l->lock);
	}
	if (*more) {
		l->lent = true;
		if (s->failed < s->b.n) {
			*more = false;
			r = err_set(e, ERR_IO, "%s", s->why.msg);
		} else {
			*b = s->b;
			b->wait = clock_seconds() - began;
		}
	}
	pthread_mutex_unlock(&l->lock);
	return r;
}

enum err loader_fill(struct loader *l, struct batch *b, int i, struct errinfo *e)
{
	if (!b->blank[i])
		return ERR_OK;
	double began = clock_seconds();
	struct errinfo why;
	if (show_image(l, b, i, &why))
		return err_set(e, ERR_IO, "%s", why.msg);
	b->blank[i] = false;
	b->wait += clock_seconds() - began;
	return ERR_OK;
}

void loader_mirror(const struct loader *l, struct batch *b)
{
	size_t rows = 3 * (size_t)l->h;
	for (int i = 0; i < b->n; i++)
		if (b->stored[i])
			view_recipe_mirror(&b->recipe[i], l->w);
		else
			input_mirror(b->x + (size_t)i * rows * (size_t)l->w, rows, l->w);
}
