#include "log_lines.h"

#include "thaw/base/fnv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536
#define BEGINS "{\"seq\":"
#define HEAD 32 /* bytes of a line that may hold its number */

struct line { /* the one that is being read */
	int64_t begin, end;
	char head[HEAD + 1];
	size_t n;
	uint64_t digest;
};

static void add(struct line *line, const char *bytes, size_t n, bool first)
{
	size_t room = HEAD - line->n, more = n < room ? n : room;
	memcpy(line->head + line->n, bytes, more);
	line->n += more;
	line->end += (int64_t)n;
	if (first)
		line->digest = fnv_add(line->digest, bytes, n);
}

/* -1: it does not begin with one. */
static int64_t number_of(const struct line *line)
{
	size_t at = sizeof(BEGINS) - 1, from = at;
	int64_t n = 0;
	if (line->n < at || memcmp(line->head, BEGINS, at) != 0)
		return -1;
	for (; at < line->n && line->head[at] >= '0' && line->head[at] <= '9' && at < from + 16;
	     at++)
		n = 10 * n + (line->head[at] - '0');
	return at > from ? n : -1;
}

static void end_line(struct log_lines *l, struct line *line)
{
	int64_t seq = number_of(line);
	if (line->begin == 0)
		snprintf(l->id, sizeof(l->id), "%016llx", (unsigned long long)line->digest);
	l->whole = line->end;
	if (seq > l->seq) {
		l->seq = seq;
		l->after = line->end;
	}
	*line = (struct line){.begin = line->end, .end = line->end};
}

enum err log_lines_read(struct log_lines *l, int fd, int64_t until, struct errinfo *e)
{
	char bytes[CHUNK];
	struct line line = {.begin = l->whole, .end = l->whole, .digest = FNV_OF_NOTHING};
	for (;;) {
		if (until >= 0 && l->seq >= until)
			return ERR_OK;
		ssize_t n = pread(fd, bytes, sizeof(bytes), line.end);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, "the log cannot be read: %s", strerror(errno));
		if (n == 0)
			return ERR_OK;
		for (ssize_t at = 0; at < n && (until < 0 || l->seq < until);) {
			const char *nl = memchr(bytes + at, '\n', (size_t)(n - at));
			size_t len = nl ? (size_t)(nl - bytes - at) + 1 : (size_t)(n - at);
			add(&line, bytes + at, len, line.begin == 0);
			at += (ssize_t)len;
			if (nl)
				end_line(l, &line);
		}
	}
}
