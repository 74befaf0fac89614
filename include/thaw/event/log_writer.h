/* Appends events to a run's events.jsonl. It numbers and stamps them, and an event is on its way to
 * the disk (write(2) returned) before log_writer_append() returns.
 *
 * A failing disk never stops a run: the writer reports once through the returned error, keeps what
 * it could not write in memory (up to 16 MiB) and tries again at the next append. Beyond that
 * events are lost, which is reported once more; a jump of seq in the file shows it. Invariant: the
 * file holds whole lines only, except possibly the last one after a crash.
 *
 * The program must ignore SIGXFSZ, or a file-size limit kills it before a write can fail.
 */
#ifndef THAW_EVENT_LOG_WRITER_H
#define THAW_EVENT_LOG_WRITER_H

#include "thaw/event/event.h"

struct log_writer;

/* Create (must not exist) or continue (`append`: cut a torn last line, go on numbering and keep
 * time going).
 * Errors:  ERR_IO, ERR_NOT_FOUND (append), ERR_FORMAT (append: not an event log; it is left as it
 *          is); on error *out is untouched */
enum err log_writer_open(struct log_writer **out, const char *path, bool append, struct errinfo *e);

/* Set ev->seq and ev->t_ms, encode, write. The event is borrowed.
 * Errors:  ERR_IO at the first append that cannot be written and at the first whose event is lost;
 *          ERR_OK at those after it until writing has worked again. msg says which. */
enum err log_writer_append(struct log_writer *w, struct event *ev, struct errinfo *e);

/* Flush to disk and free, in any case. NULL is allowed. Errors: ERR_IO when events were lost. */
enum err log_writer_close(struct log_writer *w, struct errinfo *e);

/* The descriptor, for an emergency `end` line from a signal or exit handler: write "\n" first (an
 * empty line is nothing, and the last line may be torn), then the line with log_writer_next_seq().
 */
int log_writer_fd(const struct log_writer *w);
int64_t log_writer_next_seq(const struct log_writer *w);
int64_t log_writer_elapsed_ms(const struct log_writer *w);

#endif
