#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* `path`, which leads through a descriptor; where there is no /proc to lead there, the path by
 * which the folder was opened. */
static bool fill(struct sockaddr_un *a, const char *path, const struct folder *f, const char *name)
{
	char *named = folder_path(f, name);
	const char *use = access("/proc/self/fd", F_OK) == 0 ? path : named;
	bool fits = strlen(use) < sizeof(a->sun_path);
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (fits)
		memcpy(a->sun_path, use, strlen(use));
	else
		errno = ENAMETOOLONG;
	free(named);
	return fits;
}

bool address_bind(const struct folder *f, const char *name, int fd)
{
	char path[sizeof("/proc/self/fd/-2147483648/") + 256];
	struct sockaddr_un a;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", f->fd, name);
	return fill(&a, path, f, name) && bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0;
}

/* 0, or why this is no socket of the folder alone. */
static int objection(int socket_fd)
{
	struct stat st;
	if (fstat(socket_fd, &st) != 0)
		return errno;
	if (S_ISLNK(st.st_mode))
		return ELOOP;
	return !S_ISSOCK(st.st_mode) ? ENOTSOCK : st.st_nlink > 1 ? EMLINK : 0;
}

bool address_connect(const struct folder *f, const char *name, int fd)
{
	char path[32];
	struct sockaddr_un a;
	int at = openat(f->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0)
		return false;
	int why = objection(at);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
	if (!why && (!fill(&a, path, f, name) ||
		     connect(fd, (const struct sockaddr *)&a, sizeof(a)) != 0))
		why = errno;
	close(at);
	errno = why;
	return !why;
}
