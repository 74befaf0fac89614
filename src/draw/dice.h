/* Random draws in sequence from one key. Not shared: every picture, plant and flower has its own,
 * so that a change to one leaves the others as they were.
 *
 * C leaves the order of arguments and initializers open: two draws never stand in one call, or the
 * pictures would depend on the compiler. */
#ifndef THAW_SRC_DRAW_DICE_H
#define THAW_SRC_DRAW_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t key, n;
};

struct dice dice_fork(struct dice *d); /* an independent one */
double dice_in(struct dice *d, double lo, double hi);
double dice_normal(struct dice *d, double mean, double sd);
bool dice_chance(struct dice *d, double p);
int dice_below(struct dice *d, int n);        /* 0 to n - 1 */
int dice_int(struct dice *d, int lo, int hi); /* lo to hi, both possible */

/* Index of a row drawn by its weight; `weights` is the first row's, rows are `stride` bytes
 * apart. */
int dice_pick(struct dice *d, const double *weights, size_t stride, int n);

#endif
