#include "thaw/wire/control_client.h"
#include "address.h"
#include "hello.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/wire/control_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define OPEN_MS 5000
#define SEND_MS 1000

struct control_client {
	char *path; /* for messages */
	int fd;     /* -1 = closed */
	int64_t last_id;
	struct strbuf in; /* not yet handed over */
	struct hello hello;
	void (*on_notice)(void *arg, const struct reply *r); /* NULL: nobody listens */
	void *arg;
};

static void hang_up(struct control_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* Wait until the descriptor is ready or clock_ms() reaches `deadline` (negative = for ever). */
static bool wait_ready(int fd, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline < 0 ? -1 : deadline - clock_ms();
		if (deadline >= 0 && left < 0)
			left = 0;
		struct pollfd p = {fd, events, 0};
		int n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (deadline >= 0 && clock_ms() >= deadline)
			return false;
	}
}

/* What errno says after connect(2). */
static enum err not_connected(const struct control_client *c, int error, struct errinfo *e)
{
	static const struct {
		int error;
		const char *what;
	} states[] = {
	    {ENOENT, "this run is not running"},
	    {ECONNREFUSED, "this run is not running"},
	    {ENOTDIR, "this run is not running"},
	    {ENOTSOCK, "not a socket, so this run is not running; move it away"},
	    {ELOOP, "a link, which is not followed; remove it"},
	    {EMLINK, "has a second name (a hard link), so it may be another run's; remove it"},
	    {EAGAIN, "the trainer is busy; try again"},
	};
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (states[i].error == error)
			return err_set(e, ERR_STATE, "%s: %s", c->path, states[i].what);
	return err_set(e, ERR_IO, "%s: %s", c->path, strerror(error));
}

static enum err connect_to(struct control_client *c, const struct folder *in, const char *name,
			   int timeout_ms, struct errinfo *e)
{
	/* Bounds connect(2) when the trainer's queue is full. */
	struct timeval limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000 + 1};
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = c->fd >= 0 &&
		  setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
		  address_connect(in, name, c->fd) && fcntl(c->fd, F_SETFL, O_NONBLOCK) == 0;
	return ok ? ERR_OK : not_connected(c, errno, e);
}

enum fetched { FETCHED_LINE, FETCHED_NOTHING, FETCHED_END };

/* Make `in` begin with a complete line; its length with the newline goes to *len. */
static enum fetched fetch_line(struct control_client *c, size_t *len)
{
	char bytes[4096];
	for (;;) {
		const char *nl = memchr(c->in.buf, '\n', c->in.len);
		if (nl) {
			*len = (size_t)(nl - c->in.buf) + 1;
			return FETCHED_LINE;
		}
		if (c->fd < 0 || c->in.len >= CONTROL_LINE_MAX)
			return FETCHED_END;
		ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return FETCHED_NOTHING;
		if (n <= 0)
			return FETCHED_END;
		strbuf_add(&c->in, bytes, (size_t)n);
	}
}

/* A trainer that has no room sends a refusal in place of its hello. */
static enum err read_hello(struct control_client *c, size_t len, struct errinfo *e)
{
	struct errinfo why;
	struct reply refusal;
	enum err r = hello_decode(&c->hello, c->in.buf, len, &why);
	if (r && !reply_decode(&refusal, c->in.buf, len, NULL)) {
		if (refusal.msg[0])
			r = err_set(&why, ERR_STATE, "%s", refusal.msg);
		reply_release(&refusal);
	}
	strbuf_remove(&c->in, 0, len);
	return r ? err_set(e, r, "%.300s: %.600s", c->path, why.msg) : ERR_OK;
}

static enum err await_hello(struct control_client *c, int timeout_ms, struct errinfo *e)
{
	int64_t deadline = clock_ms() + timeout_ms;
	for (;;) {
		size_t len;
		switch (fetch_line(c, &len)) {
		case FETCHED_LINE:
			return read_hello(c, len, e);
		case FETCHED_END:
			if (c->in.len)
				return err_set(e, ERR_FORMAT,
					       "%s: what answers is not a thaw trainer", c->path);
			return err_set(e, ERR_STATE, "%s: the trainer hung up; is this run yours?",
				       c->path);
		case FETCHED_NOTHING:
			if (!wait_ready(c->fd, POLLIN, deadline))
				return err_set(e, ERR_STATE,
					       "%s: the trainer does not answer; try again",
					       c->path);
		}
	}
}

/* Takes `name` and the descriptor. */
static struct control_client *client_new(char *name, int fd)
{
	struct control_client *c = xcalloc(1, sizeof(*c));
	c->path = name;
	c->fd = fd;
	strbuf_init(&c->in);
	return c;
}

enum err control_client_adopt(struct control_client **out, int fd, const char *name, int timeout_ms,
			      struct errinfo *e)
{
	struct control_client *c = client_new(xstrdup(name), fd);
	enum err r = await_hello(c, timeout_ms, e);
	if (r)
		control_client_close(c);
	else
		*out = c;
	return r;
}

enum err control_client_open_within(struct control_client **out, const struct folder *in,
				    const char *name, int timeout_ms, struct errinfo *e)
{
	struct control_client *c = client_new(folder_path(in, name), -1);
	enum err r = connect_to(c, in, name, timeout_ms, e);
	if (!r)
		r = await_hello(c, timeout_ms, e);
	if (r)
		control_client_close(c);
	else
		*out = c;
	return r;
}

enum err control_client_open(struct control_client **out, const struct folder *in,
			     const char *name, struct errinfo *e)
{
	return control_client_open_within(out, in, name, OPEN_MS, e);
}

void control_client_close(struct control_client *c)
{
	if (!c)
		return;
	hang_up(c);
	hello_release(&c->hello);
	strbuf_release(&c->in);
	free(c->path);
	free(c);
}

const char *control_client_run(const struct control_client *c)
{
	return c->hello.run;
}

int64_t control_client_pid(const struct control_client *c)
{
	return c->hello.pid;
}

const char *control_client_unsaved(const struct control_client *c)
{
	return c->hello.unsaved;
}

static enum err gone(const struct control_client *c, struct errinfo *e)
{
	return err_set(e, ERR_STATE, "%s: the trainer has gone", c->path);
}

static enum err send_all(struct control_client *c, const struct strbuf *line, struct errinfo *e)
{
	int64_t deadline = clock_ms() + SEND_MS;
	for (size_t done = 0; done < line->len;) {
		ssize_t n =
		    send(c->fd, line->buf + done, line->len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			done += (size_t)n;
		} else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if (wait_ready(c->fd, POLLOUT, deadline))
				continue;
			hang_up(c); /* half a line is out: what follows could not be understood */
			return err_set(e, ERR_IO, "%s: the trainer does not read commands",
				       c->path);
		} else if (n == 0 || errno != EINTR) {
			hang_up(c);
			return gone(c, e);
		}
	}
	return ERR_OK;
}

enum err control_client_send(struct control_client *c, struct command *cmd, struct errinfo *e)
{
	struct strbuf line = STRBUF_INIT;
	if (c->fd < 0)
		return gone(c, e);
	cmd->id = ++c->last_id;
	command_encode(cmd, &line);
	enum err r = send_all(c, &line, e);
	strbuf_release(&line);
	return r;
}

static enum err send_introduction(struct control_client *c, const struct introduction *in,
				  struct errinfo *e)
{
	struct strbuf line = STRBUF_INIT;
	if (c->fd < 0)
		return gone(c, e);
	introduction_encode(in, &line);
	enum err r = send_all(c, &line, e);
	strbuf_release(&line);
	return r;
}

enum err control_client_introduce(struct control_client *c, const char *who, bool viewer,
				  bool watch, struct errinfo *e)
{
	bool asked = viewer ? c->hello.asks : c->hello.controls;
	const struct introduction in = {.viewer = viewer, .who = who, .watch = watch};
	return asked ? send_introduction(c, &in, e) : ERR_OK;
}

enum err control_client_take(struct control_client *c, struct errinfo *e)
{
	if (!c->hello.controls && c->fd >= 0)
		return err_set(e, ERR_STATE,
			       "this trainer is of an earlier version: everybody has the controls");
	return send_introduction(c, &(struct introduction){.take = true}, e);
}

int control_client_fd(const struct control_client *c)
{
	return c->fd;
}

enum client_next control_client_next(struct control_client *c, struct reply *r)
{
	size_t len = 0;
	enum fetched got = fetch_line(c, &len);
	if (got == FETCHED_NOTHING)
		return CLIENT_WAIT;
	if (got == FETCHED_LINE && !reply_decode(r, c->in.buf, len, NULL)) {
		strbuf_remove(&c->in, 0, len);
		return CLIENT_REPLY;
	}
	hang_up(c);
	strbuf_reset(&c->in);
	return CLIENT_CLOSED;
}

void control_client_on_notice(struct control_client *c,
			      void (*fn)(void *arg, const struct reply *r), void *arg)
{
	c->on_notice = fn;
	c->arg = arg;
}

enum err control_client_wait(struct control_client *c, int64_t id, int timeout_ms, struct reply *r,
			     struct errinfo *e)
{
	int64_t deadline = timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;
	for (;;) {
		switch (control_client_next(c, r)) {
		case CLIENT_REPLY:
			if (r->id == id)
				return ERR_OK;
			if (r->id == 0 && c->on_notice)
				c->on_notice(c->arg, r);
			reply_release(r);
			break;
		case CLIENT_CLOSED:
			return gone(c, e);
		case CLIENT_WAIT:
			if (!wait_ready(c->fd, POLLIN, deadline))
				return err_set(e, ERR_STATE,
					       "%s: no answer in %g s; the command may still take "
					       "effect",
					       c->path, timeout_ms / 1000.0);
		}
	}
}
