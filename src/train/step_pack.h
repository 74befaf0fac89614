/* Iterations that have not been told yet: quick ones are held back for a moment and told together,
 * so that a log holds few bytes of each.
 *
 * Iterations that take longer than a moment are told at once, each by itself. It knows no clock and
 * no log: emit.c has both, and tells what is held before anything else, so that the order of what is
 * told is that in which it happened. Nothing may depend on what is held: a trainer that is killed
 * takes it along.
 */
#ifndef THAW_TRAIN_STEP_PACK_H
#define THAW_TRAIN_STEP_PACK_H

#include "thaw/event/event.h"

#define STEP_PACK_MAX 1024

struct step_pack {
	int64_t iter, epoch; /* of the first */
	double loss[STEP_PACK_MAX], lr[STEP_PACK_MAX];
	size_t n;
	double images, seconds, wait; /* sums; wait: seconds spent in waiting */
	int64_t told_ms;              /* when the last ones were told */
};

/* One iteration of `images` pictures that took so many seconds, `wait` of them in waiting. */
struct told_step {
	int64_t iter, epoch;
	double loss, lr;
	double images, seconds, wait;
};

/* May it stand behind what is held, at a moment of the run? Else that is to be told first. */
bool step_pack_takes(const struct step_pack *p, const struct told_step *s, int64_t now_ms);
void step_pack_add(struct step_pack *p, const struct told_step *s);
/* Is it time to tell them, the next iteration taking as long as the last one? */
bool step_pack_is_due(const struct step_pack *p, const struct told_step *last, int64_t now_ms);

/* All that is held, at least one, as one event that borrows from the pack. */
void step_pack_event(struct step_pack *p, struct event *ev);
void step_pack_told(struct step_pack *p, int64_t now_ms);

#endif
