/* A screen of its own on the terminal of standard input and output: opening and closing it, signals, keys,
 * work in small pieces, and drawing no more often than the terminal takes it. What is shown, and what
 * keys do, is its owner's.
 */
#ifndef TUI_SHOW_H
#define TUI_SHOW_H

#include "thaw/base/err.h"
#include "thaw/term/canvas.h"
#include "thaw/term/term.h"
#include "thaw/wire/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct show_owner { /* each is called with `arg` */
	void (*key)(void *arg, int key);
	void (*tick)(void *arg, int64_t now_ms); /* ten times a second */
	bool (*work)(void *arg); /* each turn, for 50 ms at most; true: there is more */
	void (*draw)(void *arg, struct canvas *c);
};

struct show {
	struct loop *loop; /* borrowed */
	const struct show_owner *owner;
	void *arg;
	struct canvas canvas; /* as drawn last */
	bool done;            /* leave it */
	bool urgent;          /* the person did something: draw at once */
	bool dirty;           /* something else has changed: draw soon */
	bool redraw;          /* everything, not the difference alone */
	int signo;            /* that ended it, 0 = none */

	bool behind, more; /* as of struct tui */
	int room_fd;
	int64_t drawn_ms,
	    rest_ms; /* when, and how long to wait before the next that nobody asked for */
};

/* Until `done`. The theme and the mouse are as the person has them. Errors: ERR_STATE (not a terminal, TERM=dumb),
 * ERR_IO */
enum err show_run(struct show *s, enum charset charset, struct errinfo *e);

#endif
