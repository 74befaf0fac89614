/* Which rows the epoch table shows of a run of any length: single epochs where one looks, groups of
 * what is older and newer, so that the whole run is in sight, the best and the newest epoch always.
 * Plain numbers; no drawing.
 */
#ifndef TUI_EPOCH_ROWS_H
#define TUI_EPOCH_ROWS_H

#include <stddef.h>

struct epoch_row {
	int first, last; /* indices of epochs, both included; the same for a single one */
};

struct epoch_table {
	int n;    /* epochs, the one that is trained now included */
	int end;  /* single rows end before this one */
	int best; /* -1 = none yet */
	int rows; /* of the table */
};

#define EPOCHS_GROUPED 100 /* from so many on there are groups */

/* Choose the rows, ascending; *first and *end tell the single ones in one run.
 * Shape:  out[rows]
 * Returns how many there are, at most t->rows. */
int epoch_rows(const struct epoch_table *t, struct epoch_row *out, int *first, int *end);

#endif
