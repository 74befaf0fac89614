/* Whole-file reading, atomic replacement, and paths. */
#ifndef THAW_BASE_FILE_H
#define THAW_BASE_FILE_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

/* Append the whole file to `out`. Errors: ERR_NOT_FOUND, ERR_IO. */
enum err file_read(const char *path, struct strbuf *out, struct errinfo *e);

/* The same, but at most its first `max` bytes: for files, devices and pipes that may never end. */
enum err file_read_max(const char *path, size_t max, struct strbuf *out, struct errinfo *e);

/* The whole number behind `key` at the start of a line of a file of the kernel's (/proc, /sys); "" is the
 * start of any. False: there is no such file, line or number. */
bool file_number(const char *path, const char *key, uint64_t *out);

/* Open a regular file to read, links followed; anything else is refused at once, and nothing is
 * waited for. The caller closes *fd, which is -1 on error.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (not a regular file). */
enum err file_open(const char *path, int *fd, struct errinfo *e);

/* Append at most `max` bytes from where an open file stands; false leaves errno. */
bool file_read_fd(int fd, size_t max, struct strbuf *out);

/* Replace `path` by these bytes: written beside it, flushed to disk, then renamed over it. A reader
 * sees the old file or the new one, never a part. Errors: ERR_IO (also when the disk is full); the
 * old file is untouched then. */
enum err file_write_atomic(const char *path, const void *data, size_t len, struct errinfo *e);

/* The same, readable and writable by the user alone. */
enum err file_write_private(const char *path, const void *data, size_t len, struct errinfo *e);

/* Rename over `to`, in the same directory, and flush that to disk. Errors: ERR_IO. */
enum err file_rename(const char *from, const char *to, struct errinfo *e);

enum err file_mkdirs(const char *path, struct errinfo *e); /* like mkdir -p */
bool file_exists(const char *path);
bool file_is_dir(const char *path);
bool file_is_link(const char *path); /* the last name of the path */
int64_t file_size(const char *path); /* -1 when it cannot be read */

char *path_join(const char *dir, const char *name); /* absolute `name` wins; caller frees */
const char *path_base(const char *path);            /* points into `path` */
/* Its last `parts` parts, "roses/1.jpg"; points into `path`, "" for NULL. */
const char *path_tail(const char *path, int parts);
char *path_dir(const char *path);                   /* "." when there is none; caller frees */

/* `path` with $HOME for a "~" in front of it; caller frees. "~NAME/x", which is another person's
 * folder to a shell, is itself when it exists. NULL with ERR_VALUE in `e` when it does not, or when
 * there is no HOME. */
char *path_home(const char *path, struct errinfo *e);

#endif
