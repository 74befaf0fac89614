#include "thaw/draw/album.h"

#include "manifest.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/draw/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const set_names[] = {"train", "valid"};

struct work {
	const struct album *album;
	pthread_mutex_t lock; /* of what follows */
	int next, done, total;
	enum err code; /* of the first that failed; ends the work */
	struct errinfo *e;
};

/* Where picture `i` of a set stands: kinds take turns, so that each gets its share. */
static char *picture_path(const struct album *a, int set, int i)
{
	int n = picture_n_kinds();
	const char *kind = picture_kind_name(i % n);
	return xasprintf("%s/%s/%s/%s-%04d.jpg", a->out, set_names[set], kind, kind, i / n);
}

/* Not flushed to the disk one by one: the manifest vouches for all of them. */
static enum err write_file(const char *path, const struct strbuf *data, struct errinfo *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	size_t done = 0;
	bool ok = fd >= 0;
	while (ok && done < data->len) {
		ssize_t n = write(fd, data->buf + done, data->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		ok = n > 0;
		done += ok ? (size_t)n : 0;
	}
	int saved = errno;
	if (fd >= 0 && close(fd) != 0 && ok) {
		ok = false;
		saved = errno;
	}
	if (ok)
		return ERR_OK;
	if (fd >= 0)
		unlink(path);
	return err_set(e, ERR_IO, "cannot write %s: %s%s", path, strerror(saved),
		       saved == ENOSPC ? "; make room or choose another folder with --out" : "");
}

static enum err draw_one(const struct album *a, int i, struct errinfo *e)
{
	int set = i >= a->n_train, n = picture_n_kinds();
	int in_set = set ? i - a->n_train : i;
	struct picture_request r = {.kind = in_set % n,
				    .size = a->size,
				    .seed = a->seed,
				    .set = set,
				    .number = in_set / n,
				    .knobs = a->knobs};
	struct strbuf jpeg = STRBUF_INIT;
	char *path = picture_path(a, set, in_set);
	enum err code = picture_draw(&jpeg, &r, e);
	if (!code)
		code = write_file(path, &jpeg, e);
	free(path);
	strbuf_release(&jpeg);
	return code;
}

static void *draw_some(void *arg)
{
	struct work *w = arg;
	pthread_mutex_lock(&w->lock);
	while (!w->code && w->next < w->total) {
		int i = w->next++;
		struct errinfo e;
		pthread_mutex_unlock(&w->lock);
		enum err code = draw_one(w->album, i, &e);
		pthread_mutex_lock(&w->lock);
		if (code && !w->code) {
			w->code = code;
			if (w->e)
				*w->e = e;
		}
		w->done++;
		if (!code && w->album->progress)
			w->album->progress(w->done, w->total);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static enum err draw_all(const struct album *a, struct errinfo *e)
{
	struct work w = {.album = a, .total = a->n_train + a->n_valid, .e = e};
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN), n = a->threads > 0 ? a->threads : cores;
	pthread_t *threads = xcalloc((size_t)(n > 1 ? n : 1), sizeof(*threads));
	int started = 0;
	pthread_mutex_init(&w.lock, NULL);
	while (started < n - 1 && pthread_create(&threads[started], NULL, draw_some, &w) == 0)
		started++;
	draw_some(&w);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_destroy(&w.lock);
	free(threads);
	return w.code;
}

static enum err make_folders(const struct album *a, struct errinfo *e)
{
	const int n_of[] = {a->n_train, a->n_valid};
	enum err r = file_mkdirs(a->out, e);
	for (int set = 0; set < 2 && !r; set++)
		for (int kind = 0; kind < picture_n_kinds() && n_of[set] && !r; kind++) {
			char *path =
			    xasprintf("%s/%s/%s", a->out, set_names[set], picture_kind_name(kind));
			r = file_mkdirs(path, e);
			free(path);
		}
	return r;
}

/* Visit the pictures a folder was to hold; false as soon as `visit` says so. */
static bool each_picture(const struct album *a, const struct folder *f, bool (*visit)(const char *))
{
	const int n_of[] = {f->n_train, f->n_valid};
	bool go_on = true;
	for (int set = 0; set < 2; set++)
		for (int i = 0; i < n_of[set] && go_on; i++) {
			char *path = picture_path(a, set, i);
			go_on = visit(path);
			free(path);
		}
	return go_on;
}

static bool is_there(const char *path)
{
	return file_size(path) > 0;
}

static bool take_away(const char *path)
{
	unlink(path);
	return true;
}

enum err album_draw(const struct album *a, int *drawn, struct errinfo *e)
{
	struct folder f;
	*drawn = 0;
	enum err r = manifest_look(a, &f, e);
	if (r)
		return r;
	if (f.state == FOLDER_FOREIGN)
		return err_set(
		    e, ERR_STATE,
		    "%s holds files that thaw-flowers did not draw (it has no %s): choose "
		    "another folder with --out, or remove it",
		    a->out, ALBUM_MANIFEST);
	if (f.same && each_picture(a, &f, is_there))
		return ERR_OK;
	if ((r = make_folders(a, e)) != ERR_OK || (r = manifest_write(a, false, e)) != ERR_OK)
		return r;
	each_picture(a, &f, take_away);
	if ((r = draw_all(a, e)) != ERR_OK)
		return r;
	*drawn = a->n_train + a->n_valid;
	return manifest_write(a, true, e);
}
