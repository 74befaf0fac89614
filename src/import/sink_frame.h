/* The frame's side of a sink: where its events go, and when it begins again. */
#ifndef IMPORT_SINK_FRAME_H
#define IMPORT_SINK_FRAME_H

#include "sink.h"

#include "thaw/base/err.h"

struct sink_names { /* borrowed, for the `run` */
	const char *format, *file, *name;
	const char *framework; /* where the importer tells none */
};

struct sink *sink_new(const struct sink_names *names);
void sink_free(struct sink *s); /* NULL is allowed */

/* Write from the first event on into an empty file; what the numbers of the whole log have taught about
 * its units stays known. The descriptor is borrowed. */
void sink_begin(struct sink *s, int fd);
void sink_move(struct sink *s, int fd); /* the same bytes are in another file: go on there */

/* All that there is now was read: have it in the file. Errors: ERR_IO */
enum err sink_settle(struct sink *s, struct errinfo *e);

/* What came since sink_begin() is to be read once more: the unit of something was not known. */
bool sink_again(const struct sink *s);
bool sink_ended(const struct sink *s);

#endif
