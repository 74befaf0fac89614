/* Whether the steps of a run fit into the card's memory, asked before it begins. */
#ifndef THAW_TRAIN_FITS_H
#define THAW_TRAIN_FITS_H

#include "preflight.h"

/* Changes nothing; on the CPU there is nothing to ask. Errors: ERR_VALUE, with what a step of which
 * phase takes, what is free, and the largest batch that fits. */
enum err fits_check(struct preflight *p, struct errinfo *e);

#endif
