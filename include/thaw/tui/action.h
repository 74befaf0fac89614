/* Everything a key can do, in one table: keys, help page and hint line all come from it.
 *
 * The same key may mean one thing while a run is live and another in a replay; the first row that
 * allows the mode wins. Invariant: within one mode no key belongs to two rows.
 */
#ifndef THAW_TUI_ACTION_H
#define THAW_TUI_ACTION_H

#include "thaw/tui/view.h"

#include <stdint.h>

struct tui;

/* Keys beyond characters, which stand for themselves. */
enum key {
	K_NONE = 0x200000, K_UP, K_DOWN, K_LEFT, K_RIGHT, K_PAGE_UP, K_PAGE_DOWN, K_HOME, K_END,
	K_BACKTAB, K_BACKSPACE, K_ENTER, K_F1,
	K_OTHER /* a key without a meaning here */
};
#define K_CTRL(c) ((c) & 0x1F)
#define K_ESC 27
#define K_TAB 9

enum { IN_LIVE = 1, IN_REPLAY = 2, IN_BOTH = 3 };

struct action {
	const char *group; /* heading on the help page; NULL = as the row before */
	const char *name;
	const char *hint; /* on the hint line, behind the first key: "- lr" makes "+ - lr"; or NULL */
	const char *help; /* one line */
	int modes;
	int keys[4]; /* 0 = none */
	int arg;     /* for the handler */
	void (*run)(struct tui *t, int arg);
};

extern const struct action action_table[];
extern const size_t n_actions;

/* The action of a key; NULL when it has none. */
const struct action *action_find(int key, enum view_mode mode);

/* How a key is written on the help page: "q", "^L", "PgUp", "↑". Static buffer, overwritten by
 * the next call. */
const char *key_name(int key);

#endif
