/* Sums over memory of the host's, in pieces of a fixed size, so that they depend on nothing but the
 * numbers. */
#ifndef THAW_ENGINE_SUMS_H
#define THAW_ENGINE_SUMS_H

#include <stddef.h>

#define SUM_CHUNK 16384 /* floats summed at a time, in float; then in double */

double sum_of_squares(const float *v, size_t n);

#endif
