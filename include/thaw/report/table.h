/* Runs as the rows of a table: `thaw ls`. */
#ifndef THAW_REPORT_TABLE_H
#define THAW_REPORT_TABLE_H

#include "thaw/run/summary.h"

#include <stdio.h>

void report_table_head(FILE *out);
void report_table_row(FILE *out, const struct run_summary *r);

#endif
