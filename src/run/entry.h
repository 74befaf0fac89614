/* One run of a catalogue: what its row says, and the log that it says it from.
 *
 * Invariant: a log is open while it is being read and while its run is live, else not.
 */
#ifndef RUN_ENTRY_H
#define RUN_ENTRY_H

#include "index.h"
#include "thaw/event/log_reader.h"
#include "thaw/run/catalogue.h"

enum entry_state {
	ENTRY_NEW,     /* not looked at yet */
	ENTRY_NONE,    /* no run */
	ENTRY_WAITING, /* its log is to be read */
	ENTRY_READING, /* ... and is being read */
	ENTRY_LIVE,    /* all is read, and more will come */
	ENTRY_DONE     /* all is read */
};

struct entry {
	struct catalogue_row row;
	char *path;
	size_t place;
	enum entry_state state;
	bool live; /* a trainer held the lock when it was looked at */
	bool resumable;
	bool listed;               /* its name was there when the folder was read last */
	struct folder_stamp stamp; /* of the log before it was read */
	struct log_reader *reader;
	struct history *history;
	char *unsaved;
	int64_t next_ms; /* when a live one is looked at again */
};

struct entry *entry_new(const char *place_path, size_t place, const char *name);
void entry_free(struct entry *e);

/* Has anything happened to it? A log that `index` knows is not read. True: the row has changed. */
bool entry_look(struct entry *e, const struct run_index *index);

/* Go on reading until `deadline_ms`. True: all is read, and the row has changed. */
bool entry_read(struct entry *e, int64_t deadline_ms, char *(*unsaved)(const char *path));

/* Of a live one: fold what has been written since, until `deadline_ms`; what is left then comes at
 * the next call. True: the row has changed. */
bool entry_follow(struct entry *e, int64_t now_ms, int64_t deadline_ms);

/* What keeps it from saving, NULL: nothing. True: the row has changed. */
bool entry_unsaved(struct entry *e, const char *why);

#endif
