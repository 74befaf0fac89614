/* The kernels of kernels.h, in the dialect of dialect.h: compiled for the card when the program is
 * built, and for the host by the tests. */
#include "dialect.h"
#include "kernels.h"

#define RNG_FN FN
#include "thaw/base/rng_core.h"

#include "math.inc"

#include "elementwise.inc"
#include "norm.inc"
#include "shape.inc"
#include "loss.inc"
#include "update.inc"
#include "pictures.inc"
