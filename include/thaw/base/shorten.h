/* Names in few columns, so that each can still be told from the others.
 *
 * Names of one list that do not all fit lose what all of them begin with, up to a separator or to a
 * number ("class_", "img"), and an id before each ("n02085620-"); what is still too wide then loses
 * its middle, "chestnut-s…oin", at the place that keeps it apart from the others. The text is that
 * of plain.h; columns are those of wcwidth(3), so the program sets LC_CTYPE first.
 * Invariant: no short name is wider than asked for, and names that differ stay different wherever
 * one of their cuts allows it (in lists of up to SHORTEN_MOST names).
 */
#ifndef THAW_BASE_SHORTEN_H
#define THAW_BASE_SHORTEN_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

#define SHORTEN_MOST 4096

/* Columns of a text on a terminal that shows UTF-8, or ASCII alone. */
int columns_of(const char *text, bool utf8);

/* Append a text in at most w columns, its middle cut out where it is wider. */
void shorten(struct strbuf *out, const char *text, int w, bool utf8);

struct short_names {
	char **text; /* [n], owned */
	size_t n;
	int w; /* columns of the widest */
};

/* Shape: names[n]; NULL counts as "". Owns: release it with short_names_release(). */
void short_names_init(struct short_names *s, const char *const *names, size_t n, int w, bool utf8);
void short_names_release(struct short_names *s);

#endif
