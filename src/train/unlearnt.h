/* Layers that know nothing: not in the weights file, or in it without having learnt. */
#ifndef THAW_TRAIN_UNLEARNT_H
#define THAW_TRAIN_UNLEARNT_H

#include "preflight.h"

/* The layers below the head that start at random, of a run that loads weights or loads none. */
void unlearnt_layers(const struct preflight *p, struct layerset *out);

/* Add a warning for every phase that freezes such a layer before it has learnt, and for layers of
 * the weights file that hold one number over and over. */
void unlearnt_warn(struct preflight *p);

#endif
