#include "thaw/event/log_writer.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/event/log_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PENDING_MAX (16 << 20) /* bytes kept while the disk refuses them */

struct log_writer {
	char *path;
	int fd;
	int64_t next_seq;
	int64_t start_ms, last_ms; /* on the monotonic clock, when t was 0; t of the last event */
	struct strbuf pending; /* not yet in the file; its head may be the rest of a torn line */
	bool failing;          /* the last write failed and that was reported */
	bool losing;           /* events were lost since then, reported too */
	int64_t n_lost;
};

/* Read a log to its last complete line: where that ends, and the last seq and t. */
static enum err survey(const char *path, struct log_writer *w, int64_t *end, struct errinfo *e)
{
	struct log_reader *r = NULL;
	struct event ev;
	enum log_next next;
	enum err err = log_reader_open(&r, path, e);
	if (err)
		return err;
	while ((next = log_reader_next(r, &ev, NULL)) != LOG_WAIT)
		if (next == LOG_EVENT)
			event_release(&ev);
	if (log_reader_lines(r) && !log_reader_seq(r))
		err =
		    err_set(e, ERR_FORMAT, "%s: not an event log: none of its %d lines is an event",
			    path, log_reader_lines(r));
	*end = log_reader_offset(r);
	w->next_seq = log_reader_seq(r) + 1;
	w->last_ms = log_reader_elapsed_ms(r);
	log_reader_close(r);
	return err;
}

enum err log_writer_open(struct log_writer **out, const char *path, bool append, struct errinfo *e)
{
	struct log_writer fresh = {.fd = -1, .next_seq = 1, .pending = STRBUF_INIT};
	int64_t end = 0;
	enum err r = append ? survey(path, &fresh, &end, e) : ERR_OK;
	if (r)
		return r;
	int flags = O_WRONLY | O_APPEND | O_CLOEXEC | (append ? 0 : O_CREAT | O_EXCL);
	fresh.fd = open(path, flags, 0666);
	if (fresh.fd < 0)
		return err_set(e, ERR_IO, "%s: %s", path,
			       errno == EEXIST ? "exists already; give the run another name"
					       : strerror(errno));
	if (append && ftruncate(fresh.fd, (off_t)end) != 0) {
		r = err_set(e, ERR_IO, "%s: cannot cut its torn last line: %s", path,
			    strerror(errno));
		close(fresh.fd);
		return r;
	}
	fresh.start_ms = clock_ms() - fresh.last_ms;
	fresh.path = xstrdup(path);
	*out = xmalloc(sizeof(**out));
	**out = fresh;
	return ERR_OK;
}

/* Write what is pending as far as it goes; false leaves the rest and errno. */
static bool flush_pending(struct log_writer *w)
{
	size_t done = 0;
	while (done < w->pending.len) {
		ssize_t n = write(w->fd, w->pending.buf + done, w->pending.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	int saved = errno;
	strbuf_remove(&w->pending, 0, done);
	errno = saved;
	return w->pending.len == 0;
}

static enum err report_once(struct log_writer *w, bool lost, struct errinfo *e)
{
	bool *told = lost ? &w->losing : &w->failing;
	if (*told)
		return ERR_OK;
	*told = true;
	return err_set(e, ERR_IO, "%s: %s; %s", w->path, strerror(errno),
		       lost ? "events are being lost from the log: free some space"
			    : "events are kept in memory until it can be written: free some space");
}

enum err log_writer_append(struct log_writer *w, struct event *ev, struct errinfo *e)
{
	int64_t now = log_writer_elapsed_ms(w);
	size_t before = w->pending.len;
	ev->seq = w->next_seq++;
	ev->t_ms = w->last_ms = now;
	event_encode(ev, &w->pending);
	size_t line = w->pending.len - before;
	if (flush_pending(w)) {
		w->failing = w->losing = false;
		return ERR_OK;
	}
	bool lost = w->pending.len > PENDING_MAX && w->pending.len >= line;
	if (lost) {
		int saved = errno;
		strbuf_remove(&w->pending, w->pending.len - line, line);
		w->n_lost++;
		errno = saved;
	}
	return report_once(w, lost, e);
}

enum err log_writer_close(struct log_writer *w, struct errinfo *e)
{
	enum err r = ERR_OK;
	if (!w)
		return r;
	bool flushed = flush_pending(w);
	if (flushed && fdatasync(w->fd) != 0 && errno != EINVAL && errno != EROFS)
		flushed = false;
	if (!flushed)
		r = err_set(e, ERR_IO, "%s: %s; the end of the log is lost", w->path,
			    strerror(errno));
	else if (w->n_lost)
		r = err_set(e, ERR_IO, "%s: %lld events were lost while the disk was full", w->path,
			    (long long)w->n_lost);
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
