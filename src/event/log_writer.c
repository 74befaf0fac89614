#include "thaw/event/log_writer.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/run_files.h"
#include "thaw/base/sys.h"
#include "thaw/event/log_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct log_writer {
	char *path; /* for messages */
	int fd;
	bool linked; /* its file system counts the names of a file */
	int64_t next_seq;
	int64_t start_ms, last_ms; /* on the monotonic clock, when t was 0; t of the last event */
	struct strbuf pending; /* not yet in the file; its head may be the rest of a torn line */
};

/* Read a log to its last complete line: where that ends, and the last seq and t. */
static enum err survey(const struct folder *run, struct log_writer *w, int64_t *end,
		       struct errinfo *e)
{
	struct log_reader *r = NULL;
	struct event ev;
	enum log_next next;
	enum err err = log_reader_open_in(&r, run, e);
	if (err)
		return err;
	while ((next = log_reader_next(r, &ev, NULL)) != LOG_WAIT)
		if (next == LOG_EVENT)
			event_release(&ev);
	if (log_reader_lines(r) && !log_reader_seq(r))
		err = err_set(e, ERR_FORMAT,
			      "%s/" RUN_LOG ": not an event log: none of its %d lines is an event",
			      run->path, log_reader_lines(r));
	*end = log_reader_offset(r);
	w->next_seq = log_reader_seq(r) + 1;
	w->last_ms = log_reader_elapsed_ms(r);
	log_reader_close(r);
	return err;
}

static enum err open_file(struct log_writer *w, const struct folder *run, bool append, int64_t end,
			  struct errinfo *e)
{
	struct stat st;
	enum err r = folder_file(run, RUN_LOG, append ? FOLDER_APPEND : FOLDER_NEW, &w->fd, e);
	if (r == ERR_STATE)
		r = err_set(e, ERR_IO, "%s/" RUN_LOG ": exists already; give the run another name",
			    run->path);
	if (r)
		return r;
	w->linked = fstat(w->fd, &st) == 0 && st.st_nlink > 0;
	if (!append || sys.ftruncate(w->fd, (off_t)end) == 0)
		return ERR_OK;
	r = err_set(e, ERR_IO, "%s/" RUN_LOG ": cannot cut its torn last line: %s", run->path,
		    strerror(errno));
	close(w->fd);
	return r;
}

enum err log_writer_open(struct log_writer **out, const struct folder *run, bool append,
			 struct errinfo *e)
{
	struct log_writer fresh = {.fd = -1, .next_seq = 1, .pending = STRBUF_INIT};
	int64_t end = 0;
	enum err r = append ? survey(run, &fresh, &end, e) : ERR_OK;
	if (!r)
		r = open_file(&fresh, run, append, end, e);
	if (r)
		return r;
	fresh.start_ms = clock_ms() - fresh.last_ms;
	fresh.path = folder_path(run, RUN_LOG);
	*out = xmalloc(sizeof(**out));
	**out = fresh;
	return ERR_OK;
}

static enum err failed(const struct log_writer *w, struct errinfo *e)
{
	return err_set(e, ERR_IO, "%s: %s", w->path, strerror(errno));
}

/* Write what is pending as far as it goes. */
static enum err write_pending(struct log_writer *w, struct errinfo *e)
{
	size_t done = sys_write_all(w->fd, w->pending.buf, w->pending.len);
	enum err r = done < w->pending.len ? failed(w, e) : ERR_OK;
	strbuf_remove(&w->pending, 0, done);
	return r;
}

enum err log_writer_append(struct log_writer *w, struct event *ev, struct errinfo *e)
{
	ev->t_ms = w->last_ms = log_writer_elapsed_ms(w);
	ev->seq = w->next_seq++;
	event_encode(ev, &w->pending);
	return write_pending(w, e);
}

bool log_writer_removed(const struct log_writer *w)
{
	struct stat st;
	return w->linked && fstat(w->fd, &st) == 0 && st.st_nlink == 0;
}

enum err log_writer_flush(struct log_writer *w, struct errinfo *e)
{
	return w->pending.len ? write_pending(w, e) : ERR_OK;
}

/* Some file systems know no such thing. */
enum err log_writer_sync(struct log_writer *w, struct errinfo *e)
{
	enum err r = log_writer_flush(w, e);
	if (!r && sys.fdatasync(w->fd) != 0 && errno != EINVAL && errno != EROFS)
		r = failed(w, e);
	return r;
}

enum err log_writer_close(struct log_writer *w, struct errinfo *e)
{
	if (!w)
		return ERR_OK;
	enum err r = log_writer_sync(w, e);
	close(w->fd);
	strbuf_release(&w->pending);
	free(w->path);
	free(w);
	return r;
}

int log_writer_fd(const struct log_writer *w)
{
	return w->fd;
}

int64_t log_writer_next_seq(const struct log_writer *w)
{
	return w->next_seq;
}

int64_t log_writer_elapsed_ms(const struct log_writer *w)
{
	int64_t now = clock_ms() - w->start_ms;
	return now > w->last_ms ? now : w->last_ms;
}
