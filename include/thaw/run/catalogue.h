/* The runs of several folders, as rows that keep up with the disk: runs that begin, grow, end and go.
 *
 * It never blocks for longer than it is allowed: names come first, and what the logs say is filled in
 * bit by bit, live runs and newest first. Logs of live runs stay open and are folded as they grow;
 * every other log is read once, and its summary is kept in an index (index.h) that spares the next
 * program the reading. Invariant: a row says what its log says, with or without an index.
 */
#ifndef THAW_RUN_CATALOGUE_H
#define THAW_RUN_CATALOGUE_H

#include "thaw/base/err.h"
#include "thaw/run/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct catalogue;

struct catalogue_row {
	struct run_summary run; /* name and path alone until it is known; path: PLACE/NAME */
	bool known;
	uint64_t version; /* the catalogue's when the row changed last */
};

struct catalogue_options {
	const char *index; /* the folder of the indexes; NULL: there is none */
	/* What keeps a live run from saving, asked when its log has been read; the caller of it frees
	 * the answer. NULL: nobody is asked. */
	char *(*unsaved)(const char *path);
};

/* Without a place; nothing is read yet. Copies the options' strings. */
struct catalogue *catalogue_new(const struct catalogue_options *o);
void catalogue_free(struct catalogue *c); /* saves the index; NULL is allowed */

/* Look at the runs in a folder, too. One that is there already, by whatever name, is added once. */
void catalogue_add(struct catalogue *c, const char *place);

/* The folders, and why one cannot be read: errno, 0 = it can. */
size_t catalogue_places(const struct catalogue *c);
const char *catalogue_place(const struct catalogue *c, size_t i);
int catalogue_place_error(const struct catalogue *c, size_t i);

/* Look what is new, for about `budget_ms` (0: one step; -1: until all is known). True: there is more to do at once;
 * else come back within a second or so. */
bool catalogue_work(struct catalogue *c, int budget_ms);

/* Read the folders again with the next work: something has come or gone. */
void catalogue_refresh(struct catalogue *c);

/* Goes up whenever a row has changed, come or gone. */
uint64_t catalogue_version(const struct catalogue *c);

/* Goes up whenever rows may have moved or gone: as long as it stays, pointers to rows hold. */
uint64_t catalogue_shape(const struct catalogue *c);

/* What there is, folder by folder, in each by name, numbers in their order. NULL: it is no run. */
size_t catalogue_count(const struct catalogue *c);
const struct catalogue_row *catalogue_at(const struct catalogue *c, size_t i);

/* Rows that are not known yet. */
size_t catalogue_unknown(const struct catalogue *c);

/* The trainer of the run at a path says what keeps it from saving; NULL: nothing does. */
void catalogue_unsaved(struct catalogue *c, const char *path, const char *why);

/* Keep what has been read for the next program, also before the end. */
void catalogue_save(struct catalogue *c);

#endif
