/* Following the log: events arrive, replies arrive, the trainer may vanish. */
#ifndef TUI_FOLLOW_H
#define TUI_FOLLOW_H

#include "app.h"

void follow_tick(struct tui *t, int64_t now);
void follow_read(struct tui *t, int64_t now); /* what there is, for a moment */

#endif
