/* The bytes of a file that may grow, from where its reader stands: as many as it asks for, and no more
 * are held. A file that is cut short, or in whose place another has come, is another file: ERR_STATE.
 */
#ifndef IMPORT_WINDOW_H
#define IMPORT_WINDOW_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdint.h>

struct window {
	int fd;
	char *path;
	uint64_t at; /* offset in the file of the first byte that is not taken */
	struct strbuf buf;
	size_t used; /* of buf, taken already */
};

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (not a regular file); *w needs no release then */
enum err window_open(struct window *w, const char *path, struct errinfo *e);
void window_close(struct window *w);

/* What is there but not taken; valid until the next call. */
const uint8_t *window_bytes(const struct window *w, size_t *n);

/* Have at least `want` bytes there, less at the end of the file. Errors: ERR_IO, ERR_STATE */
enum err window_fill(struct window *w, size_t want, struct errinfo *e);

/* How many there are in the file from here on, as it is now. Errors: ERR_IO, ERR_STATE */
enum err window_left(const struct window *w, uint64_t *left, struct errinfo *e);

void window_take(struct window *w, uint64_t n); /* also more than are there */

#endif
