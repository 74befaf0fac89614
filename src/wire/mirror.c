#include "mirror.h"

#include "thaw/base/alloc.h"
#include "thaw/base/file.h"
#include "thaw/base/run_files.h"
#include "thaw/base/xdg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPARE 4096 /* bytes at once */

enum err mirror_init(struct mirror *m, const struct remote_url *url, struct errinfo *e)
{
	char *host = remote_url_host(url);
	*m = (struct mirror){.folder = FOLDER_INIT, .fd = -1};
	m->state = xdg_state_path("remote");
	m->host = remote_url_file_name(host);
	m->run = remote_url_file_name(url->path);
	free(host);
	return m->state ? ERR_OK
			: err_set(e, ERR_NOT_FOUND,
				  "no place for a copy of the log: set HOME or XDG_STATE_HOME");
}

char *mirror_path(const struct mirror *m)
{
	return xasprintf("%s/%s/%s", m->state, m->host, m->run);
}

static enum err enter(struct mirror *m, bool make, struct errinfo *e)
{
	struct folder state = FOLDER_INIT, host = FOLDER_INIT;
	enum err r = make ? file_mkdirs(m->state, e) : ERR_OK;
	if (m->folder.fd >= 0)
		return ERR_OK;
	if (!r)
		r = folder_open(&state, m->state, e);
	if (!r)
		r = folder_sub(&host, &state, m->host, make, e);
	if (!r)
		r = folder_sub(&m->folder, &host, m->run, make, e);
	folder_close(&state);
	folder_close(&host);
	return r;
}

static void close_log(struct mirror *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

void mirror_release(struct mirror *m)
{
	close_log(m);
	folder_close(&m->folder);
	free(m->state);
	free(m->host);
	free(m->run);
}

static enum err open_log(struct mirror *m, bool make, struct errinfo *e)
{
	close_log(m);
	m->lines = (struct log_lines){0};
	m->at = m->size = 0;
	enum err r = enter(m, make, e);
	if (!r && (make || folder_holds(&m->folder, RUN_LOG)))
		r = folder_file(&m->folder, RUN_LOG, FOLDER_LOCK, &m->fd, e);
	if (!r && m->fd >= 0)
		r = log_lines_read(&m->lines, m->fd, -1, e);
	if (!r) /* what may lie behind is written anew */
		m->size = m->lines.whole;
	return r;
}

enum err mirror_open(struct mirror *m, struct errinfo *e)
{
	enum err r = open_log(m, false, e);
	return r == ERR_NOT_FOUND ? ERR_OK : r;
}

static enum err empty(struct mirror *m, struct errinfo *e)
{
	enum err r = folder_replace(&m->folder, RUN_LOG, "", 0, e);
	return r ? r : open_log(m, true, e);
}

enum err mirror_begin(struct mirror *m, const char *id, int64_t from, struct errinfo *e)
{
	bool other = m->lines.id[0] && strcmp(m->lines.id, id) != 0;
	enum err r = m->fd < 0 ? open_log(m, true, e) : ERR_OK;
	bool any = m->size > 0;
	if (!r && (other || from > m->size))
		r = empty(m, e);
	if (!r && from > m->size)
		r = err_set(e, any ? ERR_MISMATCH : ERR_FORMAT,
			    "the host sends a log from its middle on");
	m->at = from;
	return r;
}

static bool is_same(const struct mirror *m, const char *bytes, size_t n)
{
	char here[COMPARE];
	for (size_t at = 0; at < n;) {
		size_t want = n - at < sizeof(here) ? n - at : sizeof(here);
		ssize_t got = pread(m->fd, here, want, m->at + (int64_t)at);
		if (got <= 0 || memcmp(here, bytes + at, (size_t)got) != 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

static enum err write_at(struct mirror *m, const char *bytes, size_t n, struct errinfo *e)
{
	if (m->at + (int64_t)n > MIRROR_MAX)
		return err_set(
		    e, ERR_VALUE,
		    "the log there is over 1 GiB, which is as much as is copied; copy the "
		    "run here by hand and replay that");
	while (n) {
		ssize_t put = pwrite(m->fd, bytes, n, m->at);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return err_set(e, ERR_IO, "the copy of the log cannot be written: %s: %s",
				       m->folder.path, strerror(errno));
		bytes += put;
		n -= (size_t)put;
		m->at += put;
	}
	m->size = m->at;
	return ERR_OK;
}

enum err mirror_add(struct mirror *m, const char *bytes, size_t n, struct errinfo *e)
{
	size_t here = m->at < m->size ? (size_t)(m->size - m->at) : 0;
	here = here < n ? here : n;
	if (!is_same(m, bytes, here)) {
		enum err r = empty(m, e);
		return r ? r : err_set(e, ERR_MISMATCH, "the log there is another one now");
	}
	m->at += (int64_t)here;
	return n > here ? write_at(m, bytes + here, n - here, e) : ERR_OK;
}
