/* The values of one setting that a sweep tries, taken apart from what follows `--set KEY=`:
 *
 *   a,b,c         one after another; an item in double quotes may hold commas
 *   1..5, 1..9..2 numbers from one to the other, both included, in steps of 1 or of the third
 *   1e-4..1e-1*4  so many numbers from one to the other, each by the same factor above the last
 *
 * Items of a list may be ranges. Of a setting whose value is itself a list (phases.*.freeze,
 * data.classes, …) commas belong to the value, unless it begins with a quote; and of one that is no
 * number two points are no range. Whether a value is allowed is for experiment_read() to say.
 */
#ifndef THAW_CONFIG_GRID_H
#define THAW_CONFIG_GRID_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define GRID_MOST 10000 /* values of one setting */

struct grid {
	char **values; /* [n] owned */
	size_t n, cap;
};

/* Append the values in `text` for the setting `key`, e.g. "phases.tune.lr".
 * Errors: ERR_VALUE (no value, one twice, a range that is none, too many); msg names the key and the
 *         item; *g may have grown */
enum err grid_add(struct grid *g, const char *key, const char *text, struct errinfo *e);
void grid_release(struct grid *g);

/* Does it matter to what a network or a set of pictures is made of? Plain numbers and seeds, whose
 * limits experiment_read() knows, do not. */
bool grid_shapes(const char *key);

#endif
