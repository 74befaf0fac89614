/* When the steps and epochs of a log were told, which a history does not keep.
 *
 * Fed with the events that a history is fed with. Times are in ms since the begin of the run; a
 * trainer that goes on with a run begins where the one before left off, and the wall clock then tells
 * of a pause.
 */
#ifndef THAW_REPORT_TIMES_H
#define THAW_REPORT_TIMES_H

#include "thaw/base/opt_double.h"
#include "thaw/event/event.h"

#include <stddef.h>
#include <stdint.h>

struct times_points { /* ascending by `at`, which is an iteration, an epoch, or ms */
	struct {
		int64_t at, ms;
	} * points;
	size_t n, cap;
};

struct times {
	struct times_points steps, epochs;
	struct times_points starts; /* at: t_ms of a `run`; ms: its start since 1970 */
};

void times_add(struct times *t, const struct event *ev);
void times_release(struct times *t);

/* Of an iteration in between those told, in between. Absent when none was told. */
struct opt_double times_step_ms(const struct times *t, int64_t iter);
struct opt_double times_epoch_ms(const struct times *t, int64_t epoch);

/* Seconds since 1970 at a time of the run; since its begin where the log does not tell when that
 * was. */
double times_wall_seconds(const struct times *t, double ms);

#endif
