/* Appends events to a run's events.jsonl. It numbers and stamps them, and an event is on its way to
 * the disk (write(2) returned) before log_writer_append() returns.
 *
 * Nothing is lost while the disk refuses it: what could not be written is kept in memory, in order,
 * and tried again at the next append or flush. Whoever appends without end must look at that, and
 * wait. Invariant: the file holds whole lines only, except possibly the last one while lines are
 * kept back or after a crash.
 *
 * The program must ignore SIGXFSZ, or a file-size limit kills it before a write can fail.
 */
#ifndef THAW_EVENT_LOG_WRITER_H
#define THAW_EVENT_LOG_WRITER_H

#include "thaw/base/folder.h"
#include "thaw/event/event.h"

struct log_writer;

/* Create the log of a run directory (must not exist) or continue it (`append`: cut a torn last
 * line, go on numbering and keep time going). The folder is borrowed for the call.
 * Errors:  ERR_IO, ERR_NOT_FOUND (append), ERR_FORMAT (append: not an event log, or not a file to
 *          write into; it is left as it is); on error *out is untouched */
enum err log_writer_open(struct log_writer **out, const struct folder *run, bool append,
			 struct errinfo *e);

/* Set ev->seq and ev->t_ms, encode, write. The event is borrowed.
 * Errors:  ERR_IO: it, or an earlier one, is kept in memory only. */
enum err log_writer_append(struct log_writer *w, struct event *ev, struct errinfo *e);

/* Write what was kept back. Errors: ERR_IO, something still is. */
enum err log_writer_flush(struct log_writer *w, struct errinfo *e);
enum err log_writer_sync(struct log_writer *w, struct errinfo *e); /* and have it on the disk */

/* Has somebody removed the file? What is written goes nowhere then. */
bool log_writer_removed(const struct log_writer *w);

/* Flush to disk and free, in any case. NULL is allowed. Errors: ERR_IO, the end is lost. */
enum err log_writer_close(struct log_writer *w, struct errinfo *e);

/* The descriptor, for an emergency `end` line from a signal or exit handler: write "\n" first (an
 * empty line is nothing, and the last line may be torn), then the line with log_writer_next_seq().
 */
int log_writer_fd(const struct log_writer *w);
int64_t log_writer_next_seq(const struct log_writer *w);
int64_t log_writer_elapsed_ms(const struct log_writer *w);

#endif
