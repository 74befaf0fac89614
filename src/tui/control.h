/* What steers the training: what it would do is shown first, Enter does it. */
#ifndef TUI_CONTROL_H
#define TUI_CONTROL_H

#include "app.h"

void control_choose(struct tui *t,
		    int which); /* show what a choice would do; the second time do it */
bool control_preview(struct tui *t, enum choice which, char *why, size_t size); /* false: why not */
void control_apply(struct tui *t); /* what the preview shows */
void control_mark(struct tui *t, int arg);
void control_lr(struct tui *t, int direction);
void control_back(struct tui *t, int arg); /* to the best epoch (asks) */
void control_ask_back(struct tui *t, const char *point);
void control_pause(struct tui *t, int arg);
void control_undo(struct tui *t, int arg);

#endif
