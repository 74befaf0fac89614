#include "thaw/base/folder.h"
#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	int flags;
	bool write; /* into what may be there */
} uses[FOLDER_USE_N] = {
    [FOLDER_READ] = {O_RDONLY, false},
    [FOLDER_APPEND] = {O_WRONLY | O_APPEND, true},
    [FOLDER_LOG] = {O_WRONLY | O_APPEND | O_CREAT, true},
    [FOLDER_NEW] = {O_WRONLY | O_CREAT | O_EXCL, true},
    [FOLDER_LOCK] = {O_RDWR | O_CREAT, true},
};

/* ---- the folder ---- */

static enum err take(struct folder *f, int fd, char *path, struct errinfo *e)
{
	*f = (struct folder){fd, path};
	if (fd >= 0)
		return ERR_OK;
	enum err r = err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
			     errno == ELOOP	? "a link, which is not followed; put the folder "
						  "itself in its place"
			     : errno == ENOTDIR ? "not a folder; move it away"
						: strerror(errno));
	folder_close(f);
	return r;
}

static bool is_link(const struct folder *f, const char *name)
{
	struct stat st;
	return fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

enum err folder_open(struct folder *f, const char *path, struct errinfo *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return take(f, fd, xstrdup(path), e);
}

enum err folder_sub(struct folder *out, const struct folder *f, const char *name, bool make,
		    struct errinfo *e)
{
	int fd = -1;
	if (!make || mkdirat(f->fd, name, 0777) == 0 || errno == EEXIST)
		fd = openat(f->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOTDIR) /* what a link is told with O_DIRECTORY */
		errno = is_link(f, name) ? ELOOP : ENOTDIR;
	return take(out, fd, folder_path(f, name), e);
}

enum err folder_copy(struct folder *out, const struct folder *f, struct errinfo *e)
{
	*out = (struct folder)FOLDER_INIT;
	if (f->fd < 0)
		return ERR_OK;
	return take(out, fcntl(f->fd, F_DUPFD_CLOEXEC, 0), xstrdup(f->path), e);
}

void folder_close(struct folder *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	*f = (struct folder)FOLDER_INIT;
}

char *folder_path(const struct folder *f, const char *name)
{
	return path_join(f->path, name);
}

static enum err refuse(const struct folder *f, const char *name, enum err code, const char *why,
		       struct errinfo *e)
{
	char *path = folder_path(f, name);
	enum err r = err_set(e, code, "%s: %s", path, why);
	free(path);
	return r;
}

static enum err failed(const struct folder *f, const char *name, int error, struct errinfo *e)
{
	return refuse(f, name, error == ENOENT ? ERR_NOT_FOUND : ERR_IO, strerror(error), e);
}

/* ---- opening ---- */

static bool is_plain(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* What keeps an open file from being used so; NULL: nothing. */
static const char *objection(int fd, bool write)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file; move it away";
	if (write && st.st_uid != geteuid())
		return "belongs to another user, so nothing is written into it";
	if (write && st.st_nlink > 1)
		return "has a second name (a hard link), and writing would change that too; put a "
		       "copy in its place";
	return NULL;
}

/* Links, pipes without a reader and sockets fail at open() already. */
static enum err not_opened(const struct folder *f, const char *name, int error, struct errinfo *e)
{
	if (error == ELOOP)
		return refuse(f, name, ERR_FORMAT,
			      "a link, which is not followed; put the file "
			      "itself in its place",
			      e);
	if (error == ENXIO || error == EISDIR)
		return refuse(f, name, ERR_FORMAT, "not a regular file; move it away", e);
	if (error == EEXIST)
		return refuse(f, name, ERR_STATE, "exists already", e);
	return failed(f, name, error, e);
}

static bool is_strange(const struct folder *f, const char *name)
{
	struct stat st;
	return fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode) &&
	       !S_ISLNK(st.st_mode);
}

enum err folder_file(const struct folder *f, const char *name, enum folder_use use, int *fd,
		     struct errinfo *e)
{
	const int always = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	*fd = -1;
	if (!is_plain(name))
		return refuse(f, name, ERR_VALUE, "not a plain file name", e);
	if (is_strange(f, name)) /* opening a device may do something to it */
		return refuse(f, name, ERR_FORMAT, "not a regular file; move it away", e);
	int got = uses[use].write ? sys.openat(f->fd, name, uses[use].flags | always, 0666)
				  : openat(f->fd, name, uses[use].flags | always);
	if (got < 0)
		return not_opened(f, name, errno, e);
	const char *why = objection(got, uses[use].write);
	if (why) {
		close(got);
		return refuse(f, name, ERR_FORMAT, why, e);
	}
	*fd = got;
	return ERR_OK;
}

enum err folder_read_file(const struct folder *f, const char *name, int *fd, struct errinfo *e)
{
	return f ? folder_file(f, name, FOLDER_READ, fd, e) : file_open(name, fd, e);
}

int folder_scratch(const struct folder *f)
{
	return openat(f->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

char *folder_fd_path(int fd, const char *otherwise)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return xstrdup(access(path, F_OK) == 0 ? path : otherwise);
}

bool folder_holds(const struct folder *f, const char *name)
{
	struct stat st;
	return is_plain(name) && fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool look(const struct folder *f, const char *name, struct stat *st)
{
	return is_plain(name) && fstatat(f->fd, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st->st_mode);
}

bool folder_has(const struct folder *f, const char *name)
{
	struct stat st;
	return look(f, name, &st);
}

int64_t folder_size(const struct folder *f, const char *name)
{
	struct stat st;
	return look(f, name, &st) ? (int64_t)st.st_size : -1;
}

static int64_t ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool folder_stamp(const struct folder *f, const char *name, struct folder_stamp *stamp)
{
	struct stat st;
	if (!look(f, name, &st))
		return false;
	*stamp =
	    (struct folder_stamp){(int64_t)st.st_ino, st.st_size, ns(st.st_mtim), ns(st.st_ctim)};
	return true;
}

bool folder_stamp_same(const struct folder_stamp *a, const struct folder_stamp *b)
{
	return a->inode == b->inode && a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns;
}

bool folder_locked(const struct folder *f, const char *name)
{
	int fd;
	if (folder_file(f, name, FOLDER_READ, &fd, NULL))
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

enum err folder_check_owner(const struct folder *f, const char *name, struct errinfo *e)
{
	struct stat st;
	int got = name ? fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) : fstat(f->fd, &st);
	if (got != 0 || st.st_uid == geteuid())
		return ERR_OK;
	return name ? refuse(f, name, ERR_STATE, "belongs to another user; put a copy in its place",
			     e)
		    : err_set(e, ERR_STATE, "%s: belongs to another user; copy it first", f->path);
}

enum err folder_read(const struct folder *f, const char *name, size_t max, struct strbuf *out,
		     struct errinfo *e)
{
	int fd;
	enum err r = folder_file(f, name, FOLDER_READ, &fd, e);
	if (r)
		return r;
	if (!file_read_fd(fd, max, out))
		r = failed(f, name, errno, e);
	close(fd);
	return r;
}

/* ---- replacing ---- */

/* NAME.tmp with these bytes, on the disk; false leaves none, and errno. */
static bool write_tmp(const struct folder *f, const char *tmp, const void *data, size_t len)
{
	sys.unlinkat(f->fd, tmp); /* what a killed process has left */
	int fd = sys.openat(f->fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return false;
	bool ok = sys_write_all(fd, data, len) == len && sys.fsync(fd) == 0;
	int saved = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		saved = errno;
	}
	if (!ok)
		sys.unlinkat(f->fd, tmp);
	errno = saved;
	return ok;
}

/* Some file systems know no such thing. */
static bool keep_names(const struct folder *f)
{
	return sys.fsync(f->fd) == 0 || errno == EINVAL || errno == EROFS;
}

/* Take the name, and keep that; false leaves no `tmp`, and errno. */
static bool publish(const struct folder *f, const char *tmp, const char *name)
{
	if (sys.renameat(f->fd, tmp, f->fd, name) == 0 && keep_names(f))
		return true;
	int saved = errno;
	sys.unlinkat(f->fd, tmp);
	errno = saved;
	return false;
}

enum err folder_replace(const struct folder *f, const char *name, const void *data, size_t len,
			struct errinfo *e)
{
	char *tmp = xasprintf("%s.tmp", name);
	bool ok = write_tmp(f, tmp, data, len) && publish(f, tmp, name);
	int saved = errno;
	free(tmp);
	return ok ? ERR_OK : failed(f, name, saved, e);
}

static enum err copy(const struct folder *from_folder, const char *from,
		     const struct folder *to_folder, const char *to, struct errinfo *e)
{
	struct strbuf all = STRBUF_INIT;
	enum err r = folder_read(from_folder, from, SIZE_MAX, &all, e);
	if (!r)
		r = folder_replace(to_folder, to, all.buf, all.len, e);
	strbuf_release(&all);
	return r;
}

enum err folder_link(const struct folder *from_folder, const char *from,
		     const struct folder *to_folder, const char *to, struct errinfo *e)
{
	char *tmp = xasprintf("%s.tmp", to);
	sys.unlinkat(to_folder->fd, tmp);
	bool ok = sys.linkat(from_folder->fd, from, to_folder->fd, tmp) == 0 &&
		  publish(to_folder, tmp, to);
	sys.unlinkat(to_folder->fd, tmp); /* rename() leaves it when both are one file already */
	free(tmp);
	return ok ? ERR_OK : copy(from_folder, from, to_folder, to, e);
}

enum err folder_rename(const struct folder *f, const char *from, const char *to, struct errinfo *e)
{
	bool ok = sys.renameat(f->fd, from, f->fd, to) == 0 && keep_names(f);
	return ok ? ERR_OK : failed(f, to, errno, e);
}

enum err folder_remove(const struct folder *f, const char *name, struct errinfo *e)
{
	bool ok = sys.unlinkat(f->fd, name) == 0 || errno == ENOENT;
	return ok ? ERR_OK : failed(f, name, errno, e);
}
