/* Showing a run, on the terminal or in plain lines: what run, attach and replay have in common. */
#ifndef THAW_MAIN_THAW_VIEW_H
#define THAW_MAIN_THAW_VIEW_H

#include "thaw_cli.h"

struct view_choice {
	const char *dir;
	bool replay;
	double speed; /* of a replay; 0 = the default */
};

/* Plain lines when there is no terminal or --headless was given. Returns the exit status. */
int show_run_on(const struct cli *c, const struct view_choice *v);

#endif
