/* Giving the commands of a run that is trained again (again.h), where they were given then. */
#ifndef THAW_TRAIN_AGAIN_GIVE_H
#define THAW_TRAIN_AGAIN_GIVE_H

struct session;

/* Queue those that are due; take up the other's plan where it was resumed with one. */
void again_give(struct session *s);

#endif
