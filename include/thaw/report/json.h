/* A run as one JSON object, for `show --json` and `ls --json`. */
#ifndef THAW_REPORT_JSON_H
#define THAW_REPORT_JSON_H

#include "thaw/event/json_writer.h"
#include "thaw/report/run.h"

/* Write it, as an element of an array or as the whole text. */
void report_json(struct json_writer *w, const struct report_run *r);

/* Its members alone, into an object that the caller has begun. */
void report_json_members(struct json_writer *w, const struct report_run *r);

#endif
