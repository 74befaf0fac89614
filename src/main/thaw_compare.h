/* Several runs over each other, where another command asks for it. */
#ifndef THAW_MAIN_THAW_COMPARE_H
#define THAW_MAIN_THAW_COMPARE_H

#include "thaw_cli.h"

/* As `thaw compare RUN...` on the terminal, each with the letter of its slot (report/comparison.h), and
 * with the options of `c`. Returns the exit status.
 * Shape: runs[n], slots[n] */
int compare_show(const struct cli *c, char *const *runs, const int *slots, size_t n);

#endif
