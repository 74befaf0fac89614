/* Batches of pictures, prepared by background threads while the network computes.
 *
 * What a batch holds depends on (experiment, split, epoch, position) only, never on threads or
 * timing. Decoded pictures are kept in RAM up to a budget, so that a second epoch does not decode
 * again.
 */
#ifndef THAW_DATA_LOADER_H
#define THAW_DATA_LOADER_H

#include "thaw/base/view_recipe.h"
#include "thaw/data/dataset.h"

#include <stdbool.h>

struct loader;

struct batch {
	int n;           /* images in it; the last one of an epoch may be smaller, or one larger */
	float *x;        /* [n][3][h][w], planar, in [0, 1]; good until the next call */
	struct view_recipe *recipe; /* [n] how each was made, or is to be: */
	bool *stored;    /* [n] the picture is in the store (loader_set_store()), nothing is in x */
	int *labels;     /* [n] */
	uint32_t *index; /* [n] position of each image in its split */
	uint64_t *key;   /* [n] identity of (image, view), for a cache: equal keys, equal pixels */
	bool *blank;     /* [n] left out (loader_set_skip()): its pixels in x mean nothing */
	double wait;     /* seconds that loader_next() and loader_fill() took */
};

/* The dataset and experiment are borrowed for the loader's life. `train` chooses shuffling and
 * augmentation; otherwise images come in order and un-augmented. `threads` >= 1 background
 * threads. */
struct loader *loader_new(const struct dataset *d, const struct experiment *x, bool train, int w,
			  int h, int batch, int threads, size_t keep_bytes);
void loader_free(struct loader *l);
int loader_batch(const struct loader *l); /* images of a full batch */

/* Batches of an epoch of n training images. A rest of a single image joins the batch before it,
 * which is then of batch + 1: one image is no sample to normalise or to learn by. */
size_t loader_n_batches(size_t n, int batch);

/* Leave out pictures whose pixels will not be looked at: neither read nor decoded. `skip` is asked
 * from the loader's threads, before a batch is lent; set it before the first loader_start(). What
 * it said may no longer hold when the batch comes: the caller looks again, and has what it needs
 * filled in. */
void loader_set_skip(struct loader *l, bool (*skip)(void *arg, uint64_t key), void *arg);

/* Leave out pictures that cannot be read, too, rather than end the epoch: loader_fill() says why.
 * Set it before the first loader_start(). */
void loader_set_lenient(struct loader *l);

/* A place for decoded pictures where their views are made, too. */
struct loader_store {
	/* Take a copy of a picture, told by its position in the split, once; false: there is no room.
	 * From any of the loader's threads. Shape: rgb[h][w][3] */
	bool (*put)(void *arg, uint32_t index, const uint8_t *rgb, int w, int h);
	void *arg;
};

/* Have pictures kept in a store: of these a batch has the recipes alone. Set it before the first
 * loader_start(). */
void loader_set_store(struct loader *l, const struct loader_store *store);

/* The batch lent last as its mirror images, left to right. */
void loader_mirror(const struct loader *l, struct batch *b);

/* Make up for image i of the batch lent last, if it was left out. Errors: as loader_next(). */
enum err loader_fill(struct loader *l, struct batch *b, int i, struct errinfo *e);

/* Begin (or begin again) an epoch, 1-based, at image `start` of its order (0 = the beginning),
 * where a batch begins.
 * Training order is the permutation of rng_key(seed, RNG_SHUFFLE, epoch, 0). */
void loader_start(struct loader *l, uint64_t epoch, size_t start);

/* The next batch, or false at the end of the epoch. A picture that cannot be read any more is an
 * error: ERR_IO with its path. */
enum err loader_next(struct loader *l, struct batch *b, bool *more, struct errinfo *e);

#endif
