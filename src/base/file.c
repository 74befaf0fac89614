#include "thaw/base/file.h"
#include "thaw/base/alloc.h"
#include "thaw/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err file_read(const char *path, struct strbuf *out, struct errinfo *e)
{
	return file_read_max(path, SIZE_MAX, out, e);
}

bool file_read_fd(int fd, size_t max, struct strbuf *out)
{
	char chunk[65536];
	ssize_t n = 1;
	while (max && n) {
		n = read(fd, chunk, max < sizeof(chunk) ? max : sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		strbuf_add(out, chunk, (size_t)n);
		max -= (size_t)n;
	}
	return true;
}

enum err file_open(const char *path, int *fd, struct errinfo *e)
{
	struct stat st;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 && errno != ENXIO)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
			       strerror(errno));
	if (*fd >= 0 && fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return ERR_OK;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return err_set(e, ERR_FORMAT, "%s: not a regular file", path);
}

enum err file_read_max(const char *path, size_t max, struct strbuf *out, struct errinfo *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
			       strerror(errno));
	bool ok = file_read_fd(fd, max, out);
	int saved = errno;
	close(fd);
	return ok ? ERR_OK : err_set(e, ERR_IO, "%s: %s", path, strerror(saved));
}

#define NUMBERS_MAX 65536 /* bytes of a file of numbers */

bool file_number(const char *path, const char *key, uint64_t *out)
{
	struct strbuf text = STRBUF_INIT;
	size_t len = strlen(key);
	bool found = false;
	file_read_max(path, NUMBERS_MAX, &text, NULL);
	for (const char *line = text.buf; line && *line && !found;) {
		if (strncmp(line, key, len) == 0)
			found = sscanf(line + len, "%" SCNu64, out) == 1;
		line = strchr(line, '\n');
		line += line != NULL;
	}
	strbuf_release(&text);
	return found;
}

static void sync_dir(const char *path)
{
	char *dir = path_dir(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(dir);
}

static enum err write_beside(const char *path, const void *data, size_t len, mode_t mode,
			     struct errinfo *e)
{
	enum err r = ERR_OK;
	char *tmp = xasprintf("%s.%d.tmp", path, (int)getpid());
	unlink(tmp); /* of a process that had this number before */
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0) {
		r = err_set(e, ERR_IO, "%s: %s", tmp, strerror(errno));
		goto out;
	}
	bool ok = sys_write_all(fd, data, len) == len && sys.fsync(fd) == 0;
	int saved = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		saved = errno;
	}
	if (ok && rename(tmp, path) != 0) {
		ok = false;
		saved = errno;
	}
	if (!ok) {
		unlink(tmp);
		r = err_set(e, ERR_IO, "%s: %s", path, strerror(saved));
		goto out;
	}
	sync_dir(path);
out:
	free(tmp);
	return r;
}

enum err file_write_atomic(const char *path, const void *data, size_t len, struct errinfo *e)
{
	return write_beside(path, data, len, 0666, e);
}

enum err file_write_private(const char *path, const void *data, size_t len, struct errinfo *e)
{
	return write_beside(path, data, len, 0600, e);
}

enum err file_rename(const char *from, const char *to, struct errinfo *e)
{
	if (rename(from, to) != 0)
		return err_set(e, ERR_IO, "%s: %s", to, strerror(errno));
	sync_dir(to);
	return ERR_OK;
}

enum err file_mkdirs(const char *path, struct errinfo *e)
{
	if (!*path)
		return err_set(e, ERR_IO, "an empty path cannot be made a directory");
	char *copy = xstrdup(path);
	enum err r = ERR_OK;
	for (char *p = copy + 1;; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		char c = *p;
		*p = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
			r = err_set(e, ERR_IO, "%s: %s", copy, strerror(errno));
			break;
		}
		*p = c;
		if (!c)
			break;
	}
	if (!r && !file_is_dir(path))
		r = err_set(e, ERR_IO, "%s: not a directory", path);
	free(copy);
	return r;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool file_is_dir(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool file_is_link(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

int64_t file_size(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

char *path_join(const char *dir, const char *name)
{
	if (name[0] == '/' || !dir || !*dir)
		return xstrdup(name);
	size_t n = strlen(dir);
	return xasprintf("%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

const char *path_tail(const char *path, int parts)
{
	const char *tail = path ? path + strlen(path) : "";
	while (path && tail > path && (tail[-1] != '/' || --parts > 0))
		tail--;
	return tail;
}

char *path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

char *path_home(const char *path, struct errinfo *e)
{
	const char *home = getenv("HOME"), *slash = strchr(path, '/');
	bool mine = strcmp(path, "~") == 0 || strncmp(path, "~/", 2) == 0;
	if (mine && home && home[0] == '/')
		return xasprintf("%s%s", strcmp(home, "/") == 0 ? "" : home, path + 1);
	if (mine)
		err_set(e, ERR_VALUE, "~ stands for HOME, which is not set; write the whole path");
	else if (path[0] == '~' && slash && !file_exists(path))
		err_set(e, ERR_VALUE,
			"%.*s is not looked up, only ~/ is; write that folder's whole path",
			(int)(slash - path), path);
	else
		return xstrdup(path);
	return NULL;
}
