/* What a person sets on the screen, by name: typed after ":set", and remembered for the next time.
 *
 * Each is one row: how it is read from a word, and how it is written as one.
 * Invariant: setting what was got changes nothing.
 */
#ifndef TUI_VIEW_SETTINGS_H
#define TUI_VIEW_SETTINGS_H

#include "app.h"

struct view_setting {
	const char *name;
	bool typed;          /* after ":set"; the others have commands or keys of their own */
	const char *unless;  /* a variable of the environment that goes before what is remembered */
	enum err (*set)(struct tui *t, const char *value, struct errinfo *e);
	void (*get)(const struct tui *t, char out[VIEW_SETTING_MAX]); /* NULL: not remembered */
};

extern const struct view_setting view_settings[];
extern const size_t n_view_settings;

/* NULL when there is none of that name. */
const struct view_setting *view_setting_find(const char *name);

#endif
