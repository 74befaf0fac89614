/* The blocks in which a network thaws, from above.
 *
 * A block is a run of layers at one size of the picture: it goes down to the layer behind the
 * pooling below it. A layer that makes the picture smaller and has parameters itself (a convolution
 * of stride 2) begins its block. So a residual unit is never cut but at a change of size: the
 * stages of a ResNet are blocks, and the convolutions between two poolings of a plain network.
 */
#ifndef THAW_BASE_BLOCKS_H
#define THAW_BASE_BLOCKS_H

#include "thaw/base/layerset.h"

struct block_layer {
	bool learns;  /* has anything to freeze */
	bool shrinks; /* fewer pixels come out than went in */
};

/* The next block that thaws: from the topmost layer of `frozen` that has anything to freeze down to
 * the begin of its block. False when there is none.
 * Shape: layers[frozen->n] */
bool block_next(const struct block_layer *layers, const struct layerset *frozen, int *lo, int *hi);

#endif
