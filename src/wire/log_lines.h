/* A log as bytes in lines, whatever they say: what of it is whole, where to go on, and which log it
 * is. No line is held in memory. Private to wire.
 */
#ifndef THAW_WIRE_LOG_LINES_H
#define THAW_WIRE_LOG_LINES_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define LOG_ID_SIZE 17

struct log_lines {
	int64_t whole; /* where the last complete line ends: before it nothing ever changes */
	int64_t seq;   /* the last number met in a line that begins with {"seq": */
	int64_t after; /* where that line ends */
	char id[LOG_ID_SIZE]; /* of the first line; "" = there is none yet */
};

/* Go through an open log from its beginning, or on from where `l` stands ({0}: the beginning), to its
 * end; up to and including the line of event `until` when that is >= 0. Errors: ERR_IO. */
enum err log_lines_read(struct log_lines *l, int fd, int64_t until, struct errinfo *e);

#endif
