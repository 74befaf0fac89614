/* A run as reports see it, and what several of them tell. */
#ifndef THAW_REPORT_RUN_H
#define THAW_REPORT_RUN_H

#include "thaw/history/history.h"

struct report_run { /* all borrowed */
	const char *name, *path;
	const char *status;  /* "finished", "running", … */
	const char *unsaved; /* why a run that goes on cannot save; NULL: it can */
	const struct history *history;
};

/* A trainer is at it. */
bool report_goes_on(const struct report_run *r);

/* The best epoch; NULL when none was measured. */
const struct history_epoch *report_best(const struct history *h);

/* The epoch whose classes are told: the best one, else the last that has any; NULL: none has. */
const struct history_epoch *report_classes(const struct history *h);

#endif
