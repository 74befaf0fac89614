/* Batches for the network, without the work that the activation cache saves: a picture whose
 * output is kept is neither decoded nor augmented.
 *
 * Invariant: what batches_next() gives is fit for the next call of the network, whatever was frozen
 * or restored since the loader began with it; results are the same to the bit as with every picture
 * shown.
 *
 * On a card the pictures lie there, and batches_images() has their views made there.
 */
#ifndef THAW_TRAIN_BATCHES_H
#define THAW_TRAIN_BATCHES_H

#include "preflight.h"
#include "thaw/data/loader.h"
#include "thaw/engine/net.h"
#include "thaw/engine/pictures.h"

struct preflight;

struct batches {
	struct loader *loader;
	struct net *net;
	bool keyed; /* the network is given the keys: pictures may be left out */
	bool flip;  /* the network is shown each picture's mirror image too */
	struct pictures *pictures; /* NULL: the device is the CPU */
};

/* The identity of a picture's mirror image. */
uint64_t batches_mirror_key(uint64_t key);

/* Before the first loader_start(). `b` must stay where it is. Owns: the loader. */
void batches_open(struct batches *b, struct loader *l, struct net *net, bool keyed, bool flip);
void batches_release(struct batches *b); /* zeros are allowed */

/* Threads for a loader: all cores beside a card, few beside a CPU that computes with them. */
int batches_threads(const struct net *net, int beside_cpu);

/* As loader_next(). */
enum err batches_next(struct batches *b, struct batch *out, bool *more, struct errinfo *e);

/* Such a batch for the network: good until the next batch, or until this is asked again. */
struct net_images batches_images(const struct batches *b, const struct batch *batch);

/* What learning from such a batch is in this experiment, at a rate. It borrows the batch and
 * p->class_weights. */
struct step batches_step(const struct batches *b, const struct preflight *p,
			 const struct batch *batch, double lr, uint64_t dropout_key);

#endif
