/* What the run browser shows: everything that its drawing needs, and how its list is arranged.
 *
 * The rows are borrowed from whoever knows the runs (a catalogue, other machines) and put in anew
 * whenever those change; the cursor, the filter, the order and the marks are the person's and stay. A
 * row is known again by its host and path. Pure: no clock, no I/O.
 */
#ifndef TUI_BROWSER_VIEW_H
#define TUI_BROWSER_VIEW_H

#include "list.h"
#include "thaw/run/summary.h"
#include "thaw/term/canvas.h"
#include "thaw/term/edit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct browser_row { /* all borrowed */
	const struct run_summary *run;
	const char *host;  /* the URL of its place there; NULL: this machine */
	const char *place; /* what its column says: the host, or the folder */
	bool known;        /* else there is only a name yet */
};

struct browser_key {
	char *host, *path; /* owned; host NULL: this machine; path NULL: none */
};

struct browser_mark {
	struct browser_key key;
	int slot; /* its colour and letter, as long as it is marked */
};

struct browser_trouble {     /* a place whose runs are not all seen */
	char *place, *words; /* owned */
};

enum browser_zone { BROWSER_ZONE_ROW = ZONE_NONE + 1, BROWSER_ZONE_ACTION };

enum browser_prompt {
	BROWSER_ASKS_NOTHING,
	BROWSER_FILTER,
	BROWSER_RESUME,
	BROWSER_STOP,
	BROWSER_DELETE,
	BROWSER_PROMPT_N
};

struct browser_view {
	struct browser_row *rows; /* [n_rows] owned */
	size_t n_rows, cap_rows;
	struct list list; /* its items are rows */
	int order;
	bool reverse;
	char filter[EDIT_MAX];
	int cursor;               /* a place in the list */
	struct browser_key under; /* what it is on */
	struct browser_mark *marks;
	size_t n_marks, cap_marks;

	struct browser_trouble *troubles;
	size_t n_troubles, cap_troubles;
	size_t n_unread; /* runs whose logs are still to be read */
	size_t n_places;
	bool waits; /* for what another machine has */
	const char *where; /* the only place, when there is one; borrowed */

	int facts; /* of the run under the cursor: 1 shown, -1 hidden, 0 where there is room */
	bool help;
	struct browser_sweep *sweep; /* owned; with `help`: it is shown in the place of the keys */
	int help_down;
	enum browser_prompt prompt;
	struct browser_key asked; /* the run that it is about: rows may move meanwhile */
	struct edit input;
	char aside[160]; /* below a prompt */
	bool aside_bad;
	enum message_kind message_kind;
	char message[512];
	/* Of the screen that was drawn last, for keys: rows of the list, of the help that it has no room
	 * for, and whether the facts are there. */
	int rows_shown, help_most;
	bool facts_shown;
	int64_t now_ms; /* the time of day, ms since 1970, that ages are told by */
};

void browser_view_init(struct browser_view *v);
void browser_view_release(struct browser_view *v);

/* Begin the rows anew, add each, and arrange them: the cursor stays on its run, or in its place where
 * that is gone; so do the marks. */
void browser_rows_begin(struct browser_view *v);
void browser_rows_add(struct browser_view *v, const struct browser_row *row);
void browser_arrange(struct browser_view *v);

/* The row under the cursor; NULL: there is none. */
const struct browser_row *browser_row_now(const struct browser_view *v);
/* The row at a place of the list, which there is. */
const struct browser_row *browser_row_at(const struct browser_view *v, int place);

void browser_go(struct browser_view *v, int place); /* the cursor, within the list */

/* Ask about the row under the cursor; the run that was asked about, NULL when it is gone. */
void browser_ask(struct browser_view *v, enum browser_prompt prompt);
const struct browser_row *browser_asked(const struct browser_view *v);

/* The next order, or the same turned round; in words. */
const char *browser_turn(struct browser_view *v, bool reverse);

/* Mark a row, or take its mark away. */
void browser_mark(struct browser_view *v, const struct browser_row *row);
void browser_unmark_all(struct browser_view *v);
int browser_slot(const struct browser_view *v, const struct browser_row *row); /* -1: no mark */

/* The runs to compare: those marked, by slot, as far as they are there; without a mark the one under
 * the cursor. Returns how many.
 * Shape: out, slots [COMPARISON_MOST] */
size_t browser_compared(const struct browser_view *v, const struct browser_row **out, int *slots);

bool browser_row_live(const struct browser_row *r);

void browser_message(struct browser_view *v, enum message_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void browser_trouble(struct browser_view *v, const char *place, const char *words);
void browser_no_troubles(struct browser_view *v);

#endif
