/* A replay as an asciicast: what a terminal would have been sent, and when. No terminal is needed.
 *
 * The file is a line of JSON with the size and the title, and one for each piece of output: its time
 * in seconds, "o", the bytes (ECMA-48, UTF-8). A screen is drawn where the run has gone on, at most
 * FRAMES times a second; what did not change is not sent.
 * Source: asciinema's description of asciicast v2
 */
#ifndef THAW_TUI_CAST_H
#define THAW_TUI_CAST_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/tui/view.h"

#include <stdbool.h>

struct cast_options {
	int w, h;     /* of the terminal: CAST_LEAST to CAST_MOST */
	bool utf8;    /* LC_CTYPE must be a locale of UTF-8 then */
	int colours;  /* of the terminal (canvas.h) */
	struct speed speed; /* factor 0: the run takes CAST_SECONDS, or what it took */
	double idle;  /* seconds that nothing happens for at most; 0: as long as it does */
	enum page page;
	const char *title; /* borrowed */
	bool alive;        /* a trainer is at work on the run */
};

enum { CAST_LEAST = 20, CAST_MOST = 500, CAST_SECONDS = 30 };

/* Append the cast of a run, a directory or a log alone. The theme is that in force (theme.h).
 * Errors: as log_reader_open(); *out is as it was then */
enum err cast_write(struct strbuf *out, const char *run, const struct cast_options *o,
		    struct errinfo *e);

#endif
