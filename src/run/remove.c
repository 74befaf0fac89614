#include "thaw/run/remove.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEEPEST 16 /* a run is two folders deep */

struct removal {
	dev_t device;
	int64_t freed;
	struct errinfo *e;
};

static bool is_last(const char *name)
{
	return strcmp(name, RUN_LOG) == 0 || strcmp(name, RUN_LOCK) == 0;
}

static enum err failed(const struct removal *r, const char *name, int error)
{
	return err_set(r->e, ERR_IO, "%s: %s; the rest of the run is still there", name,
		       strerror(error));
}

static enum err remove_within(struct removal *r, int dir, int depth);

static enum err remove_folder(struct removal *r, int dir, const char *name, const struct stat *st,
			      int depth)
{
	if (st->st_dev != r->device || depth >= DEEPEST)
		return err_set(r->e, ERR_STATE,
			       depth >= DEEPEST
				   ? "%s: folders within folders; this is no run of ours"
				   : "%s: another file system is mounted there",
			       name);
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum err err = fd < 0 ? failed(r, name, errno) : remove_within(r, fd, depth + 1);
	if (!err && unlinkat(dir, name, AT_REMOVEDIR) != 0)
		err = failed(r, name, errno);
	return err;
}

static enum err remove_one(struct removal *r, int dir, const char *name, int depth)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? ERR_OK : failed(r, name, errno);
	if (S_ISDIR(st.st_mode))
		return remove_folder(r, dir, name, &st, depth);
	if (unlinkat(dir, name, 0) != 0)
		return failed(r, name, errno);
	r->freed += st.st_nlink == 1 ? (int64_t)st.st_blocks * 512 : 0;
	return ERR_OK;
}

/* All but what goes last from the run's own directory. Closes `dir`. */
static enum err remove_within(struct removal *r, int dir, int depth)
{
	DIR *d = fdopendir(dir);
	enum err err = ERR_OK;
	if (!d) {
		close(dir);
		return failed(r, "a folder", errno);
	}
	for (struct dirent *entry; !err && (entry = readdir(d));) {
		const char *name = entry->d_name;
		bool self = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
		if (!self && (depth > 0 || !is_last(name)))
			err = remove_one(r, dir, name, depth);
	}
	closedir(d);
	return err;
}

static enum err remove_held(struct removal *r, const struct folder *run)
{
	struct stat st;
	int fd = openat(run->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		enum err why = failed(r, run->path, errno);
		if (fd >= 0)
			close(fd);
		return why;
	}
	r->device = st.st_dev;
	enum err err = remove_within(r, fd, 0);
	if (!err)
		err = remove_one(r, run->fd, RUN_LOG, 0);
	return err ? err : remove_one(r, run->fd, RUN_LOCK, 0);
}

/* It may be removed, and *lock is held. */
static enum err hold(const struct folder *run, int *lock, struct errinfo *e)
{
	if (!folder_holds(run, RUN_LOG))
		return err_set(e, ERR_NOT_FOUND, "%s holds no " RUN_LOG ", so it is no run",
			       run->path);
	enum err err = folder_check_owner(run, NULL, e);
	if (!err)
		err = folder_file(run, RUN_LOCK, FOLDER_LOCK, lock, e);
	if (!err && flock(*lock, LOCK_EX | LOCK_NB) != 0)
		err = err_set(e, ERR_STATE, "%s is at work: stop it first", run->path);
	return err;
}

/* The folder that a path lies in, and the run in it, by its own name. */
static enum err open_both(const char *path, struct folder *in, struct folder *run,
			  struct errinfo *e)
{
	char *dir = path_dir(path);
	const char *name = path_base(path);
	enum err err = folder_open(in, dir, e);
	if (!err && (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0))
		err = err_set(e, ERR_NOT_FOUND, "%s is no name of a run", path);
	if (!err && file_is_link(path))
		err = err_set(e, ERR_STATE, "%s is a link: delete the run where it is", path);
	if (!err)
		err = folder_sub(run, in, name, false, e);
	free(dir);
	return err;
}

enum err run_remove(const char *path, int64_t *freed, struct errinfo *e)
{
	struct folder in = FOLDER_INIT, run = FOLDER_INIT;
	struct removal r = {.e = e};
	int lock = -1;
	enum err err = open_both(path, &in, &run, e);
	if (!err)
		err = hold(&run, &lock, e);
	if (!err)
		err = remove_held(&r, &run);
	if (!err && unlinkat(in.fd, path_base(path), AT_REMOVEDIR) != 0)
		err = failed(&r, path, errno);
	if (lock >= 0)
		close(lock);
	folder_close(&run);
	folder_close(&in);
	*freed = r.freed;
	return err;
}
