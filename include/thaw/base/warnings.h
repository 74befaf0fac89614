/* What a person should know of an input that is taken all the same: lines, in the order found.
 *
 * Not errors, which stop what is being done. Whoever looks at an input adds a line; `check` prints
 * them, and a run writes each into its log.
 */
#ifndef THAW_BASE_WARNINGS_H
#define THAW_BASE_WARNINGS_H

#include <stddef.h>

struct warnings {
	char **lines; /* without newline: what, where, how to mend it */
	size_t n, cap;
};

/* Add a line. `w` may be NULL: nobody listens. A line that is there already is not added again. */
void warnings_add(struct warnings *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void warnings_release(struct warnings *w); /* back to empty */

#endif
