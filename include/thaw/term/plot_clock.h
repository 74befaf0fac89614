/* The x axis of a plot in times of the day: where x counts seconds since 1970. */
#ifndef THAW_TERM_PLOT_CLOCK_H
#define THAW_TERM_PLOT_CLOCK_H

#include "thaw/term/plot.h"

/* Replace the numbers below the field by local times at round ones, "14:05", or by days. The row begins
 * at column `from`. */
void plot_clock_axis(struct plot *p, int from);

#endif
