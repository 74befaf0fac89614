/* Comparing a run that trains another one again (again.h) with it, as it goes. Each of these does
 * nothing where no run is trained again. */
#ifndef THAW_TRAIN_PARTING_H
#define THAW_TRAIN_PARTING_H

#include "thaw/event/event.h"

#include <stdbool.h>

struct session;
struct waiting;

void parting_begin(struct session *s); /* tell what is not as it was, at the start */
void parting_answer(struct session *s, const struct waiting *w, bool ok, const char *msg);
void parting_step(struct session *s, double loss, double lr);
void parting_epoch(struct session *s); /* that has just ended */
void parting_saved(struct session *s, const struct event_checkpoint *now);
void parting_end(struct session *s); /* tell how it went, before the end */

#endif
