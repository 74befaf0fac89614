/* A run in plain lines: what `--headless` prints, live or from a saved log.
 *
 * One line for each stage, phase, intervention, epoch, warning and the end. Nothing but printable
 * text leaves, whatever the log holds. A reader that closes our output ends this quietly; the run
 * never notices.
 */
#ifndef THAW_MAIN_THAW_HEADLESS_H
#define THAW_MAIN_THAW_HEADLESS_H

#include "thaw_cli.h"

#include <stdio.h>

struct remote_run;

/* Print what the log of `dir` holds and what comes, until the run ends; where it is the mirror of a
 * run on another machine (NULL: it is not), also what becomes of the link. SIGINT and SIGTERM ask the
 * trainer to stop; a second one, or the first of who only watches, leaves the run alone. Returns the exit status: 0 finished, 1 failed
 * or crashed, 130 stopped before its plan was done, by whomever, or left going, also by a closed
 * output. */
int headless_follow(const struct subcommand *cmd, const char *dir, const struct remote_run *remote,
		    bool only_watch);

/* Print what the log holds now; `alive`: a trainer is at work on it. Returns the same, 0 for a run that goes on or a closed output. */
int headless_print(const struct subcommand *cmd, const char *dir, bool alive);

#endif
