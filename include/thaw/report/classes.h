/* How well each class is told from the others: precision, recall and F1, as lines and in JSON. What
 * a class has no figure for is "-" and null. */
#ifndef THAW_REPORT_CLASSES_H
#define THAW_REPORT_CLASSES_H

#include "thaw/event/event.h"
#include "thaw/event/json_writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A line of titles and one for each class, names whole, in a column as wide as the widest and `least`
 * at least. */
void classes_print(FILE *out, const struct event_class *classes, size_t n, int least);

/* A member "classes"; `counts`: with "tp" and "fp". */
void classes_json(struct json_writer *w, const struct event_class *classes, size_t n, bool counts);

#endif
