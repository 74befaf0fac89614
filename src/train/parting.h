/* Comparing a run that trains another one again (again.h) with it, as it goes. */
#ifndef THAW_TRAIN_PARTING_H
#define THAW_TRAIN_PARTING_H

#include "thaw/event/event.h"

struct session;

/* Say so, once: `p` without its iteration. */
void parting_tell(struct session *s, const struct event_parted *p);

#endif
