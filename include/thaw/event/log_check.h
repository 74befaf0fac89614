/* Is a file an event log at all, and what is it when it is none?
 *
 * A log is a file with one event in it at least, whatever else it holds: the reader skips the rest
 * (log_reader.h). This looks at a saved file; one that a trainer has just made is empty for a
 * moment.
 */
#ifndef THAW_EVENT_LOG_CHECK_H
#define THAW_EVENT_LOG_CHECK_H

#include "thaw/base/err.h"

/* `path` is a run's directory or a log, as for log_reader_open().
 * Errors: ERR_FORMAT (no event in it: the message says what the file is, and what to do about it),
 *         those of log_reader_open() */
enum err log_check(const char *path, struct errinfo *e);

/* The message alone, of a file in which no event was found; returns ERR_FORMAT, or ERR_IO when it
 * cannot be read. */
enum err log_explain(const char *path, struct errinfo *e);

#endif
