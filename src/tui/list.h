/* What a page lists, in the order and as far as a person asked for it: one mechanism for classes,
 * layers, pictures, mistakes, epochs and the log.
 *
 * An item is a number of the history's own (a class, a layer, …), so a cursor that holds one stays
 * on the same thing whatever the order. A row is a place in the list. Pure: a function of (history,
 * view). The log goes by its own lines (panel_log.c) and has only its orders here.
 */
#ifndef TUI_LIST_H
#define TUI_LIST_H

#include "thaw/history/history.h"
#include "thaw/tui/view.h"

struct list {
	int *at;            /* [n] the item of each row; owned */
	int n, of;          /* rows; items there are */
	const char *what;   /* "class": one of them; */
	const char *many;   /* "classes" */
	const char *order;  /* in words: "worst first"; NULL = as it always was */
	const char *filter; /* "" = none; of the view */
};

/* Release it with list_release(). */
void list_make(struct list *l, enum list_id id, const struct history *h, const struct view *v);
void list_release(struct list *l);

int list_row(const struct list *l, int item); /* -1 when the filter hides it */

/* The item `rows` below or above another, the first or last one at most; the first when the filter
 * hides where it began; `item` itself of an empty list. */
int list_step(const struct list *l, int item, int rows);

/* The same in the order and filter of now. */
int list_walk(enum list_id id, const struct history *h, const struct view *v, int item, int rows);

/* Which list the page shows, LIST_N when it shows none. */
enum list_id list_shown(const struct view *v);

/* Put the cursor of the list that is shown on its first row where the filter hides it. */
void list_settle(struct view *v, const struct history *h);

/* The class under the cursor, the first of the list before there is a cursor. */
int list_class(const struct view *v, const struct history *h);

/* The next order; or the same one turned round. Returns the new one's words. */
const char *list_turn(struct list_view *v, enum list_id id, const struct history *h, bool reverse);

#endif
