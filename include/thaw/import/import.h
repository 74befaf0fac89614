/* Logs that other programs have written, read as if they were ours.
 *
 * An import is the event log that a foreign log comes to: a file without a name, which is opened by
 * import_log() like any log that lies alone (log_reader.h), and which is gone with the program, however
 * that ends. So whatever shows runs reads foreign ones with the code that it has. What has been added
 * to the foreign log since is taken by import_poll(): the event log grows. Where the foreign log has
 * been written anew and says other things than before, another event log takes the place of the first,
 * which its readers notice by themselves.
 *
 * Nothing is written beside the foreign log, and nobody can steer its run. Invariant: the events depend
 * on what the foreign log holds alone, not on when or in what pieces it was written.
 */
#ifndef THAW_IMPORT_IMPORT_H
#define THAW_IMPORT_IMPORT_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct import;

struct import_options {
	const char *format;  /* the name of one, whatever the content looks like; NULL: by content */
	const char *columns; /* "step=COL,loss=COL,...": of tables that no rule is for; NULL: none */
	bool follow; /* a last line that lacks its end may still be written: it is left for later */
};

/* Whether a file or folder is in one of the formats, by its content. */
bool import_knows(const char *path);

/* Open a file, or a folder where a format is folders, and take what there is.
 * Owns:   copies `path`; options are borrowed for the call
 * Errors: ERR_FORMAT (in none of the formats: the message says what it is instead; or in one, with
 *         nothing in it that could be shown), ERR_VALUE (no such format, no such columns),
 *         ERR_NOT_FOUND, ERR_IO; on error *out is untouched */
enum err import_open(struct import **out, const char *path, const struct import_options *o,
		     struct errinfo *e);
void import_close(struct import *im); /* NULL is allowed */

/* The path of the event log in this program, until it is closed. Borrowed. */
const char *import_log(const struct import *im);

/* Take what has been added. *news (may be NULL): anything has.
 * Errors: ERR_IO, ERR_NOT_FOUND, ERR_FORMAT; what was taken stays */
enum err import_poll(struct import *im, bool *news, struct errinfo *e);

/* The log tells no end and has changed within the last minutes: its run goes on, as far as one can tell. */
bool import_live(const struct import *im);

const char *import_format(const struct import *im); /* its name */
const char *import_path(const struct import *im);   /* of the foreign log; of a folder the folder's */

/* The formats, for help: the i-th, NULL behind the last. */
struct import_format {
	const char *name, *what;
};
const struct import_format *import_format_at(size_t i);

#endif
