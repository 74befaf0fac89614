/* A run's log in memory and the history folded from its first `at` events.
 *
 * Live, `at` follows what has been read; in a replay it goes where the viewer wants, backwards
 * too (by folding again from the start). Both are the same fold of the same events.
 */
#ifndef THAW_RUN_TIMELINE_H
#define THAW_RUN_TIMELINE_H

#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"

#include <stdbool.h>
#include <stddef.h>

struct timeline {
	struct log_reader *reader;
	struct event *events; /* owned, decoded */
	size_t n, cap;
	size_t at; /* events folded into `history` */
	struct history history;
	int64_t n_broken; /* lines that could not be read */
};

void timeline_init(struct timeline *t);
void timeline_release(struct timeline *t);

/* Errors: as log_reader_open(). */
enum err timeline_open(struct timeline *t, const char *path, struct errinfo *e);
enum err timeline_open_in(struct timeline *t, const struct folder *run, struct errinfo *e);

/* Read what there is, for about `budget_ms`. Returns true when there is more to read at once. */
bool timeline_read(struct timeline *t, int64_t budget_ms);

/* Fold exactly the first n events (all of them when there are fewer). */
void timeline_seek(struct timeline *t, size_t n);

/* Where a replay that steps by epochs stands next: behind the epoch's own events. */
size_t timeline_next_epoch(const struct timeline *t, size_t at);
size_t timeline_previous_epoch(const struct timeline *t, size_t at);

/* Events up to a moment of the run. */
size_t timeline_at_ms(const struct timeline *t, size_t from, double ms);

/* How the run ended, wherever the history stands; NULL when the log has no end. */
const struct event_end *timeline_end(const struct timeline *t);

#endif
