/* The lines of a text file that may grow, without ever holding more than one of them.
 *
 * A line ends in a newline or in a carriage return, which are no part of it: so a progress bar gives its
 * lines, and "\r\n" an empty one more. A byte-order mark before the first is skipped, and NUL bytes become
 * blanks. A file that is cut short, or whose beginning is not what it was, is another: LINES_OTHER.
 */
#ifndef IMPORT_LINES_H
#define IMPORT_LINES_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

#define LINES_MAX (1 << 20) /* bytes of one line; a longer one is LINES_LONG */

struct lines;

enum lines_next {
	LINES_LINE,
	LINES_WAIT,  /* no more now */
	LINES_LONG,  /* a line too long to hold; it is skipped */
	LINES_OTHER, /* not the file that was read before */
	LINES_FAILED /* cannot be read: `e` */
};

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (not a regular file); *out is untouched */
enum err lines_open(struct lines **out, const char *path, struct errinfo *e);
void lines_close(struct lines *l); /* NULL is allowed */

/* The next line, valid until the next call, writable, NUL-terminated. `all`: also one without its end
 * at the end of the file, which lines_torn() tells. */
enum lines_next lines_next(struct lines *l, bool all, char **line, struct errinfo *e);
bool lines_torn(const struct lines *l);

const char *lines_path(const struct lines *l);
int lines_number(const struct lines *l); /* of the last line, from 1, by newlines */

#endif
