/* Weights with the batch-norm folded in, on the host: W' = a W and b' = b - mean a, where
 * a = scale / (sqrt(variance) + 1e-6), so that a whole frozen layer is one operation.
 */
#ifndef THAW_ENGINE_FOLD_H
#define THAW_ENGINE_FOLD_H

#include "params.h"

/* From Darknet's arrays, brought up to date first; without batch-norm W and b themselves.
 * Shape: bias[out_c]; returns [n_rest of the weights], Darknet's order. Owns: free() it. */
float *fold_plain(struct params *ps, int out_c, float *bias);

#endif
