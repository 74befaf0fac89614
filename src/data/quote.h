/* Names that come from a file system or a list, made fit for a message: any bytes in, one short
 * line of printable UTF-8 out. */
#ifndef THAW_SRC_DATA_QUOTE_H
#define THAW_SRC_DATA_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

enum { QUOTE_MAX = 320 };

/* Write `path` to `out` with \xNN for control characters and for bytes that are not UTF-8; a
 * long one keeps its end. Returns `out`. */
const char *quote_path(char out[QUOTE_MAX], const char *path);

/* True for non-empty UTF-8 without control characters. */
bool name_is_clean(const char *s);

#endif
