/* Commands, from the control socket or from within: queued when they come in, applied between two
 * iterations with the cause that they came with, each answered once.
 *
 * Invariant: a command that is refused changes nothing and logs nothing.
 */
#ifndef THAW_TRAIN_COMMANDS_H
#define THAW_TRAIN_COMMANDS_H

#include "thaw/base/err.h"
#include "thaw/event/command.h"
#include "thaw/event/event.h"

struct session;

/* From now on log who has the controls. */
void commands_open(struct session *s);

/* Accept what has come in, without applying it; waits at most `timeout_ms`. Also notices
 * signals' wish to stop. */
void commands_poll(struct session *s, int timeout_ms);

/* At an iteration boundary: poll, apply everything, and stay here while paused.
 * Errors: ERR_NONFINITE, from the guard; also when a pause after accidents has lasted too long. */
enum err commands_apply(struct session *s, struct errinfo *e);

/* Refuse what is still waiting ("the run has ended") and free. */
void commands_release(struct session *s);

#endif
