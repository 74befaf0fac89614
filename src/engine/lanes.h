/* The frozen layers below the border, computed a few pictures at a time.
 *
 * A lane is a plan for two images on one thread; the threads take pictures in turn. Activations
 * stay in the caches of a core from layer to layer, only pictures that are needed are computed, and
 * a result depends neither on the batch a picture came in nor on how many threads there are. (With
 * one image a lane, large weights would be read from memory too often; with four, activations
 * leave the caches.)
 */
#ifndef THAW_ENGINE_LANES_H
#define THAW_ENGINE_LANES_H

#include "plan.h"

struct lanes;

/* `n` lanes for what lies below the border of plans of this kind (fewer when a layer's kernel is
 * not for several threads). The net has a plan of the same layers and a border already. */
struct lanes *lanes_new(network *g, struct params *params, const struct layerset *frozen, int n);
void lanes_free(struct lanes *l);

/* Compute pictures which[0..n-1] of x.
 * Shape:  x[][c][h][w]; border[][floats], indexed like x */
void lanes_run(struct lanes *l, const float *x, const int *which, int n, float *border);

/* Add up the layers' seconds, each lane's share of the wall clock, from now on; NULL: no longer. */
void lanes_measure(struct lanes *l, struct layer_time *times);

#endif
