/* The five stages of transfer learning, told: what goes in, what comes out.
 *
 * load, replace and freeze are told when a run begins; head and tune follow the phases: a phase
 * in which a layer below the head learns is fine-tuning, every other one trains the head. A
 * stage that a plan leaves out is told as skipped.
 */
#ifndef THAW_TRAIN_STAGES_H
#define THAW_TRAIN_STAGES_H

#include "thaw/base/err.h"
#include "thaw/event/event.h"

struct session;

/* Tell the loading, start the head, set the first phase's frozen layers, read the probes.
 * Errors: those of head_init() and probe_set_open(). */
enum err stages_prepare(struct session *s, struct errinfo *e);

/* The same for a run that goes on: they were told, only the probes are read. `*stage` is the one it
 * was in. Errors: those of probe_set_open(). */
enum err stages_rejoin(struct session *s, enum stage *stage, struct errinfo *e);

/* Before phase s->at.phase: leave `*stage` and enter the phase's own, when it is another. */
void stages_enter(struct session *s, enum stage *stage);

/* Layers have thawed within the phase: training the head becomes fine-tuning. */
void stages_thawed(struct session *s, enum stage *stage);

/* The run went back to phase s->at.phase: the stage is that one's. */
void stages_back(struct session *s, enum stage *stage);

/* The plan is done. */
void stages_leave(struct session *s, enum stage stage);

#endif
