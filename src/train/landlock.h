/* A Landlock ruleset: which files a thread may open from now on, whoever owns them.
 *
 * Everything is refused that no rule allows, but for what is open already. Nothing is executed, no
 * TCP port is connected to or bound. Kernels that know less of it refuse less.
 */
#ifndef THAW_TRAIN_LANDLOCK_H
#define THAW_TRAIN_LANDLOCK_H

#include <stdbool.h>

enum landlock_use { LANDLOCK_READ, LANDLOCK_WRITE }; /* the latter with the former */

#define LANDLOCK_ABI_MIN 2 /* from which on files can be moved between allowed folders */

int landlock_abi(void); /* of this kernel; 0: it has none */

/* Begin a ruleset; -1: it cannot be had. The caller closes it. */
int landlock_new(void);

/* Allow a file, or a folder with all below it; of what is not there nothing. Links are followed. */
void landlock_allow(int ruleset, const char *path, enum landlock_use use);
void landlock_allow_fd(int ruleset, int fd, enum landlock_use use);

/* Hold the calling thread to it, and those that it starts. Async-signal-safe. */
bool landlock_enter(int ruleset);

#endif
