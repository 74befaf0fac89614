#include "thaw/run/run_dir.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/plain.h"
#include "thaw/base/run_files.h"
#include "thaw/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNS_MAX 100000
#define LOCK_MS 500

static const char *const made_files[] = {
    RUN_EXPERIMENT, RUN_CFG,         RUN_LABELS, RUN_NAMES_DATA,
    RUN_LOG,        RUN_TRAINER_LOG, RUN_LOCK,   RUN_SOCKET,
    RUN_AGAIN,      RUN_LAST,        RUN_STATE,  RUN_BEST,
    RUN_BEST_STATE,
};

/* What is written as NAME.tmp first. */
static const char *const replaced[] = {
    RUN_EXPERIMENT, RUN_CFG,  RUN_LABELS, RUN_NAMES_DATA, RUN_NEXT,
    RUN_NEXT_STATE, RUN_LAST, RUN_BEST,   RUN_STATE,
    RUN_BEST_STATE, RUN_PREVIOUS, RUN_PREVIOUS_STATE, RUN_AGAIN,
};

enum err run_dir_check_name(const char *name, struct errinfo *e)
{
	if (!name_is_clean(name))
		return err_set(e, ERR_VALUE,
			       "'%s' cannot name a run: use a plain name like flowers-1, without "
			       "control characters, in UTF-8",
			       name);
	if (*name == '.' || strchr(name, '/') || strlen(name) > NAME_MAX - 16)
		return err_set(e, ERR_VALUE,
			       "'%s' cannot name a run: use a plain name like flowers-1, without a "
			       "slash or a leading dot",
			       name);
	return ERR_OK;
}

char *run_dir_file(const struct run_dir *d, const char *name)
{
	return path_join(d->path, name);
}

/* ERR_STATE when it exists already. */
static enum err make(struct run_dir *d, const struct folder *runs, const char *name,
		     struct errinfo *e)
{
	if (mkdirat(runs->fd, name, 0777) == 0) {
		enum err r = folder_sub(&d->folder, runs, name, false, e);
		d->path = d->folder.path;
		d->name = xstrdup(name);
		return r;
	}
	char *path = folder_path(runs, name);
	enum err r = errno == EEXIST
			 ? err_set(e, ERR_STATE, "%s exists already: choose another --name", path)
			 : err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	free(path);
	return r;
}

static enum err make_first_free(struct run_dir *d, const struct folder *runs, const char *stem,
				struct errinfo *e)
{
	enum err r = ERR_STATE;
	for (int i = 1; r == ERR_STATE && i < RUNS_MAX; i++) {
		char *name = xasprintf("%s-%d", stem, i);
		r = make(d, runs, name, e);
		free(name);
	}
	return r;
}

enum err run_dir_sign(struct run_dir *d, struct errinfo *e)
{
	char pid[16];
	size_t n = (size_t)snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (sys.ftruncate(d->lock_fd, 0) == 0 && lseek(d->lock_fd, 0, SEEK_SET) == 0 &&
	    sys_write_all(d->lock_fd, pid, n) == n)
		return ERR_OK;
	return err_set(e, ERR_IO, "%s/lock: %s", d->path, strerror(errno));
}

/* A viewer that looks whether the run is alive holds the lock for a moment. */
static bool take_lock(int fd)
{
	int64_t deadline = clock_ms() + LOCK_MS;
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK || clock_ms() >= deadline)
			return false;
		poll(NULL, 0, 10);
	}
	return true;
}

static enum err lock(struct run_dir *d, struct errinfo *e)
{
	struct stat st;
	d->linked = fstat(d->folder.fd, &st) == 0 && st.st_nlink > 0;
	enum err r = folder_file(&d->folder, RUN_LOCK, FOLDER_LOCK, &d->lock_fd, e);
	if (r || take_lock(d->lock_fd))
		return r;
	return errno == EWOULDBLOCK
		   ? err_set(e, ERR_STATE, "%s is running; `thaw attach %s` shows it", d->path,
			     d->path)
		   : err_set(e, ERR_IO, "%s/lock: %s", d->path, strerror(errno));
}

static enum err have_checkpoints(struct run_dir *d, bool make_it, struct errinfo *e)
{
	struct folder sub;
	enum err r = folder_sub(&sub, &d->folder, RUN_CHECKPOINTS, make_it, e);
	folder_close(&sub);
	return r == ERR_NOT_FOUND ? ERR_OK : r;
}

enum err run_dir_create(struct run_dir *d, const char *runs, const char *name, const char *stem,
			struct errinfo *e)
{
	struct folder in = FOLDER_INIT;
	*d = (struct run_dir)RUN_DIR_INIT;
	enum err r = run_dir_check_name(name ? name : stem, e);
	if (!r)
		r = file_mkdirs(runs, e);
	if (!r)
		r = folder_open(&in, runs, e);
	if (!r)
		r = name ? make(d, &in, name, e) : make_first_free(d, &in, stem, e);
	if (!r)
		r = have_checkpoints(d, true, e);
	if (!r)
		sys.fsync(in.fd); /* or its name goes with the power, whatever is in it */
	folder_close(&in);
	if (!r)
		r = lock(d, e);
	if (!r)
		r = run_dir_sign(d, e);
	if (r)
		run_dir_discard(d);
	return r;
}

/* "." has no name of its own. */
static char *last_name(const char *path)
{
	char *real = realpath(path, NULL);
	char *name = xstrdup(path_base(real ? real : path));
	free(real);
	return name;
}

/* ---- what a killed trainer has left ---- */

static size_t digits(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	return n;
}

static bool is_replaced(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(replaced) / sizeof(*replaced); i++)
		if (strlen(replaced[i]) == len && memcmp(replaced[i], name, len) == 0)
			return true;
	return false;
}

/* epoch-NNNN.weights, epoch-NNNN.state */
static bool is_kept(const char *name, size_t len)
{
	static const char begins[] = "epoch-";
	const size_t at = sizeof(begins) - 1;
	if (len <= at || memcmp(name, begins, at) != 0)
		return false;
	size_t n = digits(name + at, len - at), rest = len - at - n;
	const char *end = name + at + n;
	return n >= 4 && ((rest == 8 && memcmp(end, ".weights", rest) == 0) ||
			  (rest == 6 && memcmp(end, ".state", rest) == 0));
}

/* NAME.tmp of a name that is written so; older versions of thaw called it NAME.PID.tmp. */
static bool is_temporary(const char *name, bool (*known)(const char *name, size_t len))
{
	size_t len = strlen(name);
	if (len < 5 || strcmp(name + len - 4, ".tmp") != 0)
		return false;
	len -= 4;
	size_t pid = 0;
	while (pid < len && digits(name + len - pid - 1, 1))
		pid++;
	return known(name, len) ||
	       (pid && len > pid && name[len - pid - 1] == '.' && known(name, len - pid - 1));
}

static void sweep_folder(const struct folder *f, bool (*known)(const char *name, size_t len))
{
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	while (dir && (d = readdir(dir)))
		if (is_temporary(d->d_name, known))
			folder_remove(f, d->d_name, NULL);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

static void sweep(struct run_dir *d)
{
	struct folder kept;
	sweep_folder(&d->folder, is_replaced);
	if (!folder_sub(&kept, &d->folder, RUN_CHECKPOINTS, false, NULL))
		sweep_folder(&kept, is_kept);
	folder_close(&kept);
}

/* ---- */

static enum err check_files(struct run_dir *d, struct errinfo *e)
{
	static const char *const needed[] = {RUN_LOG, RUN_EXPERIMENT, RUN_CFG};
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!folder_holds(&d->folder, needed[i]))
			return err_set(e, ERR_NOT_FOUND, "%s is not a run directory: it has no %s",
				       d->path, needed[i]);
	return have_checkpoints(d, false, e);
}

enum err run_dir_open(struct run_dir *d, const char *path, struct errinfo *e)
{
	char *tidy = xstrdup(path);
	for (size_t n = strlen(tidy); n > 1 && tidy[n - 1] == '/'; n--)
		tidy[n - 1] = '\0';
	*d = (struct run_dir)RUN_DIR_INIT;
	enum err r = folder_open(&d->folder, tidy, e);
	if (r)
		err_set(e, r = ERR_NOT_FOUND, "%s is not a run directory: it has no " RUN_LOG,
			tidy);
	d->path = d->folder.path;
	d->name = last_name(tidy);
	free(tidy);
	if (!r)
		r = check_files(d, e);
	if (!r)
		r = lock(d, e);
	if (r)
		run_dir_release(d);
	else
		sweep(d);
	return r;
}

bool run_dir_removed(const struct run_dir *d)
{
	struct stat st;
	return d->linked && fstat(d->folder.fd, &st) == 0 && st.st_nlink == 0;
}

void run_dir_release(struct run_dir *d)
{
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	folder_close(&d->folder);
	free(d->name);
	*d = (struct run_dir)RUN_DIR_INIT;
}

void run_dir_discard(struct run_dir *d)
{
	if (d->folder.fd < 0)
		return;
	for (size_t i = 0; i < sizeof(made_files) / sizeof(*made_files); i++)
		folder_remove(&d->folder, made_files[i], NULL);
	unlinkat(d->folder.fd, RUN_CHECKPOINTS, AT_REMOVEDIR);
	rmdir(d->path);
	run_dir_release(d);
}

enum err run_dir_write(const struct run_dir *d, const char *name, const struct strbuf *text,
		       struct errinfo *e)
{
	return folder_replace(&d->folder, name, text->buf, text->len, e);
}

enum err run_dir_write_labels(const struct run_dir *d, char **classes, size_t n, struct errinfo *e)
{
	struct strbuf sb = STRBUF_INIT;
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&sb, "%s\n", classes[i]);
	enum err r = run_dir_write(d, RUN_LABELS, &sb, e);
	strbuf_reset(&sb);
	strbuf_addf(&sb, "classes=%zu\nnames=" RUN_LABELS "\ntop=%zu\n", n, n < 5 ? n : 5);
	if (!r)
		r = run_dir_write(d, RUN_NAMES_DATA, &sb, e);
	strbuf_release(&sb);
	return r;
}
