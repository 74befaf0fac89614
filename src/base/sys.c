#include "thaw/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int open_file(int dir, const char *name, int flags, mode_t mode)
{
	return openat(dir, name, flags, mode);
}

static int link_file(int from_dir, const char *from, int to_dir, const char *to)
{
	return linkat(from_dir, from, to_dir, to, 0);
}

static int unlink_file(int dir, const char *name)
{
	return unlinkat(dir, name, 0);
}

struct sys sys = {
    .write = write,
    .fsync = fsync,
    .fdatasync = fdatasync,
    .ftruncate = ftruncate,
    .openat = open_file,
    .renameat = renameat,
    .linkat = link_file,
    .unlinkat = unlink_file,
};

size_t sys_write_all(int fd, const void *data, size_t len)
{
	const char *at = data;
	size_t left = len;
	while (left) {
		ssize_t n = sys.write(fd, at, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			break;
		at += n;
		left -= (size_t)n;
	}
	return len - left;
}
