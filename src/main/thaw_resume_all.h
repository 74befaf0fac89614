/* thaw resume --all: the runs of a folder that were cut off, as after a loss of power. */
#ifndef THAW_MAIN_THAW_RESUME_ALL_H
#define THAW_MAIN_THAW_RESUME_ALL_H

#include "thaw_cli.h"

/* Start a trainer, detached, on each run that crashed or was stopped by a signal such as a machine
 * sends that shuts down; with --stopped and --failed also on those that a person stopped, or that
 * failed. One line each; of what cannot be taken up, why. With --dry-run nothing is started.
 * Returns the exit status: STATUS_OK when all could be started; another user's runs do not count. */
int resume_all(const struct cli *c);

#endif
