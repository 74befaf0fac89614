/* What a click or a turn of the wheel means, by the zone it falls on. */
#ifndef TUI_CLICK_H
#define TUI_CLICK_H

#include "app.h"

#include "thaw/term/pointer.h"

void click_on(struct tui *t, const struct pointer *p);

#endif
