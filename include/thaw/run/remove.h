/* Deleting a run: its directory and all that is in it. */
#ifndef THAW_RUN_REMOVE_H
#define THAW_RUN_REMOVE_H

#include "thaw/base/err.h"

#include <stdint.h>

/* Delete the run directory `path`, by descriptors below the folder that it lies in. Its lock is held
 * meanwhile, so no trainer is at it; no link is followed, neither the directory's own name nor within;
 * other file systems that are mounted there stay. Log and lock go last: what could not be deleted to
 * its end is a run still.
 * Units:  *freed in bytes, what has no other name (also on error: what is gone)
 * Errors: ERR_STATE (a trainer has it; it is a link, or another user's), ERR_NOT_FOUND (there is no
 *         log in it), ERR_IO */
enum err run_remove(const char *path, int64_t *freed, struct errinfo *e);

#endif
