/* bf16: the upper half of a float, rounded to the nearest, ties to even. */
#ifndef THAW_ENGINE_BF16_H
#define THAW_ENGINE_BF16_H

#include <stddef.h>

/* n of them to floats; `out` may begin before `half` in the same memory, where n floats end as
 * n halves do. */
void bf16_widen(const void *half, size_t n, float *out);
void bf16_narrow(const float *in, size_t n, void *half);

#endif
