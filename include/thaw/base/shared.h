/* Memory that several hold, counted: whoever drops it last frees it.
 *
 * What is in it never changes while more than one hold it (shared_own() makes a copy for who wants
 * to write). The count is no atomic: all who hold one live in one thread. Neither malloc's nor free's:
 * never mix them.
 */
#ifndef THAW_BASE_SHARED_H
#define THAW_BASE_SHARED_H

#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

void *shared_new(size_t bytes); /* held once; not initialised; aligned for any type */
void *shared_copy(const void *from, size_t bytes);
char *shared_text(const char *s); /* NULL is "" */
/* Of text from the heap, which is freed. */
char *shared_take(char *s);

/* NULL is allowed in all of these. */
void *shared_hold(void *p); /* returns it */
void shared_drop(void *p);
size_t shared_bytes(const void *p);
void *shared_own(void *p); /* the same when nobody else holds it, else a copy in its place */

#endif
