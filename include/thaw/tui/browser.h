/* The run browser: all runs of some folders and machines on a terminal.
 *
 * It shows and arranges them and deletes what it is asked to; what takes the whole terminal, to look
 * at a run or to start a trainer, it leaves to its caller, who comes back to it afterwards: cursor,
 * filter, order and marks are as they were.
 */
#ifndef THAW_TUI_BROWSER_H
#define THAW_TUI_BROWSER_H

#include "thaw/base/err.h"
#include "thaw/term/term.h"

#include <stdbool.h>
#include <stddef.h>

struct browser;

struct browser_options {
	const char *const
	    *places; /* folders of runs, and machines as ssh://[user@]host[:port][/DIR] */
	size_t n_places;
	size_t
	    n_given; /* the first of them were given by hand: before anything is drawn ssh may ask
			 * for a password on the terminal */
	const char *index; /* the folder of the indexes; NULL: there is none */
	enum charset charset;
};

/* Owns: copies everything. */
struct browser *browser_new(const struct browser_options *o);
void browser_free(struct browser *b); /* NULL is allowed */

enum browser_want {
	BROWSER_LEAVE,      /* the person has left */
	BROWSER_LOOK,       /* ... wants to look at the run: attach to it, or play it */
	BROWSER_RESUME_RUN, /* ... to go on with it, and look */
	BROWSER_COMPARE,    /* ... to lay several over each other */
	BROWSER_SIGNAL      /* a signal ended it */
};

struct browser_choice {
	enum browser_want want;
	char *run; /* its path, or ssh:// URL; owned; NULL: none */
	bool live;
	char **runs; /* [n_runs] of several, owned */
	int *slots;  /* [n_runs] of their marks, owned: comparison.h */
	size_t n_runs;
	int signo;
};

/* Show it on the terminal of standard input and output until the person wants something else; the
 * terminal is as it was then.
 * Owns:   release *choice with browser_choice_release()
 * Errors: ERR_STATE (not a terminal, TERM=dumb), ERR_IO */
enum err browser_run(struct browser *b, struct browser_choice *choice, struct errinfo *e);

void browser_choice_release(struct browser_choice *c);

/* What is said when it is shown next. */
void browser_say(struct browser *b, bool bad, const char *text);

/* Everything that a key does there, in one table: keys, help, hints and manual come from it. */
struct browser_action {
	const char *group; /* a heading; NULL = as the row before */
	const char *name;
	const char *hint; /* on the hint line; NULL: it is not there */
	const char *help;
	void (*run)(struct browser *b, int arg);
	int arg;
	int keys[4]; /* 0 = none */
};

extern const struct browser_action browser_actions[];
extern const size_t n_browser_actions;

#endif
