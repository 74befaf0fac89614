/* Paths that come from a file system or a list, made fit for a message: any bytes in, one short
 * line by the rule of plain.h out. */
#ifndef THAW_SRC_DATA_QUOTE_H
#define THAW_SRC_DATA_QUOTE_H

enum { QUOTE_MAX = 320 };

/* Write `path` to `out`; a long one keeps its end. Returns `out`. */
const char *quote_path(char out[QUOTE_MAX], const char *path);

#endif
