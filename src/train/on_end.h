/* What is run when a run has ended: on_end of its experiment, --notify of its command line.
 *
 * The program is executed with its arguments as they are; no shell sees them, nor anything of the
 * run. What it is to know stands in its environment. Its input is empty, its output goes to the run's
 * trainer.log, and it has a limited time.
 *
 * A run directory may come from somebody else. Its on_end is run only where this user has begun a run
 * with the very same command before: `run` remembers it, `resume` asks for that.
 */
#ifndef THAW_TRAIN_ON_END_H
#define THAW_TRAIN_ON_END_H

#include "thaw/base/err.h"
#include "thaw/base/folder.h"
#include "thaw/base/opt_double.h"
#include "thaw/run/run.h"

#include <stdbool.h>
#include <stdint.h>

#define ON_END_LIMIT_MS 60000

struct outcome { /* of a run, as the environment tells it */
	enum run_status status;
	char reason[600];
	int64_t epochs, iters;
	struct opt_double best_acc, best_epoch;
};

/* Run the command of this text (command_words.h) in the run directory's name, and wait. An error says
 * what became of it, and names it: it was not found, ended with a status, was killed after `limit_ms`.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_VALUE */
enum err on_end_run(const char *command, const struct outcome *o, const struct folder *run,
		    int64_t limit_ms, struct errinfo *e);

/* Is its program there, to be executed? Errors: ERR_NOT_FOUND. */
enum err on_end_check(const char *command, struct errinfo *e);

/* Has this user begun a run with it? It is looked for in, and added to, the file on_end below
 * $XDG_STATE_HOME/thaw. What cannot be kept is not known the next time. */
bool on_end_known(const char *command);
void on_end_remember(const char *command);

#endif
