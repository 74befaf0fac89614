/* A comparison for other programs and for paper: JSON, tidy CSV, plain tables. Figures are those of
 * the logs, all points of them, and not smoothed. */
#ifndef THAW_REPORT_COMPARISON_OUT_H
#define THAW_REPORT_COMPARISON_OUT_H

#include "thaw/event/json_writer.h"
#include "thaw/report/comparison.h"

#include <stdio.h>

/* {"runs": [{name, path, status, settings, best, last, interventions, classes, figures, …}], "differ":
 * [keys]}. A figure is columns: {"by": "iteration", "iteration": […], "epoch": […], "seconds": […],
 * "value": […]}; what is not known in a place is null, and a figure that a log lacks is absent. */
void comparison_json(struct json_writer *w, const struct comparand *runs, size_t n);

/* One line a point under "run,figure,x_kind,epoch,iteration,seconds,value": x_kind is iteration or
 * epoch, for what the figure was measured by. Fields are quoted as RFC 4180 has it where they need it;
 * what is not known is empty. */
void comparison_csv(FILE *out, const struct comparand *runs, size_t n);

/* The sheet and the classes, a column a run. */
void comparison_text(FILE *out, const struct comparand *runs, size_t n);

#endif
