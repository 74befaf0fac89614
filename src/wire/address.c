#include "address.h"
#include "thaw/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A path too long for sun_path goes through /proc/self/fd/DIR/NAME, which the kernel resolves the
 * same. */
static enum err through_dir(struct address *a, const char *path, struct errinfo *e)
{
	char *dir = path_dir(path);
	a->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err r = ERR_OK;
	if (a->dir < 0)
		r = err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
	free(dir);
	if (r)
		return r;
	size_t cap = sizeof(a->sun.sun_path);
	int n = snprintf(a->sun.sun_path, cap, "/proc/self/fd/%d/%s", a->dir, path_base(path));
	if (n > 0 && (size_t)n < cap)
		return ERR_OK;
	address_release(a);
	return err_set(e, ERR_VALUE, "%s: the socket's name is too long; use one under 80 bytes",
		       path);
}

enum err address_init(struct address *a, const char *path, struct errinfo *e)
{
	memset(a, 0, sizeof(*a));
	a->dir = -1;
	a->sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a->sun.sun_path))
		return through_dir(a, path, e);
	memcpy(a->sun.sun_path, path, strlen(path) + 1);
	return ERR_OK;
}

void address_release(struct address *a)
{
	if (a->dir >= 0)
		close(a->dir);
	a->dir = -1;
}

int address_bind(const struct address *a, int fd)
{
	return bind(fd, (const struct sockaddr *)&a->sun, sizeof(a->sun));
}

int address_connect(const struct address *a, int fd)
{
	return connect(fd, (const struct sockaddr *)&a->sun, sizeof(a->sun));
}
