#include "thaw/base/temporary.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* False leaves errno. */
static bool make_in_memory(struct temporary *t, const char *name)
{
	t->fd = memfd_create(name, MFD_CLOEXEC);
	if (t->fd < 0)
		return false;
	t->path = folder_fd_path(t->fd, NULL);
	return t->path != NULL;
}

static bool make_in_folder(struct temporary *t, const char *name)
{
	const char *dir = getenv("TMPDIR");
	char *folder = xasprintf("%s/%s-XXXXXX", dir && *dir ? dir : P_tmpdir, name);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	bool made = mkdtemp(folder) != NULL;
	t->path = path_join(folder, name);
	if (!made) {
		free(folder);
		return false;
	}
	t->folder = folder;
	t->fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return t->fd >= 0;
}

enum err temporary_make(struct temporary *t, const char *name, const void *data, size_t len,
			struct errinfo *e)
{
	*t = (struct temporary){.fd = -1};
	if ((make_in_memory(t, name) || make_in_folder(t, name)) &&
	    sys_write_all(t->fd, data, len) == len)
		return ERR_OK;
	enum err r = err_set(e, ERR_IO, "%s: %s", t->path, strerror(errno));
	temporary_remove(t);
	return r;
}

void temporary_remove(struct temporary *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->folder) {
		unlink(t->path);
		rmdir(t->folder);
	}
	free(t->folder);
	free(t->path);
	*t = (struct temporary){.fd = -1};
}
