/* Batches for the network, without the work that the activation cache saves: a picture whose
 * output is kept is neither decoded nor augmented.
 *
 * Invariant: what batches_next() gives is fit for the next call of the network, whatever was frozen
 * or restored since the loader began with it; results are the same to the bit as with every picture
 * shown.
 */
#ifndef THAW_TRAIN_BATCHES_H
#define THAW_TRAIN_BATCHES_H

#include "thaw/data/loader.h"
#include "thaw/engine/net.h"

struct batches {
	struct loader *loader;
	struct net *net;
	bool keyed; /* the network is given the keys: pictures may be left out */
	bool flip;  /* ... and is shown each picture's mirror image too */
};

/* The identity of a picture's mirror image. */
uint64_t batches_mirror_key(uint64_t key);

/* Before the first loader_start(). `b` must stay where it is. Owns: the loader. */
void batches_open(struct batches *b, struct loader *l, struct net *net, bool keyed, bool flip);
void batches_release(struct batches *b); /* zeros are allowed */

/* As loader_next(). */
enum err batches_next(struct batches *b, struct batch *out, bool *more, struct errinfo *e);

/* What learning from such a batch is in this experiment, at a rate. It borrows the batch. */
struct step batches_step(const struct batches *b, const struct experiment *x,
			 const struct batch *batch, double lr, uint64_t dropout_key);

#endif
