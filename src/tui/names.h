/* The names of a run's classes in few columns (base/shorten.h), reckoned once a screen for each
 * width that it needs. */
#ifndef TUI_NAMES_H
#define TUI_NAMES_H

#include "thaw/history/history.h"

#include <stdbool.h>

struct names;

struct names *names_new(const struct history *h); /* borrows the history */
void names_free(struct names *n);

/* A class in at most w columns, "?" where there is none; its whole name without `n`. Lives as long
 * as `n`. */
const char *names_class(struct names *n, const struct history *h, int64_t class, int w, bool utf8);

/* Columns of the widest in at most w. */
int names_widest(struct names *n, int w, bool utf8);

#endif
