/* The moments of a run's log, and the history folded from its first `at` events.
 *
 * Live, `at` follows what has been read; in a replay it goes where the viewer wants, backwards too.
 * Both are the same fold of the same events: wherever it goes, the history there equals a fold of the
 * events before, field by field.
 *
 * Events are not kept: a log of a week would fill the memory. All are folded once as they are read,
 * and the history is kept as it stands every TIMELINE_SPACING bytes of the log; from the nearest of
 * those, what is between is read and folded again. At most TIMELINE_KEPT are kept: when there are
 * more, every second one goes, and the space between doubles. They share with each other and with the
 * newest history all that they have in common, so that one costs some ten kilobytes, and what pictures
 * changed since the one before.
 */
#ifndef THAW_RUN_TIMELINE_H
#define THAW_RUN_TIMELINE_H

#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"
#include "thaw/run/track.h"

#include <stdbool.h>
#include <stddef.h>

struct timeline_epoch {
	int64_t epoch;
	size_t at, behind; /* events before it; those before and of it, with what belongs to it */
};

#define TIMELINE_SPACING (1 << 20)
#define TIMELINE_KEPT 512

struct timeline_kept {
	size_t at; /* events folded */
	struct log_mark mark;
	struct history_kept *history;
};

struct timeline {
	struct log_reader *reader;
	int64_t *ms; /* [n] t of each event read */
	size_t n, cap;
	struct timeline_epoch *epochs; /* [n_epochs] in the order of the log */
	size_t n_epochs, cap_epochs;
	struct event_end end; /* owned */
	bool has_end;
	bool epoch_open; /* the next event may belong to the last epoch */
	struct track track; /* of all events read */

	size_t at; /* events folded into `history` */
	struct history history;
	bool apart;            /* it does not go along with what is read: */
	struct history newest; /* then this is folded from all n events; else empty */
	struct timeline_kept *kept; /* [n_kept], ascending */
	size_t n_kept, cap_kept;
	int64_t spacing;          /* bytes from one to the next */
	struct log_reader *again; /* stands behind `again_at` events; NULL: not needed so far */
	size_t again_at;
	int n_begun; /* of the reader, when the first event was read */
	int64_t n_broken; /* lines that could not be read */
};

void timeline_init(struct timeline *t);
void timeline_release(struct timeline *t);

/* Errors: as log_reader_open(). */
enum err timeline_open(struct timeline *t, const char *path, struct errinfo *e);
enum err timeline_open_in(struct timeline *t, const struct folder *run, struct errinfo *e);

/* Read what there is, for about `budget_ms`; with `follow` the history goes along where it stands at
 * the end. Another file that takes the log's place is read in its stead, from no event on. Returns
 * true when there is more to read now. */
bool timeline_read(struct timeline *t, int64_t budget_ms, bool follow);

/* Have the history be that of exactly the first n events (of all when there are fewer). */
void timeline_seek(struct timeline *t, size_t n);

/* Where a replay that steps by epochs stands next: behind the epoch's own events. */
size_t timeline_next_epoch(const struct timeline *t, size_t at);
size_t timeline_previous_epoch(const struct timeline *t, size_t at);

/* The last epoch of that number; NULL: there is none. */
const struct timeline_epoch *timeline_find_epoch(const struct timeline *t, int64_t epoch);

/* When the last of the first n events was; 0 before the first. */
int64_t timeline_ms(const struct timeline *t, size_t n);

/* Events up to a moment of the run. */
size_t timeline_at_ms(const struct timeline *t, size_t from, double ms);

/* How the run ended, wherever the history stands; NULL when the log has no end. */
const struct event_end *timeline_end(const struct timeline *t);

#endif
