/* The plan of a run that goes on: what was asked for, in its experiment.yaml or on the command
 * line, and what that makes of where the run stands.
 *
 * Phases may change as long as those that have begun stay: rates, lengths, schedules, what they
 * freeze, further phases behind. A schedule that is made longer is followed over its new length
 * from where the run stands: a cosine that had come down goes on higher up. Invariant: a plan whose
 * rates do not depend on its length, made longer after its end, trains what the longer plan would
 * have trained, to the bit.
 */
#ifndef THAW_TRAIN_REPLAN_H
#define THAW_TRAIN_REPLAN_H

#include "thaw/base/err.h"

struct experiment;
struct resume;
struct session;

/* Give the last phase the epochs that trainer_options.more_epochs asks for, and put the state of a
 * run that had finished where it goes on.
 * Errors: ERR_STATE (it has finished, and nothing more is asked for), ERR_VALUE (too many
 * epochs) */
enum err replan(struct resume *r, struct experiment *x, struct errinfo *e);

/* Write the plan into the run's experiment.yaml when the command line has changed it.
 * Errors: ERR_IO */
enum err replan_keep(const struct resume *r, const struct session *s, struct errinfo *e);

/* Between the two ends of taking up the state: the way of learning in which it was left, then the
 * plan's. */
void replan_before(const struct resume *r, struct session *s);
void replan_after(const struct resume *r, struct session *s);

/* The learning rate that the one now is told to come after: itself, or that of the last iteration
 * when the plan of the phase has changed. */
double replan_rate_before(const struct resume *r, const struct session *s);

/* Say what has changed, and freeze as the phase is planned now. */
void replan_tell(const struct resume *r, struct session *s);

#endif
