/* The copy of a remote log: REMOTE/HOST/RUN/events.jsonl below the state folder, and nothing else
 * there. Two viewers may keep one mirror at a time: both write the same bytes to the same places.
 * Private to wire.
 */
#ifndef THAW_WIRE_MIRROR_H
#define THAW_WIRE_MIRROR_H

#include "log_lines.h"
#include "thaw/base/folder.h"
#include "thaw/wire/remote_url.h"

#include <stdbool.h>
#include <stdint.h>

#define MIRROR_MAX (INT64_C(1) << 30) /* bytes of one log */

struct mirror {
	char *state, *host, *run; /* the folder of all mirrors, and the names below it */
	struct folder folder;
	int fd;                 /* of the log; -1: not open */
	struct log_lines lines; /* that are here; as of mirror_open() */
	int64_t at;             /* where the next bytes from the host belong */
	int64_t size;           /* bytes that are here */
};

/* Nothing is made yet. Errors: ERR_NOT_FOUND (no home). */
enum err mirror_init(struct mirror *m, const struct remote_url *url, struct errinfo *e);
void mirror_release(struct mirror *m);

/* Look what is there: m->lines tells where to go on. Errors: ERR_IO, ERR_FORMAT. */
enum err mirror_open(struct mirror *m, struct errinfo *e);

char *mirror_path(const struct mirror *m); /* of its folder, there or not; caller frees */

/* The host has the log `id` and sends from offset `from` on. What is not there is made. Of another log than the one here it
 * begins anew, and so it does where the two do not meet. Errors: ERR_IO, ERR_MISMATCH (connect
 * again), ERR_FORMAT. */
enum err mirror_begin(struct mirror *m, const char *id, int64_t from, struct errinfo *e);

/* Take the next bytes. What is here already is compared.
 * Errors: ERR_MISMATCH (what is here is not what is there; it is emptied: connect again), ERR_VALUE
 *         (more than MIRROR_MAX), ERR_IO (the disk) */
enum err mirror_add(struct mirror *m, const char *bytes, size_t n, struct errinfo *e);

#endif
