/* Commands that have come in and have not taken effect, and the record of those that did. */
#ifndef THAW_TRAIN_QUEUE_H
#define THAW_TRAIN_QUEUE_H

#include "thaw/event/command.h"
#include "thaw/event/event.h"

struct session;

/* Queue a command as if it had come in. `client` is answered; 0: nobody is. */
void queue_give(struct session *s, uint64_t client, const struct command *c, enum cause cause);

/* Tell the log of one that changed what is trained, for who trains the run again. */
void queue_record(struct session *s, enum command_type type, const char *arg, enum cause cause);

#endif
