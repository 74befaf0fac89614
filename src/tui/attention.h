/* What tells a person who looks elsewhere: the title of the window, and a bell and a notification
 * when the run ends or waits for somebody.
 *
 * Invariant: each end, crash, and wait is called once, and only to who saw the run before.
 */
#ifndef TUI_ATTENTION_H
#define TUI_ATTENTION_H

#include "app.h"

void attention_tick(struct tui *t);

#endif
