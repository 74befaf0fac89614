#include "thaw/import/import.h"

#include "importer.h"
#include "sink_frame.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/folder.h"
#include "thaw/base/nearest.h"
#include "thaw/base/strbuf.h"
#include "thaw/event/log_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIVE_MS (3 * 60 * 1000) /* a log that has changed since may go on */
#define NAMES_MOST 100000       /* of a folder */
#define AGAIN_MOST 3            /* times that a log is read once more for the unit of something */

/* The formats, the first that recognises a log first. */
static const struct importer *const importers[] = {
    &import_lightning, &import_timm,      &import_ultralytics,  &import_yolo_txt,
    &import_tensorboard, &import_wandb, &import_mlflow, &import_fastai,    &import_dvclive,   &import_hf_trainer,   &import_keras_history,
    &import_darknet,   &import_keras_csv, &import_csv,
};
#define N_IMPORTERS (sizeof(importers) / sizeof(*importers))

struct import {
	const struct importer *of;
	void *reader;
	struct sink *sink;
	char *path;   /* as it was named */
	char *source; /* what the importer opens: a file inside, where a folder was named */
	char *columns;
	char *name;
	int fd; /* the event log */
	char *log;
	bool follow, published;
	struct import_stamp stamp; /* as it was read last */
};

const struct import_format *import_format_at(size_t i)
{
	return i < N_IMPORTERS ? &importers[i]->format : NULL;
}

/* ---- recognising ---- */

struct looked { /* a head that owns what it points to */
	struct import_head head;
	struct strbuf bytes;
};

static void head_release(struct looked *l)
{
	for (size_t i = 0; i < l->head.n_names; i++)
		free(l->head.names[i]);
	free(l->head.names);
	strbuf_release(&l->bytes);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err read_names(struct import_head *h, struct errinfo *e)
{
	DIR *dir = opendir(h->path);
	size_t cap = 0;
	if (!dir)
		return err_set(e, ERR_IO, "%s: %s", h->path, strerror(errno));
	for (struct dirent *d; h->n_names < NAMES_MOST && (d = readdir(dir));) {
		if (d->d_name[0] == '.')
			continue;
		ALLOC_GROW(h->names, h->n_names + 1, cap);
		h->names[h->n_names++] = xstrdup(d->d_name);
	}
	closedir(dir);
	if (h->n_names)
		qsort(h->names, h->n_names, sizeof(*h->names), by_name);
	return ERR_OK;
}

static enum err read_bytes(struct looked *l, struct errinfo *e)
{
	int fd;
	enum err r = file_open(l->head.path, &fd, e);
	if (r)
		return r;
	if (!file_read_fd(fd, IMPORT_HEAD_MAX, &l->bytes))
		r = err_set(e, ERR_IO, "%s: %s", l->head.path, strerror(errno));
	close(fd);
	l->head.bytes = l->bytes.buf;
	l->head.n = l->bytes.len;
	return r;
}

/* Release it also on error. */
static enum err look(struct looked *l, const char *path, struct errinfo *e)
{
	*l = (struct looked){.head = {.path = path, .folder = file_is_dir(path), .bytes = ""},
			     .bytes = STRBUF_INIT};
	return l->head.folder ? read_names(&l->head, e) : read_bytes(l, e);
}

struct found {
	const struct importer *of; /* NULL: none */
	char *source;              /* owned */
	const char *refused;       /* why what looks like one is none; NULL */
};

static void try_head(struct found *f, const struct import_head *h)
{
	for (size_t i = 0; i < N_IMPORTERS && !f->of; i++)
		if (importers[i]->sniff && importers[i]->sniff(h))
			f->of = importers[i];
	for (size_t i = 0; i < N_IMPORTERS && !f->of && !f->refused; i++)
		if (importers[i]->refuse)
			f->refused = importers[i]->refuse(h);
}

/* A file in a folder that may stand for all of it. */
static void try_inside(struct found *f, const struct import_head *folder,
		       const struct importer *im, const char *name)
{
	struct looked l;
	if (f->of || !name || !import_head_holds(folder, name))
		return;
	char *path = path_join(folder->path, name);
	if (!look(&l, path, NULL) && !l.head.folder && im->sniff && im->sniff(&l.head)) {
		f->of = im;
		free(f->source);
		f->source = xstrdup(path);
	}
	head_release(&l);
	free(path);
}

/* Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT (neither file nor folder) */
static enum err find(struct found *f, const char *path, struct errinfo *e)
{
	struct looked l;
	*f = (struct found){0};
	enum err r = look(&l, path, e);
	if (!r)
		try_head(f, &l.head);
	for (size_t i = 0; !r && l.head.folder && i < N_IMPORTERS; i++)
		for (size_t j = 0; j < IMPORT_INSIDE_MAX; j++)
			try_inside(f, &l.head, importers[i], importers[i]->inside[j]);
	if (!f->source)
		f->source = xstrdup(path);
	head_release(&l);
	return r;
}

bool import_knows(const char *path)
{
	struct found f;
	bool knows = !find(&f, path, NULL) && f.of;
	free(f.source);
	return knows;
}

static void list_formats(struct strbuf *out)
{
	for (size_t i = 0; i < N_IMPORTERS; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "", importers[i]->format.name);
}

/* What it is instead, and what could be read. */
static enum err unknown(const char *path, const char *refused, struct errinfo *e)
{
	struct strbuf formats = STRBUF_INIT, why = STRBUF_INIT;
	struct errinfo what = {.msg = ""};
	list_formats(&formats);
	if (!refused && !file_is_dir(path) && log_explain(path, &what) == ERR_FORMAT)
		strbuf_addstr(&why, what.msg);
	else
		strbuf_addf(&why, "%s: %s", path,
			    refused ? refused : "a folder without a log that is known here");
	enum err r = err_set(e, ERR_FORMAT,
			     "%s; logs of other programs that are read: %s (`thaw help formats`; --format "
			     "NAME takes one as such, whatever it looks like)",
			     why.buf, formats.buf);
	strbuf_release(&formats);
	strbuf_release(&why);
	return r;
}

static enum err no_format(const char *name, struct errinfo *e)
{
	const char *names[N_IMPORTERS + 1] = {NULL};
	struct strbuf formats = STRBUF_INIT;
	list_formats(&formats);
	for (size_t i = 0; i < N_IMPORTERS; i++)
		names[i] = importers[i]->format.name;
	const char *near = nearest_word(name, names);
	enum err r = err_set(e, ERR_VALUE, "no format is called '%s'%s%s%s: there are %s", name,
			     near ? ", did you mean " : "", near ? near : "", near ? "?" : "",
			     formats.buf);
	strbuf_release(&formats);
	return r;
}

/* The one that was asked for; of a folder the file inside that it reads. */
static enum err find_named(struct found *f, const char *path, const char *format, struct errinfo *e)
{
	struct looked l;
	*f = (struct found){0};
	for (size_t i = 0; i < N_IMPORTERS; i++)
		if (strcmp(importers[i]->format.name, format) == 0)
			f->of = importers[i];
	if (!f->of)
		return no_format(format, e);
	enum err r = look(&l, path, e);
	for (size_t j = 0; !r && j < IMPORT_INSIDE_MAX && !f->source; j++)
		if (f->of->inside[j] && import_head_holds(&l.head, f->of->inside[j]))
			f->source = path_join(path, f->of->inside[j]);
	if (!f->source)
		f->source = xstrdup(path);
	head_release(&l);
	return r;
}

/* ---- reading ---- */

static enum err scratch(int *fd, struct errinfo *e)
{
	const char *dir = getenv("TMPDIR");
	struct folder f;
	enum err r = folder_open(&f, dir && *dir ? dir : P_tmpdir, e);
	if (r)
		return r;
	*fd = folder_scratch(&f);
	int error = errno;
	if (*fd < 0) { /* a file system without nameless files */
		char *name = xasprintf("%s/thaw-import-XXXXXX", f.path);
		*fd = mkostemp(name, O_CLOEXEC);
		error = errno;
		if (*fd >= 0)
			unlink(name);
		free(name);
	}
	if (*fd < 0)
		r = err_set(e, ERR_IO, "%s: no file can be made there for what is read: %s", f.path,
			    strerror(error));
	folder_close(&f);
	return r;
}

static struct import_stamp stamp_of(const struct import *im)
{
	struct import_stamp stamp = {0};
	struct stat st;
	if (im->of->stamp)
		im->of->stamp(im->source, &stamp);
	else if (stat(im->source, &st) == 0)
		stamp = (struct import_stamp){
		    .bytes = st.st_size,
		    .changed_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000};
	return stamp;
}

static enum err open_reader(struct import *im, struct errinfo *e)
{
	struct import_source src = {.path = im->source,
				    .name = im->name,
				    .columns = im->columns,
				    .rules = im->of->rules};
	return im->reader ? ERR_OK : im->of->open(&im->reader, &src, e);
}

static void close_reader(struct import *im)
{
	if (im->reader)
		im->of->close(im->reader);
	im->reader = NULL;
}

/* Read from the beginning into an empty file, as often as the sink wants. ERR_STATE: it has changed
 * meanwhile. */
static enum err read_anew(struct import *im, int fd, struct errinfo *e)
{
	enum err r = ERR_STATE;
	for (int i = 0; i < AGAIN_MOST; i++) {
		close_reader(im);
		if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
			return err_set(e, ERR_IO, "%s", strerror(errno));
		sink_begin(im->sink, fd);
		im->stamp = stamp_of(im);
		r = open_reader(im, e);
		if (!r)
			r = im->of->read(im->reader, im->sink, !im->follow, e);
		if (r && r != ERR_STATE)
			return r;
		if (!r)
			r = sink_settle(im->sink, e);
		if (r == ERR_IO || (!r && !sink_again(im->sink)))
			return r;
	}
	return r;
}

/* Does the file `longer` begin with all that is in `shorter`? */
static bool goes_on(int longer, int shorter)
{
	char a[16384], b[16384];
	for (off_t at = 0;;) {
		ssize_t n = pread(shorter, a, sizeof(a), at);
		if (n <= 0)
			return n == 0;
		if (pread(longer, b, (size_t)n, at) != n || memcmp(a, b, (size_t)n) != 0)
			return false;
		at += n;
	}
}

static bool append_rest(int to, int from)
{
	char piece[16384];
	off_t at = lseek(to, 0, SEEK_END);
	ssize_t n;
	while (at >= 0 && (n = pread(from, piece, sizeof(piece), at)) > 0) {
		if (pwrite(to, piece, (size_t)n, at) != n)
			return false;
		at += n;
	}
	return lseek(to, at, SEEK_SET) == at;
}

/* Readers of the event log keep their place where what it says so far has not changed. */
static enum err begin_again(struct import *im, struct errinfo *e)
{
	int fd;
	enum err r = scratch(&fd, e);
	if (r)
		return r;
	r = read_anew(im, fd, e);
	if (r == ERR_STATE)
		r = ERR_OK; /* it changes all the time: the next call sees */
	if (!r && !(goes_on(fd, im->fd) && append_rest(im->fd, fd)) &&
	    dup3(fd, im->fd, O_CLOEXEC) < 0)
		r = err_set(e, ERR_IO, "%s", strerror(errno));
	sink_move(im->sink, im->fd);
	close(fd);
	return r;
}

enum err import_poll(struct import *im, bool *news, struct errinfo *e)
{
	struct import_stamp now = stamp_of(im);
	bool same = now.bytes == im->stamp.bytes && now.changed_ms == im->stamp.changed_ms;
	off_t before = lseek(im->fd, 0, SEEK_END);
	enum err r = ERR_OK;
	if (news)
		*news = false;
	if (same)
		return ERR_OK;
	if (!im->of->whole) {
		im->stamp = now;
		r = open_reader(im, e);
		if (!r)
			r = im->of->read(im->reader, im->sink, !im->follow, e);
		if (!r)
			r = sink_settle(im->sink, e);
	}
	if (im->of->whole || r == ERR_STATE || (!r && sink_again(im->sink)))
		r = begin_again(im, e);
	if (news)
		*news = !r && lseek(im->fd, 0, SEEK_END) != before;
	return r;
}

/* ---- */

/* What a person calls the run: the file, or the folder where one inside was found. */
static char *name_of(const char *path)
{
	char *real = realpath(path, NULL);
	char *name = xstrdup(path_base(real ? real : path));
	free(real);
	return name;
}

static enum err nothing_in_it(const struct import *im, struct errinfo *e)
{
	return err_set(e, ERR_FORMAT, "%s: %s, and there is no figure in it yet", im->path,
		       im->of->format.what);
}

/* Take over what was found. */
static struct import *import_new(struct found *f, const char *path, const struct import_options *o)
{
	struct import *im = xcalloc(1, sizeof(*im));
	im->of = f->of;
	im->source = f->source;
	im->path = xstrdup(path);
	im->columns = xstrdup(o->columns);
	im->name = name_of(path);
	im->follow = o->follow;
	im->fd = -1;
	im->sink = sink_new(&(struct sink_names){.format = f->of->format.name,
						 .file = path,
						 .name = im->name,
						 .framework = f->of->format.what});
	return im;
}

static enum err open_import(struct import *im, struct errinfo *e)
{
	enum err r = scratch(&im->fd, e);
	if (!r)
		r = read_anew(im, im->fd, e);
	if (r == ERR_STATE)
		r = err_set(e, ERR_IO, "%s: it changes while it is read; try again", im->path);
	if (!r && !im->follow && !sink_n_scalars(im->sink))
		r = nothing_in_it(im, e);
	im->log = r ? NULL : folder_fd_path(im->fd, NULL);
	if (!r && !im->log)
		r = err_set(e, ERR_IO, "logs of other programs are read by way of /proc, which is not "
				       "there");
	return r;
}

enum err import_open(struct import **out, const char *path, const struct import_options *o,
		     struct errinfo *e)
{
	struct found f;
	enum err r = o->format    ? find_named(&f, path, o->format, e)
		     : o->columns ? find_named(&f, path, import_csv.format.name, e)
				  : find(&f, path, e);
	if (!r && !f.of)
		r = unknown(path, f.refused, e);
	if (r) {
		free(f.source);
		return r;
	}
	struct import *im = import_new(&f, path, o);
	r = open_import(im, e);
	if (r)
		import_close(im);
	else
		*out = im;
	return r;
}

void import_close(struct import *im)
{
	if (!im)
		return;
	close_reader(im);
	sink_free(im->sink);
	if (im->fd >= 0)
		close(im->fd);
	free(im->path);
	free(im->source);
	free(im->columns);
	free(im->name);
	free(im->log);
	free(im);
}

const char *import_log(const struct import *im)
{
	return im->log;
}

bool import_live(const struct import *im)
{
	return !sink_ended(im->sink) && clock_unix_ms() - stamp_of(im).changed_ms < LIVE_MS;
}

const char *import_format(const struct import *im)
{
	return im->of->format.name;
}

const char *import_path(const struct import *im)
{
	return im->path;
}
