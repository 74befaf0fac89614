/* What a key of the Layers page would freeze and thaw, told before it is done.
 *
 * Pure functions of (history, view, choice): the preview line shows the set they give, and the
 * action that is confirmed sends the difference to what is frozen now. Nothing is sent here.
 */
#ifndef THAW_TUI_CHOICE_H
#define THAW_TUI_CHOICE_H

#include "thaw/base/layerset.h"

#include <stdbool.h>
#include <stddef.h>

struct history;
struct view;

/* Without a mark the layer under the cursor counts as marked. */
enum choice {
	CHOICE_NONE,
	CHOICE_TOGGLE,   /* freeze the marked layers, or thaw them when they all are frozen */
	CHOICE_BELOW,    /* freeze the marked ones; without a mark all up to the cursor */
	CHOICE_ABOVE,    /* thaw the marked ones; without a mark all from the cursor on */
	CHOICE_INVERT,   /* freeze what learns and thaw what is frozen: of the mark, else of all */
	CHOICE_BLOCK,    /* thaw the next frozen block, from above */
	CHOICE_FREEZE,   /* freeze the layers that view.typed names, */
	CHOICE_UNFREEZE, /* or thaw them, */
	CHOICE_ONLY,     /* or freeze them and thaw all others */
	CHOICE_N
};

/* All layers that would be frozen afterwards. False, with one line in `why`, when the choice would
 * change nothing, leave nothing to learn, or has no meaning here; *now is untouched then. `now`
 * may be NULL. */
bool choice_frozen(const struct history *h, const struct view *v, enum choice which,
		   struct layerset *now, char *why, size_t size);

/* The layers frozen now, as a set of the network's size. */
void choice_present(const struct history *h, struct layerset *now);

/* The next block that thaws (blocks.h). False when nothing with parameters is frozen. */
bool choice_block(const struct history *h, int *lo, int *hi);

/* "freeze 0-12", "thaw 14-17", "thaw 0-3, freeze 14-19": what a set changes, appended. */
void choice_words(const struct history *h, const struct layerset *now, struct strbuf *out);

#endif
