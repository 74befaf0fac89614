/* The last word of a run that cannot finish its sentence: an `end` event written from a signal
 * or exit handler, or by whoever calls die().
 *
 * Async-signal-safe: no allocation, no stdio, one write(2). Invariant: at most one `end` event a
 * trainer.
 */
#ifndef THAW_TRAIN_EMERGENCY_H
#define THAW_TRAIN_EMERGENCY_H

#include "thaw/event/log_writer.h"

/* From now on a fatal signal, an exit(), die() or running out of memory ends this log as failed.
 * `log` is borrowed until emergency_disarm(). */
void emergency_arm(const struct log_writer *log);
void emergency_progress(int64_t epochs, int64_t iters); /* what the end event will say */

/* The regular `end` event is about to be written. */
void emergency_disarm(void);

int64_t peak_rss_bytes(void);

#endif
