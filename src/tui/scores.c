#include "thaw/tui/scores.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/event/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_BYTES (1 << 20)
#define SCORE_MAX 1000 /* questions of a try; more is no score */

static const struct field score_fields[] = {
    FIELD_INT_ROW(struct score, at),
    FIELD_COUNT_ROW(struct score, asked),
    FIELD_COUNT_ROW(struct score, right),
    FIELD_STRING_ROW(struct score, run),
};
static const struct record score_record = RECORD_OF(struct score, score_fields);

static void count(struct scores *sum, const struct score *s)
{
	sum->tries++;
	if (sum->best_asked && s->right * sum->best_asked < sum->best_right * s->asked)
		return;
	if (sum->best_asked && s->right * sum->best_asked == sum->best_right * s->asked &&
	    s->asked < sum->best_asked) /* of equal shares the longer try is the better one */
		return;
	sum->best_right = s->right;
	sum->best_asked = s->asked;
}

static void count_line(struct scores *sum, const char *line, size_t len)
{
	struct score s;
	if (record_decode(&score_record, &s, line, len, NULL, NULL)) {
		sum->n_ignored++;
		return;
	}
	if (s.asked < 1 || s.asked > SCORE_MAX || s.right < 0 || s.right > s.asked)
		sum->n_ignored++;
	else
		count(sum, &s);
	record_release(&score_record, &s);
}

/* Open it, never waiting for a pipe, and look that it is a file. */
static enum err open_file(const char *path, int flags, int *fd, off_t *size, struct errinfo *e)
{
	struct stat st;
	*fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (*fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
			       strerror(errno));
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*size = st.st_size;
		return ERR_OK;
	}
	close(*fd);
	return err_set(e, ERR_FORMAT, "%s is not a regular file; move it away", path);
}

/* The last bytes of the file, from the beginning of a line on. */
static void read_tail(int fd, off_t size, struct strbuf *out)
{
	char chunk[4096];
	off_t at = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	bool whole = at == 0;
	while (out->len < TAIL_BYTES) {
		ssize_t n = pread(fd, chunk, sizeof(chunk), at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		strbuf_add(out, chunk, (size_t)n);
		at += n;
	}
	const char *newline = memchr(out->buf, '\n', out->len);
	if (!whole)
		strbuf_remove(out, 0, newline ? (size_t)(newline - out->buf) + 1 : out->len);
}

enum err scores_read(const char *path, struct scores *out, struct errinfo *e)
{
	int fd;
	off_t size;
	*out = (struct scores){0};
	enum err err = open_file(path, O_RDONLY, &fd, &size, e);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	struct strbuf text = STRBUF_INIT;
	read_tail(fd, size, &text);
	close(fd);
	for (size_t at = 0; at < text.len;) {
		const char *line = text.buf + at, *end = memchr(line, '\n', text.len - at);
		size_t len = end ? (size_t)(end - line) : text.len - at;
		if (len)
			count_line(out, line, len);
		at += len + 1;
	}
	strbuf_release(&text);
	return ERR_OK;
}

/* What a torn last line would swallow goes on a line of its own. */
static bool needs_newline(int fd, off_t size)
{
	char last = '\n';
	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static enum err append(const char *path, const struct score *s, struct errinfo *e)
{
	int fd;
	off_t size;
	enum err err = open_file(path, O_RDWR | O_CREAT | O_APPEND, &fd, &size, e);
	if (err)
		return err;
	struct strbuf line = STRBUF_INIT;
	if (needs_newline(fd, size))
		strbuf_addch(&line, '\n');
	record_encode(&score_record, s, &line);
	strbuf_addch(&line, '\n');
	ssize_t n = write(fd, line.buf, line.len);
	if (n != (ssize_t)line.len)
		err = err_set(e, ERR_IO, "%s: %s", path, n < 0 ? strerror(errno) : "disk full");
	strbuf_release(&line);
	close(fd);
	return err;
}

enum err scores_add(const char *path, const struct score *s, struct scores *sum, struct errinfo *e)
{
	count(sum, s);
	if (!path)
		return err_set(e, ERR_STATE, "neither XDG_STATE_HOME nor HOME is set");
	char *dir = path_dir(path);
	enum err err = file_mkdirs(dir, e);
	if (!err)
		err = append(path, s, e);
	free(dir);
	return err;
}
