/* A run in figures, as a page of text: `thaw show`. */
#ifndef THAW_REPORT_TEXT_H
#define THAW_REPORT_TEXT_H

#include "thaw/report/run.h"

#include <stdio.h>

void report_text(FILE *out, const struct report_run *r);

#endif
