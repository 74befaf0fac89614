/* A set of layer indices, written as people write it: "0-13,15", "none", "all", "base", "head".
 *
 * "base" is every layer below the head layer, "head" the head layer and what follows it. Also:
 * "last N" (the last N layers), "above N" / "below N" (exclusive). Plain value type; copy it
 * freely. Invariant: no bit at or above n is set.
 */
#ifndef THAW_BASE_LAYERSET_H
#define THAW_BASE_LAYERSET_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

#define LAYERSET_MAX 1024 /* Darknet's largest classifier has 306 layers */

struct layerset {
	int n; /* layers in the network */
	uint64_t bits[LAYERSET_MAX / 64];
};

void layerset_clear(struct layerset *s, int n);
void layerset_set(struct layerset *s, int i, bool in);
bool layerset_has(const struct layerset *s, int i);
bool layerset_equal(const struct layerset *a, const struct layerset *b);
int layerset_count(const struct layerset *s);
void layerset_add(struct layerset *s, const struct layerset *b);    /* s |= b */
void layerset_remove(struct layerset *s, const struct layerset *b); /* s &= ~b */

/* Lowest index not in the set, n when all are in it: the first trainable layer of a frozen set. */
int layerset_first_missing(const struct layerset *s);

/* Parse `text` for a network of n layers whose head is layer `head`; on error *out is untouched.
 * Errors: ERR_VALUE with the offending word, e->col (1-based) and the allowed range. */
enum err layerset_parse(struct layerset *out, const char *text, int n, int head, struct errinfo *e);

/* Check the syntax only, for a network not yet loaded. */
enum err layerset_check(const char *text, struct errinfo *e);

/* Append the canonical text, e.g. "0-12,15"; "none" for the empty set. */
void layerset_format(const struct layerset *s, struct strbuf *out);

#endif
