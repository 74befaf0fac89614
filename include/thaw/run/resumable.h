/* Which runs `thaw resume` would take up, as far as that is seen from outside: its trainer looks
 * closer, at the checkpoint's checksums and at what the run is made of. */
#ifndef THAW_RUN_RESUMABLE_H
#define THAW_RUN_RESUMABLE_H

#include "thaw/base/folder.h"
#include "thaw/run/run.h"

/* This user may write there, and there is a checkpoint, which is not read.
 * Errors: ERR_STATE (another user's), ERR_NOT_FOUND (no checkpoint yet) */
enum err run_keeps_checkpoint(const struct folder *run, struct errinfo *e);

/* It has ended before its plan did, this user may write there, and there is a checkpoint.
 * Errors: ERR_STATE (it goes on, has finished, or is another user's), ERR_NOT_FOUND (no run
 * directory, no checkpoint yet) */
enum err run_resumable(const char *dir, enum run_status status, struct errinfo *e);

/* Nobody meant it to end: it crashed, or a signal such as a machine sends that shuts down has
 * stopped it. */
bool run_cut_off(const struct history *h, enum run_status status);

#endif
