/* The viewer: one run on a terminal, live or replayed.
 *
 * It reads `events.jsonl` of the run directory, folds it into a `struct history` and draws that;
 * live, it also sends commands over `control.sock`. It never loads Darknet and never slows the
 * trainer down. A run directory without a log yet is waited for when live.
 * Invariant: the screen is a pure function of (history, terminal size, view state), so a replay
 * that stands at its end shows what the live screen showed at its end, apart from clocks.
 */
#ifndef THAW_TUI_TUI_H
#define THAW_TUI_TUI_H

#include "thaw/base/err.h"
#include "thaw/base/keymap.h"
#include "thaw/base/quiz.h"
#include "thaw/term/term.h"
#include "thaw/tui/speed.h"

#include <stdbool.h>

struct loop;
struct remote;

struct tui_options {
	const char
	    *run_dir; /* holds events.jsonl; when live also lock and control.sock; of a replay
			      * also a log itself */
	const char *name;    /* what the user calls the run; NULL = run_dir */
	struct remote *remote; /* where a live run is; run_dir is its mirror; borrowed; NULL = here */
	struct loop *loop;   /* of the remote; borrowed, not to be run again afterwards; NULL =
			      * one of its own */
	bool replay;         /* play the log instead of following it */
	bool follow;         /* of a replay: read on while the log grows */
	bool alive;          /* of a replay: a trainer is at work on it */
	bool foreign;        /* another program's log: what it does not tell is not known */
	void (*feed)(void *arg); /* brings the log up to date, before it is read on; NULL: it is */
	void *feed_arg;
	struct speed speed;  /* of a replay; factor 0 = a pleasant default */
	const struct quiz *quiz; /* of the Learn page; borrowed; NULL = there is none, */
	const char *quiz_why;    /* for this reason */
	const struct keymap *keys; /* a person's own; borrowed; NULL = the table's */
	const char *pictures; /* auto, kitty, sixel or blocks; NULL = auto */
	bool quiet;          /* leave no line behind: another screen follows */
	bool watch;          /* never take the controls */
	char (*branch_at)[40]; /* out: the point of this run that another is to begin from, as --at
				* takes it; "" = none is; NULL = the caller cannot */
	enum charset charset; /* to draw with, whatever the locale says */
};

/* Run the viewer on the terminal of standard input and output until the viewer is left.
 *
 * Returns the exit status: 0 when the run finished, or only the viewer was left; 130 when the run
 * was stopped before its plan was done; 1 when it failed or crashed, or the viewer could not start
 * (e is filled then, and only then); 128 + n after SIGTERM or SIGHUP.
 * Leaves one line behind on standard output: how the run ended, or that it goes on.
 * Errors: ERR_STATE (not a terminal, TERM=dumb), ERR_VALUE (pictures), ERR_NOT_FOUND (no run there), ERR_IO.
 */
int tui_run(const struct tui_options *o, struct errinfo *e);

#endif
