/* A folder held by its descriptor, and the files in it: the only way by which a run directory is
 * read and written.
 *
 * A run directory may have come from anybody. So a name in it is a plain one, no link is followed,
 * and what is opened is a regular file: a link, a pipe or a device in a file's place is refused at
 * once and nothing waits for it. What is written into moreover belongs to this user and has no
 * second name, so that no file elsewhere is changed. The folder itself may be reached through
 * links: the user has named it.
 *
 * Invariant: nothing outside the folder is ever made, changed or removed, and a name means the same
 * folder after the path to it has changed.
 */
#ifndef THAW_BASE_FOLDER_H
#define THAW_BASE_FOLDER_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct folder {
	int fd;     /* -1: none is open */
	char *path; /* as it was named, for messages; owned */
};

#define FOLDER_INIT                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

enum folder_use {
	FOLDER_READ,   /* it must exist; it may be another user's */
	FOLDER_APPEND, /* it must exist */
	FOLDER_LOG,    /* append; made when it does not exist */
	FOLDER_NEW,    /* made to be written; it must not exist */
	FOLDER_LOCK,   /* read and write; made when it does not exist */
	FOLDER_USE_N
};

/* Errors: ERR_NOT_FOUND, ERR_IO (also: not a folder); *f is FOLDER_INIT then. */
enum err folder_open(struct folder *f, const char *path, struct errinfo *e);

/* The folder `name` in it, which is no link; `make`: made when it does not exist.
 * Errors: ERR_NOT_FOUND, ERR_IO. */
enum err folder_sub(struct folder *out, const struct folder *f, const char *name, bool make,
		    struct errinfo *e);

/* The same folder once more, for somebody who outlives the first; a folder that is not open gives
 * another such. Errors: ERR_IO (no descriptors are left). */
enum err folder_copy(struct folder *out, const struct folder *f, struct errinfo *e);
void folder_close(struct folder *f); /* one that is not open is allowed */

char *folder_path(const struct folder *f, const char *name); /* for messages; caller frees */

/* Open a file; the caller closes *fd, which is -1 on error. Never blocks.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_STATE (FOLDER_NEW: it exists), ERR_FORMAT (not a regular file,
 *         or not one to write into: another user's, or with a second name) */
enum err folder_file(const struct folder *f, const char *name, enum folder_use use, int *fd,
		     struct errinfo *e);

/* The same to read; without a folder (NULL) `name` is a path that a user has given, whose links are
 * followed. */
enum err folder_read_file(const struct folder *f, const char *name, int *fd, struct errinfo *e);

/* A file without a name, in no other program's way, which is gone with its descriptor; -1 where the
 * file system knows no such thing. */
int folder_scratch(const struct folder *f);

/* A path to the very file that is open, for a library that takes paths only: below /proc, or where
 * there is none `otherwise`. Caller frees. */
char *folder_fd_path(int fd, const char *otherwise);

bool folder_holds(const struct folder *f, const char *name);   /* ... anything of that name */
bool folder_has(const struct folder *f, const char *name);     /* ... a regular file */
int64_t folder_size(const struct folder *f, const char *name); /* bytes; -1: it has none */

/* What tells one state of a file from any other; times in ns since 1970. */
struct folder_stamp {
	int64_t inode, size, mtime_ns, ctime_ns;
};

/* False: it has no regular file of that name. */
bool folder_stamp(const struct folder *f, const char *name, struct folder_stamp *stamp);
bool folder_stamp_same(const struct folder_stamp *a, const struct folder_stamp *b);

/* Does another process hold a lock (flock) on the file? Only a refusal of the lock says so. */
bool folder_locked(const struct folder *f, const char *name);

/* Does it belong to this user, so that nobody else changes it meanwhile? `name`: one of its files,
 * which need not exist; NULL: the folder itself. Errors: ERR_STATE. */
enum err folder_check_owner(const struct folder *f, const char *name, struct errinfo *e);

/* Append at most the first `max` bytes of a file to `out`. Errors: as folder_file(). */
enum err folder_read(const struct folder *f, const char *name, size_t max, struct strbuf *out,
		     struct errinfo *e);

/* Replace a file by these bytes: NAME.tmp is written and flushed to disk, then renamed over it. A
 * reader sees the old file or the new one, whenever this stops. One process at a time may do this
 * in a folder: a NAME.tmp that lies there is what a killed one has left, and is replaced.
 * Errors: ERR_IO (also when the disk is full); the old file is untouched then. */
enum err folder_replace(const struct folder *f, const char *name, const void *data, size_t len,
			struct errinfo *e);

/* Replace TO/to by a second name of FROM/from, a file that is only ever replaced; by a copy where
 * links are not to be had. Errors: ERR_IO; TO/to is untouched then. */
enum err folder_link(const struct folder *from_folder, const char *from,
		     const struct folder *to_folder, const char *to, struct errinfo *e);

/* Rename over `to`, and flush that to disk. Errors: ERR_IO. */
enum err folder_rename(const struct folder *f, const char *from, const char *to, struct errinfo *e);

/* Errors: ERR_IO; of a file that is not there none. */
enum err folder_remove(const struct folder *f, const char *name, struct errinfo *e);

#endif
