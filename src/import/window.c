#include "window.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (64 << 10)

enum err window_open(struct window *w, const char *path, struct errinfo *e)
{
	int fd;
	enum err r = file_open(path, &fd, e);
	if (!r)
		*w = (struct window){.fd = fd, .path = xstrdup(path), .buf = STRBUF_INIT};
	return r;
}

void window_close(struct window *w)
{
	close(w->fd);
	free(w->path);
	strbuf_release(&w->buf);
}

const uint8_t *window_bytes(const struct window *w, size_t *n)
{
	*n = w->buf.len - w->used;
	return (const uint8_t *)w->buf.buf + w->used;
}

enum err window_left(const struct window *w, uint64_t *left, struct errinfo *e)
{
	struct stat ours, now;
	if (fstat(w->fd, &ours) != 0)
		return err_set(e, ERR_IO, "%s: %s", w->path, strerror(errno));
	bool other =
	    stat(w->path, &now) == 0 && (now.st_ino != ours.st_ino || now.st_dev != ours.st_dev);
	if (other || (uint64_t)ours.st_size < w->at)
		return err_set(e, ERR_STATE, "%s: it is not the file that it was", w->path);
	*left = (uint64_t)ours.st_size - w->at;
	return ERR_OK;
}

/* Drop what was taken; a large record's memory with it. */
static void settle(struct window *w)
{
	size_t left = w->buf.len - w->used;
	struct strbuf rest = STRBUF_INIT;
	if (left == 0 && w->buf.cap > 4 * PIECE)
		strbuf_release(&w->buf);
	else if (w->buf.cap > 4 * PIECE && left <= PIECE) {
		strbuf_add(&rest, w->buf.buf + w->used, left);
		strbuf_release(&w->buf);
		w->buf = rest;
	} else
		strbuf_remove(&w->buf, 0, w->used);
	w->used = 0;
}

enum err window_fill(struct window *w, size_t want, struct errinfo *e)
{
	uint64_t left;
	size_t held = w->buf.len - w->used;
	if (held >= want)
		return ERR_OK;
	enum err r = window_left(w, &left, e);
	if (r)
		return r;
	settle(w);
	uint64_t most = want > PIECE ? want : PIECE, n = left < most ? left : most;
	if (n <= held)
		return ERR_OK;
	if (lseek(w->fd, (off_t)(w->at + held), SEEK_SET) < 0 ||
	    !file_read_fd(w->fd, (size_t)n - held, &w->buf))
		return err_set(e, ERR_IO, "%s: %s", w->path, strerror(errno));
	return ERR_OK;
}

void window_take(struct window *w, uint64_t n)
{
	size_t held = w->buf.len - w->used;
	w->at += n;
	if (n < held) {
		w->used += (size_t)n;
	} else {
		strbuf_reset(&w->buf);
		w->used = 0;
	}
}
