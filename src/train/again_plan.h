/* Where the run that is trained again (again.h) was resumed: nothing of that shows, but for a plan
 * that was changed then, and for what a new trainer has forgotten. Within the rerun the same is done
 * as a resume does: the state is taken up as if it had been written and read. */
#ifndef THAW_TRAIN_AGAIN_PLAN_H
#define THAW_TRAIN_AGAIN_PLAN_H

#include <stddef.h>

struct session;

/* `i`: the index of the `continued` event, behind the `run` event of its plan. What cannot change
 * within a run (anything but phases and rules) is told, and stays. */
void again_go_on(struct session *s, size_t i);

#endif
