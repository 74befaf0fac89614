/* What each action does: the handlers of the rows of actions.inc. */
#ifndef TUI_ACT_H
#define TUI_ACT_H

#include "app.h"

#include "thaw/tui/action.h"

void act(struct tui *t, const struct action *a);

/* Do they do the same, whatever their argument? */
bool act_same(const struct action *a, const struct action *b);

#endif
