/* The event log that an import writes: numbered events into a file that is open, in large pieces. It
 * holds what could not be written back to nobody: the first error stays, and all later events go
 * nowhere. */
#ifndef IMPORT_EVENT_OUT_H
#define IMPORT_EVENT_OUT_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/event.h"

struct event_out {
	int fd; /* borrowed */
	struct strbuf pending;
	int64_t seq, t_ms; /* of the last event */
	int error;         /* errno of the first write that failed, 0 = none has */
};

void event_out_begin(struct event_out *o, int fd); /* from the first event on, into an empty file */
void event_out_release(struct event_out *o);

/* Number it, give it the time t_ms (never less than the last one's), and write it. */
void event_out_add(struct event_out *o, struct event *ev, int64_t t_ms);

/* Have all of it in the file. Errors: ERR_IO */
enum err event_out_flush(struct event_out *o, struct errinfo *e);

#endif
