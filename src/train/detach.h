/* Leaving the caller's session, so that a run outlives the terminal it was started from.
 *
 * The fork, when one is needed, happens before anything starts a thread; thread pools do not
 * survive a fork.
 */
#ifndef THAW_TRAIN_DETACH_H
#define THAW_TRAIN_DETACH_H

#include "thaw/base/folder.h"

#include <stdbool.h>

struct detach {
	int report_fd; /* "run PATH\n" goes there; -1 = do not detach */
	int parent_fd; /* one byte here lets the waiting parent go; -1 = nobody waits */
};

/* Fork when the caller leads its process group (setsid() would fail). False in the parent, once
 * the child has detached or ended; *status is then what the parent should exit with. */
bool detach_prepare(struct detach *d, int report_fd, int *status);

/* Begin a new session, stdin from /dev/null, stdout and stderr to the trainer.log of
 * the run; then report the run's path. A no-op without a report_fd. Errors: those of
 * folder_file(). */
enum err detach_now(struct detach *d, const struct folder *run, struct errinfo *e);

#endif
