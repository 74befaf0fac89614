/* Several runs over each other on a terminal: their curves, what they were set to, their classes. Live
 * runs go on there, other machines' too.
 */
#ifndef THAW_TUI_COMPARE_H
#define THAW_TUI_COMPARE_H

#include "thaw/base/err.h"
#include "thaw/report/curve.h"
#include "thaw/report/settings.h"
#include "thaw/term/term.h"
#include "thaw/wire/remote.h"

#include <stdbool.h>
#include <stddef.h>

struct compare;

struct compare_options {
	struct loop *loop; /* NULL: it makes one; that of the remotes */
	enum charset charset;
	enum axis axis;
	struct smoothing smoothing;
	const char *filter; /* a pattern, which was checked; NULL: none */
};

/* Copies what it needs of the options but the loop, which must outlive it. */
struct compare *compare_new(const struct compare_options *o);
void compare_free(struct compare *c);

struct compare_given {                 /* one run; borrowed for the call, but for the remote */
	const char *name;              /* how it is called on the screen */
	const char *dir;               /* its directory, or a log alone: of a remote its mirror */
	int slot;                      /* its letter and colour: comparison.h */
	struct remote *remote;         /* NULL: it is here. Must outlive the comparison */
	bool alive;                    /* a trainer was at work as it was looked at */
	struct run_settings *settings; /* of its resolved experiment; taken over, and empty then */
};

/* Errors: as log_reader_open(); the run is not among them then */
enum err compare_add(struct compare *c, const struct compare_given *given, struct errinfo *e);

/* Show it on the terminal until the person leaves; *signo: the signal that ended it, 0 = none.
 * Errors: ERR_STATE (not a terminal, TERM=dumb), ERR_IO */
enum err compare_run(struct compare *c, int *signo, struct errinfo *e);

/* Said when it is shown. */
void compare_say(struct compare *c, bool bad, const char *text);

/* Everything that a key does there, in one table: keys, help, hints and manual come from it. */
struct compare_action {
	const char *group; /* a heading; NULL = as the row before */
	const char *name;
	const char *hint; /* on the hint line; NULL: it is not there */
	const char *help;
	unsigned pages; /* bits of enum compare_page, 0 = all */
	void (*run)(struct compare *c, int arg);
	int arg;
	int keys[4]; /* 0 = none */
};

extern const struct compare_action compare_actions[];
extern const size_t n_compare_actions;

#endif
