#include "lines.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (64 << 10)
#define HEAD 4096 /* bytes of its beginning by which a file is known again */

struct lines {
	int fd;
	char *path;
	struct strbuf buf;  /* of the file, from `base` on */
	int64_t base;
	size_t at, scan;    /* in buf: where the present line begins; no end of it before here */
	bool skipping, torn, looked; /* looked: since the last read, that it is the same file */
	int newlines, number;
	size_t head_n;
	char head[HEAD];
};

enum err lines_open(struct lines **out, const char *path, struct errinfo *e)
{
	int fd;
	enum err r = file_open(path, &fd, e);
	if (r)
		return r;
	struct lines *l = xcalloc(1, sizeof(*l));
	l->fd = fd;
	l->path = xstrdup(path);
	strbuf_init(&l->buf);
	*out = l;
	return ERR_OK;
}

void lines_close(struct lines *l)
{
	if (!l)
		return;
	close(l->fd);
	strbuf_release(&l->buf);
	free(l->path);
	free(l);
}

bool lines_torn(const struct lines *l)
{
	return l->torn;
}

const char *lines_path(const struct lines *l)
{
	return l->path;
}

int lines_number(const struct lines *l)
{
	return l->number;
}

static ssize_t read_at(int fd, char *to, size_t n, int64_t at)
{
	ssize_t got;
	do
		got = pread(fd, to, n, (off_t)at);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Another file may have taken the name; the same one may have been written anew. */
static bool is_same(struct lines *l)
{
	struct stat now, then;
	char head[HEAD];
	if (stat(l->path, &now) != 0 || fstat(l->fd, &then) != 0)
		return true; /* it has gone: what was read stays */
	if (now.st_ino != then.st_ino || now.st_dev != then.st_dev ||
	    now.st_size < (off_t)(l->base + (int64_t)l->at))
		return false;
	ssize_t n = read_at(l->fd, head, l->head_n, 0);
	return n == (ssize_t)l->head_n && memcmp(head, l->head, l->head_n) == 0;
}

static void keep_head(struct lines *l, const char *data, size_t n)
{
	size_t room = HEAD - l->head_n, take = n < room ? n : room;
	memcpy(l->head + l->head_n, data, take);
	l->head_n += take;
}

/* Read on. Returns read(2)'s count. */
static ssize_t fill(struct lines *l)
{
	char chunk[CHUNK];
	strbuf_remove(&l->buf, 0, l->at);
	l->base += (int64_t)l->at;
	l->scan -= l->at;
	l->at = 0;
	ssize_t n = read_at(l->fd, chunk, CHUNK, l->base + (int64_t)l->buf.len);
	if (n <= 0)
		return n;
	if (l->base + (int64_t)l->buf.len == (int64_t)l->head_n)
		keep_head(l, chunk, (size_t)n);
	for (ssize_t i = 0; i < n; i++)
		chunk[i] = chunk[i] ? chunk[i] : ' ';
	strbuf_add(&l->buf, chunk, (size_t)n);
	return n;
}

/* Where the end of the present line stands in the buffer; SIZE_MAX: not there. */
static size_t find_end(struct lines *l)
{
	for (; l->scan < l->buf.len; l->scan++)
		if (l->buf.buf[l->scan] == '\n' || l->buf.buf[l->scan] == '\r')
			return l->scan;
	return SIZE_MAX;
}

static char *take(struct lines *l, size_t end, bool ended)
{
	char *line = l->buf.buf + l->at;
	bool first = l->base + (int64_t)l->at == 0;
	l->number = l->newlines + 1;
	if (ended) {
		l->newlines += l->buf.buf[end] == '\n';
		l->buf.buf[end] = '\0';
	}
	l->at = l->scan = end + ended;
	l->torn = !ended;
	if (first && strncmp(line, TEXT_BOM, TEXT_BOM_BYTES) == 0)
		line += TEXT_BOM_BYTES;
	return line;
}

/* What is there of a line too long to hold goes; its end is sought. */
static void skip(struct lines *l)
{
	l->skipping = true;
	l->at = l->scan = l->buf.len;
}

enum lines_next lines_next(struct lines *l, bool all, char **line, struct errinfo *e)
{
	if (!l->looked && l->base + (int64_t)l->buf.len > 0 && !is_same(l))
		return LINES_OTHER;
	l->looked = true;
	for (;;) {
		size_t end = find_end(l);
		if (end != SIZE_MAX) {
			bool was = l->skipping;
			l->skipping = false;
			*line = take(l, end, true);
			return was ? LINES_LONG : LINES_LINE;
		}
		if (l->buf.len - l->at > LINES_MAX)
			skip(l);
		ssize_t n = fill(l);
		if (n < 0) {
			err_set(e, ERR_IO, "%s: %s", l->path, strerror(errno));
			return LINES_FAILED;
		}
		if (n > 0)
			continue;
		l->looked = false;
		if (!all || l->skipping || l->buf.len == l->at)
			return LINES_WAIT;
		*line = take(l, l->buf.len, false);
		return LINES_LINE;
	}
}
