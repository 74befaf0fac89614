/* A sweep as tables, as JSON and as CSV: a row a combination, and means over seeds. */
#ifndef THAW_REPORT_SWEEP_TABLE_H
#define THAW_REPORT_SWEEP_TABLE_H

#include "thaw/event/json_writer.h"
#include "thaw/run/summary.h"
#include "thaw/run/sweep.h"

#include <stdio.h>

struct report_sweep { /* all borrowed */
	const struct sweep *sweep;
	const struct run_summary *const *runs; /* [sweep_count()]; NULL: none of it yet */
};

/* "finished", "running", …; "waiting" of a combination that has no run yet. */
const char *report_sweep_status(const struct run_summary *r);

/* "6 runs: 4 finished, 1 running, 1 waiting". */
void report_sweep_words(const struct report_sweep *r, struct strbuf *out);

/* Append lines: the runs, best group first, then the means where there are several seeds. */
void report_sweep_text(const struct report_sweep *r, struct strbuf *out);

/* The means alone, as the last words of a sweep; a row a combination where there is one seed. */
void report_sweep_means(const struct report_sweep *r, struct strbuf *out);

/* Print such lines. */
void report_sweep_print(FILE *out, const struct strbuf *lines);

/* Accuracies are shares, seconds seconds; what was not measured is absent. */
void report_sweep_json(struct json_writer *w, const struct report_sweep *r);

/* run, status, a column a key that varies, best_accuracy, best_epoch, epochs, seconds: in the sweep's
 * order, by RFC 4180 but for its line ends, which are plain newlines. */
void report_sweep_csv(FILE *out, const struct report_sweep *r);

#endif
