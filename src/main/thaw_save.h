/* Writing a file that a person has asked for, or standard output. */
#ifndef THAW_MAIN_THAW_SAVE_H
#define THAW_MAIN_THAW_SAVE_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>

/* May a file be written there? Folders above it that do not exist are made.
 * Errors: ERR_VALUE (it exists, and `force` is not given; a folder, a device), ERR_IO */
enum err save_check(const char *path, bool force, struct errinfo *e);

/* Whole or not at all. Errors: ERR_IO */
enum err save_file(const char *path, const struct strbuf *data, struct errinfo *e);
enum err save_stdout(const struct strbuf *data, struct errinfo *e);

#endif
