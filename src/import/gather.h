/* Figures of one run that come from several files, or whose steps count different things: put in the
 * order of time, and given to a sink.
 *
 * Steps. A log may count iterations for one name and epochs for another, and nothing in it says so. The
 * steps of most names go up together; they are the run's iterations. A name that stays behind them and
 * goes up by ones from 0 or 1 counts epochs; one whose steps fit neither is given as a metric apart. A
 * name of Keras' ("epoch_loss") that goes up by ones counts epochs.
 *
 * A run's name that goes back voids what lies behind it; one that goes back again and again is apart.
 *
 * Invariant: what is given depends on all that was added, not on when.
 */
#ifndef IMPORT_GATHER_H
#define IMPORT_GATHER_H

#include "sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gather;

struct gather *gather_new(void);
void gather_free(struct gather *g); /* NULL is allowed */

/* A figure of the file number `source`, whose own go in the order of their coming; wall_ms NaN where
 * it is not told. The name is copied. */
void gather_add(struct gather *g, size_t source, const char *name, int64_t step, double wall_ms,
		double value);

/* The program began again at a step: what was told from it on is void. */
void gather_restart(struct gather *g, size_t source, int64_t step, double wall_ms);

size_t gather_count(const struct gather *g); /* figures that were added */

/* Give what was not given yet. `run`: all but its axis. False: what has come since changes what was
 * given before, so that all must begin again. */
bool gather_give(struct gather *g, struct sink *s, const struct sink_run *run);

#endif
