/* Text that comes from outside: a cfg, class names, lists of pictures, keys, an experiment.
 *
 * What editors and other systems do to a text is undone here, so that its readers need not know of
 * it: a byte-order mark is skipped, UTF-16 becomes UTF-8, and a line ends in a newline, also where
 * it ended in a carriage return or in both. Nothing else is changed or looked at: other bytes need
 * not be UTF-8.
 * Invariant: what text_read() gives holds no NUL, no carriage return and no byte-order mark at its
 * head.
 */
#ifndef THAW_BASE_TEXT_H
#define THAW_BASE_TEXT_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

#define TEXT_BOM "\xef\xbb\xbf"
#define TEXT_BOM_BYTES 3

struct text_file {
	const char *path;
	const char *name; /* of the file in messages; NULL = path */
	const char *what; /* it should be, with its article: "a file of keys" */
	size_t max;       /* bytes; a larger one is something else */
	bool pipe;        /* a pipe or device may stand in for a file, and is waited for */
	const struct folder *in; /* `path` is the name of a file in it (folder.h); NULL: a path */
};

/* Append the file's text to `out`, which stays as it was on error.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (a folder, no regular file, too large, not a text);
 *         msg is "NAME: what" */
enum err text_read(const struct text_file *f, struct strbuf *out, struct errinfo *e);

/* Cut the next line off *text, a NUL in place of its newline, without the white space around it.
 * NULL at the end. */
char *text_line(char **text);

/* Where a comment behind a value begins, which is at its first '#' or ';', blanks before it
 * included; the length of `s` when there is none. */
size_t text_value_length(const char *s);

#endif
