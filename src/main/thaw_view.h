/* Showing a run, on the terminal or in plain lines: what run, attach and replay have in common. */
#ifndef THAW_MAIN_THAW_VIEW_H
#define THAW_MAIN_THAW_VIEW_H

#include "thaw_cli.h"

#include "thaw/term/term.h"
#include "thaw/tui/speed.h"

struct remote_run;

/* Rows of the options of a command that draws, and how they stand on its usage line. */
#define DRAWING_OPTIONS                                                                            \
	{"--ascii", NULL, "draw with ASCII alone"},                                                \
	{"--utf8", NULL, "draw with UTF-8 (as the locale says, else as the terminal does)"},       \
	{                                                                                          \
		"--pictures", "HOW", "auto, kitty, sixel or blocks"                                \
	}
#define WATCH_OPTION                                                                               \
	{                                                                                          \
		"--watch", NULL, "only look: never take the controls"                              \
	}
#define DRAWING_ARGS "[--ascii|--utf8] [--pictures HOW]"

struct view_choice {
	const char *dir; /* of a replay also a log alone */
	const char *name; /* what the user calls it; NULL = dir */
	const struct remote_run *remote; /* where it is; dir is its mirror. NULL = here */
	bool replay;
	void (*feed)(void *arg); /* brings the log up to date before it is read on; NULL: it is */
	bool foreign; /* another program's log */
	bool follow; /* a replay reads on while its log grows */
	bool alive; /* of a replay: a trainer is at work on it */
	struct speed speed; /* of a replay; factor 0 = the default */
	char (*branch_at)[40]; /* out, of a replay: as in tui_options; NULL = it cannot branch */
};

/* Look at what the screen needs before anything is started: a person's own keys, how to draw. Returns STATUS_OK,
 * or STATUS_USAGE with one line printed; nothing is looked at where nothing would be drawn. */
int view_check(const struct cli *c);

/* What --ascii and --utf8 say. */
enum charset charset_of(const struct cli *c);

/* Plain lines when there is no terminal or --headless was given. Returns the exit status. */
int show_run_on(const struct cli *c, const struct view_choice *v);

#endif
