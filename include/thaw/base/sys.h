/* The system calls by which thaw writes, in one table, so that a test can put failing ones in their
 * place: short writes, a full disk, an interruption, a refused rename. Nothing else is changed by
 * it. Invariant: outside tests the table is what it is initialised with.
 */
#ifndef THAW_BASE_SYS_H
#define THAW_BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sys {
	ssize_t (*write)(int fd, const void *data, size_t len);
	int (*fsync)(int fd);
	int (*fdatasync)(int fd);
	int (*ftruncate)(int fd, off_t size);
	int (*openat)(int dir, const char *name, int flags, mode_t mode); /* of a file to write */
	int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
	int (*linkat)(int from_dir, const char *from, int to_dir, const char *to);
	int (*unlinkat)(int dir, const char *name);
};

extern struct sys sys;

/* Write all of it, however often that is interrupted. Returns the bytes written; fewer than `len`
 * when errno says why the rest was refused. */
size_t sys_write_all(int fd, const void *data, size_t len);

#endif
