/* Everything a key can do, in one list (actions.inc): keys, help page, manual and hint line all
 * come from it.
 *
 * The same key may mean one thing while a run is live and another in a replay, and on one page
 * something else than on the others: a row of the page goes before one of every page, then the
 * first row that allows the mode. Every action can also be typed, as `:name`. A person's own keys
 * stand in place of the table's.
 * Invariant: within one mode and page no key belongs to two rows.
 */
#ifndef THAW_TUI_ACTION_H
#define THAW_TUI_ACTION_H

#include "thaw/base/err.h"
#include "thaw/term/key.h"
#include "thaw/tui/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { IN_LIVE = 1, IN_REPLAY = 2, IN_BOTH = 3 };
#define ON_PAGE(page) (1 << (8 + (page)))  /* joined to the modes: on this page alone; */
#define HINT_ON(page) (1 << (16 + (page))) /* hinted on this page alone, and before the others; */
#define HINT_LIVE 4                        /* hinted while a run is live alone */
#define IN_HELP 8                          /* also while the help is open */
#define ON_ANY_PAGE(modes) (((modes) & 0xFF00) == 0)
#define ACTION_KEYS 4

struct action {
	const char *group; /* heading on the help page; NULL = as the row before */
	const char *name;
	const char *hint; /* on the hint line behind the first key, "- lr" for "+ - lr"; or NULL */
	const char *help; /* one line */
	int modes;             /* IN_…, and what of the above applies */
	int keys[ACTION_KEYS]; /* 0 = none; those in force are action_keys() */
};

extern const struct action action_table[];
extern const size_t n_actions;

/* The action of a key; NULL when it has none. */
const struct action *action_find(int key, enum view_mode mode, enum page page);

/* The action of a name that the mode allows; NULL when there is none. */
const struct action *action_named(const char *name, enum view_mode mode);

bool action_allowed(const struct action *a, enum view_mode mode, enum page page);

/* The keys in force, 0 behind the last. */
const int *action_keys(const struct action *a);

/* The first of them that does it there, where another action of the page may have taken one; 0: none
 * does. */
int action_key(const struct action *a, enum view_mode mode, enum page page);

/* How it is called there, by its name: "Z", or ":quiz" where it has no key. As key_name(). */
const char *action_call(const char *name, enum view_mode mode, enum page page);

/* Put a person's keys in the place of the table's; NULL puts the table's back. They may take a key
 * from an action that keeps its first. On an error nothing is changed.
 * Errors: ERR_VALUE, "FILE:LINE:COLUMN: …": no such action, no such key, one that the terminal or
 * the viewer needs, one that has two actions. */
struct keymap;
enum err action_rebind(const struct keymap *m, struct errinfo *e);

#endif
