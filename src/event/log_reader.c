#include "thaw/event/log_reader.h"
#include "log_place.h"
#include "thaw/base/alloc.h"
#include "thaw/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (256 << 10)  /* bytes asked of the file at once */
#define KEEP_MAX (1 << 20) /* a larger buffer is given back when idle */

struct log_reader {
	struct log_place place;
	int fd;
	int inotify; /* -1 when the system has none to give */
	bool failed; /* the last read failed and that was reported */
	bool stays;  /* with its file, whatever takes the name: it has no place */

	struct strbuf buf; /* bytes of the file from `base` on */
	int64_t base;
	size_t line;   /* in buf: where the present line starts */
	size_t scan;   /* in buf: no newline between `line` and here */
	int64_t giant; /* file offset of a line too long to hold, whose end is sought; -1 = none */

	int n_lines; /* complete ones met */
	int n_begun; /* times that it began again */
	int64_t seq, t_ms;
};

static void seek_to(struct log_reader *r, int64_t offset)
{
	if (r->buf.cap > KEEP_MAX)
		strbuf_release(&r->buf);
	strbuf_reset(&r->buf);
	r->base = offset;
	r->line = r->scan = 0;
}

static void rewind_all(struct log_reader *r)
{
	seek_to(r, 0);
	r->giant = -1;
	r->n_lines = 0;
	r->seq = r->t_ms = 0;
}

static int watch_new(const struct log_place *p)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fd >= 0 && !log_place_watch(p, fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Takes the place, also on error. */
static enum err open_at(struct log_reader **out, struct log_place *p, struct errinfo *e)
{
	int fd;
	enum err err = log_place_open(p, &fd, e);
	if (err) {
		log_place_release(p);
		return err;
	}
	struct log_reader *r = xcalloc(1, sizeof(*r));
	r->place = *p;
	r->fd = fd;
	r->inotify = watch_new(p);
	strbuf_init(&r->buf);
	rewind_all(r);
	*out = r;
	return ERR_OK;
}

enum err log_reader_open(struct log_reader **out, const char *path, struct errinfo *e)
{
	struct log_place p;
	enum err r = log_place_find(&p, path, e);
	return r ? r : open_at(out, &p, e);
}

enum err log_reader_open_in(struct log_reader **out, const struct folder *run, struct errinfo *e)
{
	struct log_place p;
	enum err r = log_place_in(&p, run, e);
	return r ? r : open_at(out, &p, e);
}

struct log_reader *log_reader_again(const struct log_reader *r)
{
	int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	struct log_reader *again = xcalloc(1, sizeof(*again));
	again->place = (struct log_place){.run = FOLDER_INIT, .path = xstrdup(r->place.path)};
	again->fd = fd;
	again->inotify = -1;
	again->stays = true;
	strbuf_init(&again->buf);
	rewind_all(again);
	return again;
}

void log_reader_unwatch(struct log_reader *r)
{
	if (r->inotify >= 0)
		close(r->inotify);
	r->inotify = -1;
}

void log_reader_close(struct log_reader *r)
{
	if (!r)
		return;
	close(r->fd);
	log_reader_unwatch(r);
	strbuf_release(&r->buf);
	log_place_release(&r->place);
	free(r);
}

/* Before the file is read, so that growth after this read polls readable again. */
static void drain_inotify(struct log_reader *r)
{
	char events[4096];
	while (r->inotify >= 0 && read(r->inotify, events, sizeof(events)) > 0)
		;
}

static enum log_next broken(const struct log_reader *r, int64_t at, const char *why,
			    struct errinfo *e)
{
	err_set(e, ERR_FORMAT, "%s:%d: %s; this line is skipped", r->place.path, r->n_lines, why);
	if (e) {
		e->at = (size_t)at;
		e->line = r->n_lines;
	}
	return LOG_BROKEN;
}

static bool is_blank(const char *s, size_t n)
{
	while (n && strchr(" \t\r\n", s[n - 1]) && s[n - 1])
		n--;
	return n == 0;
}

/* The complete line buf[line..end), end after its newline. LOG_WAIT: it holds nothing. */
static enum log_next take_line(struct log_reader *r, size_t end, struct event *ev,
			       struct errinfo *e)
{
	const char *text = r->buf.buf + r->line;
	size_t len = end - r->line;
	int64_t at = r->base + (int64_t)r->line;
	struct errinfo why;
	r->line = r->scan = end;
	r->n_lines++;
	if (r->giant >= 0 || len > LOG_LINE_MAX) {
		at = r->giant >= 0 ? r->giant : at;
		r->giant = -1;
		return broken(r, at, "a line of more than 16 MiB", e);
	}
	if (at == 0 && len >= TEXT_BOM_BYTES && memcmp(text, TEXT_BOM, TEXT_BOM_BYTES) == 0) {
		text += TEXT_BOM_BYTES;
		len -= TEXT_BOM_BYTES;
		at += TEXT_BOM_BYTES;
	}
	if (is_blank(text, len))
		return LOG_WAIT;
	if (event_decode(ev, text, len, &why))
		return broken(r, at + (int64_t)why.at, why.msg, e);
	if (ev->seq <= r->seq) {
		char text_of_seq[80];
		snprintf(text_of_seq, sizeof(text_of_seq),
			 "event %" PRId64 " comes after event %" PRId64, ev->seq, r->seq);
		event_release(ev);
		return broken(r, at, text_of_seq, e);
	}
	r->seq = ev->seq;
	r->t_ms = ev->t_ms;
	return LOG_EVENT;
}

/* Where the newline of the present line ends, 0 when it is not in the buffer. */
static size_t find_end(struct log_reader *r)
{
	const char *nl = memchr(r->buf.buf + r->scan, '\n', r->buf.len - r->scan);
	if (nl)
		return (size_t)(nl - r->buf.buf) + 1;
	r->scan = r->buf.len;
	return 0;
}

/* Make room: drop consumed lines, and what is known of a line too long to hold. */
static void compact(struct log_reader *r)
{
	if (r->buf.len - r->line >= LOG_LINE_MAX && r->giant < 0)
		r->giant = r->base + (int64_t)r->line;
	size_t n = r->giant >= 0 ? r->buf.len : r->line;
	strbuf_remove(&r->buf, 0, n);
	r->base += (int64_t)n;
	r->line = 0;
	r->scan = r->buf.len;
}

/* Read on behind the buffer. Returns read(2)'s count. */
static ssize_t fill(struct log_reader *r)
{
	ssize_t n;
	compact(r);
	do {
		n = pread(r->fd, strbuf_room(&r->buf, CHUNK), CHUNK,
			  (off_t)(r->base + (int64_t)r->buf.len));
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		strbuf_took(&r->buf, (size_t)n);
	return n;
}

static bool same_file(int a, int b)
{
	struct stat one, two;
	return fstat(a, &one) == 0 && fstat(b, &two) == 0 && one.st_dev == two.st_dev &&
	       one.st_ino == two.st_ino;
}

/* Has another file taken the name? Then read that one. */
static bool reopen(struct log_reader *r)
{
	int fd;
	if (r->stays || log_place_open(&r->place, &fd, NULL))
		return false;
	if (same_file(r->fd, fd)) {
		close(fd);
		return false;
	}
	close(r->fd);
	r->fd = fd;
	if (r->inotify >= 0)
		log_place_watch(&r->place, r->inotify);
	return true;
}

static enum log_next begun_again(struct log_reader *r, const char *why, struct errinfo *e)
{
	rewind_all(r);
	r->n_begun++;
	err_set(e, ERR_FORMAT, "%s: %s", r->place.path, why);
	return LOG_BROKEN;
}

/* At the end of the file. What is known of a line without its newline is forgotten, because a
 * writer that continues the log replaces it. */
static enum log_next at_end(struct log_reader *r, struct errinfo *e)
{
	int64_t start = log_reader_offset(r);
	if (reopen(r))
		return begun_again(r, "another file has taken its place; reading that one", e);
	int64_t size = log_reader_size(r);
	if (size < start)
		return begun_again(r, "the file was cut short; reading it again from its beginning",
				   e);
	if (r->giant < 0) {
		seek_to(r, start);
	} else if (size < r->base) {
		r->giant = -1;
		seek_to(r, start);
	}
	return LOG_WAIT;
}

static enum log_next read_failed(struct log_reader *r, struct errinfo *e)
{
	if (r->failed)
		return LOG_WAIT;
	r->failed = true;
	err_set(e, ERR_IO, "%s: %s", r->place.path, strerror(errno));
	return LOG_BROKEN;
}

enum log_next log_reader_next(struct log_reader *r, struct event *ev, struct errinfo *e)
{
	for (;;) {
		size_t end = find_end(r);
		if (end) {
			enum log_next next = take_line(r, end, ev, e);
			if (next != LOG_WAIT)
				return next;
			continue;
		}
		drain_inotify(r);
		ssize_t n = fill(r);
		if (n < 0)
			return read_failed(r, e);
		r->failed = false;
		if (n == 0)
			return at_end(r, e);
	}
}

int log_reader_fd(struct log_reader *r)
{
	return r->inotify;
}

int64_t log_reader_offset(const struct log_reader *r)
{
	return r->giant >= 0 ? r->giant : r->base + (int64_t)r->line;
}

int64_t log_reader_size(const struct log_reader *r)
{
	struct stat st;
	return fstat(r->fd, &st) == 0 ? (int64_t)st.st_size : -1;
}

struct log_mark log_reader_mark(const struct log_reader *r)
{
	return (struct log_mark){log_reader_offset(r), r->seq, r->t_ms, r->n_lines};
}

void log_reader_go(struct log_reader *r, const struct log_mark *to)
{
	seek_to(r, to->offset);
	r->giant = -1;
	r->n_lines = to->n_lines;
	r->seq = to->seq;
	r->t_ms = to->t_ms;
}

int log_reader_begun(const struct log_reader *r)
{
	return r->n_begun;
}

int64_t log_reader_seq(const struct log_reader *r)
{
	return r->seq;
}

int64_t log_reader_elapsed_ms(const struct log_reader *r)
{
	return r->t_ms;
}

int log_reader_lines(const struct log_reader *r)
{
	return r->n_lines;
}
