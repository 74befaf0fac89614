/* Places in a log, in words: "iter 900", "epoch 12", "35%", "time 1:02:03", "event 40", "start",
 * "end", "best". */
#ifndef THAW_RUN_GO_TO_H
#define THAW_RUN_GO_TO_H

#include "thaw/run/timeline.h"

/* The first words, NULL-terminated; a space behind those that want more. */
extern const char *const go_to_names[];

/* The place that words name: *at events of the log stand before it.
 * Errors: ERR_VALUE, one line with what there is; ERR_NOT_FOUND (e is not filled), the words begin
 * with none of those names. On an error *at is untouched. */
enum err go_to_parse(const struct timeline *t, const char *words, size_t *at, struct errinfo *e);

/* "1:02:03" or "2:03", to the nearest second; appended. */
void go_to_clock(int64_t ms, struct strbuf *out);

#endif
