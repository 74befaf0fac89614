/* Where an event log is: events.jsonl below the descriptor of its run's directory, or a log that
 * lies alone at a path that a user has named. Private to the event room.
 */
#ifndef THAW_EVENT_LOG_PLACE_H
#define THAW_EVENT_LOG_PLACE_H

#include "thaw/base/folder.h"

#include <stdbool.h>

struct log_place {
	struct folder run; /* not open: a log alone */
	char *path;        /* of the log, for messages; of a log alone also to open it */
};

/* `path` is a run's directory or a log. Errors: ERR_NOT_FOUND, ERR_IO; *p is empty then. */
enum err log_place_find(struct log_place *p, const char *path, struct errinfo *e);
/* In a directory that is open already; the descriptor is copied. Errors: ERR_IO. */
enum err log_place_in(struct log_place *p, const struct folder *run, struct errinfo *e);
void log_place_release(struct log_place *p);

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (not a regular file; of a run also a link). */
enum err log_place_open(const struct log_place *p, int *fd, struct errinfo *e);

/* Let inotify tell of the file's growth, and of another file that takes its name. */
bool log_place_watch(const struct log_place *p, int inotify);

#endif
