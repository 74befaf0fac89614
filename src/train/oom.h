/* Was a process killed for want of memory? Nobody is told; the kernel counts such kills, and this
 * compares what it has counted before and after.
 *
 * Looked at every few seconds: so a kill of long ago, or one that comes later, is not taken for this
 * process's. It may still have been another one's in the same control group: "probably".
 */
#ifndef THAW_TRAIN_OOM_H
#define THAW_TRAIN_OOM_H

#include "thaw/base/opt_double.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct oom {
	const char *root; /* "" but for tests: where /proc and /sys are */
	char *counter;    /* the file that counts; owned */
	pid_t pid;
	struct opt_double kills[2]; /* as counted at the last looks, the older one last */
	struct opt_double peak;     /* of its memory, bytes */
	struct opt_double limit;    /* that it may take: the machine's, or its control group's */
};

/* The process `pid` is alive; `root` is borrowed. */
void oom_begin(struct oom *o, const char *root, pid_t pid);
void oom_release(struct oom *o);

void oom_look(struct oom *o); /* once more, every few seconds */

/* It is dead: was it for memory? */
bool oom_killed(const struct oom *o);

#endif
