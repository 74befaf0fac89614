/* A run as one JSON object, for `show --json` and `ls --json`. */
#ifndef THAW_MAIN_THAW_REPORT_H
#define THAW_MAIN_THAW_REPORT_H

#include "thaw_run_dir.h"

#include <cjson/cJSON.h>

/* The classes of the best epoch, else of the last one that has any; NULL when none has. */
const struct history_epoch *report_classes(const struct history *h);

/* The caller deletes it. */
cJSON *report_json(const char *dir, const struct history *h, enum run_status status);

/* Print and delete. */
void report_print(cJSON *json);

#endif
