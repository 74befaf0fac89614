/* Moving through a log that is read: play, step, jump, scrub. */
#ifndef TUI_REPLAY_H
#define TUI_REPLAY_H

#include "app.h"

/* What a step goes over; as the argument of an action negative for a step back. */
enum replay_step { STEP_EVENT = 1, STEP_ITERATION, STEP_EPOCH, STEP_MARK, STEP_N };

void replay_start(struct tui *t, int64_t now); /* the log is read: choose a speed and begin */
void replay_stand_at_end(struct tui *t);
/* The log of a replay that follows it has grown: where it stood at the end it goes along. */
void replay_grown(struct tui *t, bool at_end);
void replay_advance(struct tui *t, double elapsed_ms);
void replay_toggle(struct tui *t, int arg);
void replay_step(struct tui *t, int what);
void replay_jump(struct tui *t, int to_end);
void replay_best(struct tui *t, int arg); /* to the best epoch */
void replay_faster(struct tui *t, int direction);
void replay_recorded(struct tui *t, int arg); /* as recorded, or as before */
void replay_skip(struct tui *t, int arg);     /* what is waited for; it goes on to play */

/* A replay goes there and stops; a live run stays where it is, and the crosshair goes there. */
void replay_goto(struct tui *t, size_t at);

/* The same of an epoch's end. False: there is no such epoch. */
bool replay_goto_epoch(struct tui *t, int64_t epoch);

/* The pointer is pressed on the bar, whose line has w columns from x on; moved with the button down;
 * let go. It plays on from there when it did before. */
void replay_press(struct tui *t, int x, int w, int column);
void replay_drag(struct tui *t, int column);
void replay_let_go(struct tui *t);

/* Show the place that was pointed at last: once, however many there were since the last drawing. */
void replay_settle(struct tui *t);

#endif
