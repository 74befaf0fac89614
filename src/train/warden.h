/* The warden: a small process beside the trainer that outlives it, so that somebody is there when it
 * is killed.
 *
 * It is forked before the trainer takes memory, threads or files, and holds nothing of it but one end
 * of a socket. When the run ends, or that socket does, it runs the commands for the end (on_end.h),
 * outside the trainer's sandbox. Of a trainer killed for want of memory it says so in the log.
 *
 * Invariants: it never makes anybody wait. It touches a log only with the run's lock, which it takes
 * only while it is free: to append a note, where the trainer was killed for memory or where a command
 * failed. Such a note may stand behind an `end`; nothing else ever does.
 */
#ifndef THAW_TRAIN_WARDEN_H
#define THAW_TRAIN_WARDEN_H

#include "on_end.h"

#include <stddef.h>

struct warden {
	int fd; /* -1: there is none */
};

#define WARDEN_NONE                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Fork it. Without one (a process more was not to be had) a run goes on, unwatched. `root` is that of
 * /proc and /sys: "", but for tests (oom.h). */
void warden_start(struct warden *w, const char *root);

/* The run exists: `commands` (texts of command_words.h) are to be run at its end. */
void warden_watch(struct warden *w, const struct folder *run, const char *const *commands,
		  size_t n_commands);

/* The run has ended, its log is closed and its lock free. */
void warden_tell(struct warden *w, const struct outcome *o);

/* There is nothing more to watch; a run that was watched and has not ended counts as killed. */
void warden_leave(struct warden *w);

#endif
