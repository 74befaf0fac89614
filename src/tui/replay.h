/* Moving through a log that is read: play, step, jump. */
#ifndef TUI_REPLAY_H
#define TUI_REPLAY_H

#include "app.h"

void replay_start(struct tui *t, int64_t now); /* the log is read: choose a speed and begin */
void replay_stand_at_end(struct tui *t);
/* The log of a replay that follows it has grown: where it stood at the end it goes along. */
void replay_grown(struct tui *t, bool at_end);
void replay_advance(struct tui *t, double elapsed_ms);
void replay_toggle(struct tui *t, int arg);
void replay_step(struct tui *t, int direction);
void replay_jump(struct tui *t, int to_end);
void replay_faster(struct tui *t, int direction);

/* A replay goes there; a live run stays where it is, and the crosshair goes to the epoch's end.
 * False: there is no such epoch. */
bool replay_goto_epoch(struct tui *t, int64_t epoch);

#endif
