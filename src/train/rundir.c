#include "rundir.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/plain.h"

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
    "experiment.yaml", "model.cfg",   "labels.txt", "names.data",
    "events.jsonl",    "trainer.log", "lock",       "control.sock",
};

enum err rundir_check_name(const char *name, struct errinfo *e)
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

char *rundir_file(const struct rundir *d, const char *name)
{
	return path_join(d->path, name);
}

/* ERR_STATE when it exists already. */
static enum err make(struct rundir *d, const char *runs, const char *name, struct errinfo *e)
{
	char *path = path_join(runs, name);
	if (mkdir(path, 0777) == 0) {
		d->path = path;
		d->name = xstrdup(name);
		return ERR_OK;
	}
	enum err r = errno == EEXIST
			 ? err_set(e, ERR_STATE, "%s exists already: choose another --name", path)
			 : err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	free(path);
	return r;
}

static enum err make_first_free(struct rundir *d, const char *runs, const char *stem,
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

enum err rundir_sign(struct rundir *d, struct errinfo *e)
{
	if (ftruncate(d->lock_fd, 0) == 0 && dprintf(d->lock_fd, "%d\n", (int)getpid()) > 0)
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

static enum err lock(struct rundir *d, struct errinfo *e)
{
	char *path = rundir_file(d, "lock");
	enum err r = ERR_OK;
	d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (d->lock_fd < 0 || !take_lock(d->lock_fd))
		r = errno == EWOULDBLOCK
			? err_set(e, ERR_STATE, "%s is running; `thaw attach %s` shows it", d->path,
				  d->path)
			: err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	free(path);
	return r;
}

enum err rundir_create(struct rundir *d, const char *runs, const char *name, const char *stem,
		       struct errinfo *e)
{
	*d = (struct rundir){.lock_fd = -1};
	enum err r = rundir_check_name(name ? name : stem, e);
	if (!r)
		r = file_mkdirs(runs, e);
	if (!r)
		r = name ? make(d, runs, name, e) : make_first_free(d, runs, stem, e);
	if (r)
		return r;
	char *checkpoints = rundir_file(d, "checkpoints");
	r = file_mkdirs(checkpoints, e);
	free(checkpoints);
	if (!r)
		r = lock(d, e);
	if (!r)
		r = rundir_sign(d, e);
	if (r)
		rundir_discard(d);
	return r;
}

enum err rundir_open(struct rundir *d, const char *path, struct errinfo *e)
{
	static const char *const needed[] = {"events.jsonl", "experiment.yaml", "model.cfg"};
	char *tidy = xstrdup(path);
	for (size_t n = strlen(tidy); n > 1 && tidy[n - 1] == '/'; n--)
		tidy[n - 1] = '\0';
	char *real = realpath(tidy, NULL);
	*d = (struct rundir){
	    .path = tidy, .name = xstrdup(path_base(real ? real : tidy)), .lock_fd = -1};
	free(real);
	enum err r = ERR_OK;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed) && !r; i++) {
		char *file = rundir_file(d, needed[i]);
		if (!file_exists(file))
			r = err_set(e, ERR_NOT_FOUND, "%s is not a run directory: it has no %s",
				    d->path, needed[i]);
		free(file);
	}
	if (!r)
		r = lock(d, e);
	if (r)
		rundir_release(d);
	return r;
}

void rundir_release(struct rundir *d)
{
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	free(d->path);
	free(d->name);
	*d = (struct rundir){.lock_fd = -1};
}

void rundir_discard(struct rundir *d)
{
	if (!d->path)
		return;
	for (size_t i = 0; i < sizeof(made_files) / sizeof(*made_files); i++) {
		char *path = rundir_file(d, made_files[i]);
		unlink(path);
		free(path);
	}
	char *checkpoints = rundir_file(d, "checkpoints");
	rmdir(checkpoints);
	free(checkpoints);
	rmdir(d->path);
	rundir_release(d);
}

enum err rundir_write(const struct rundir *d, const char *name, const struct strbuf *text,
		      struct errinfo *e)
{
	char *path = rundir_file(d, name);
	enum err r = file_write_atomic(path, text->buf, text->len, e);
	free(path);
	return r;
}

enum err rundir_write_labels(const struct rundir *d, char **classes, size_t n, struct errinfo *e)
{
	struct strbuf sb = STRBUF_INIT;
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&sb, "%s\n", classes[i]);
	enum err r = rundir_write(d, "labels.txt", &sb, e);
	strbuf_reset(&sb);
	strbuf_addf(&sb, "classes=%zu\nnames=labels.txt\ntop=%zu\n", n, n < 5 ? n : 5);
	if (!r)
		r = rundir_write(d, "names.data", &sb, e);
	strbuf_release(&sb);
	return r;
}
