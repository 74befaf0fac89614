#include "thaw/wire/control_server.h"
#include "address.h"
#include "controls.h"
#include "hello.h"
#include "thaw/base/alloc.h"
#include "thaw/base/plain.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACCEPT_MAX 16 /* connections taken in one call */

struct client {
	uint64_t id;
	int fd;            /* -1 = dropped, swept at the end of the call */
	bool viewer;       /* a person watches there */
	bool watch;        /* and will never do more */
	char *who;         /* clean; NULL: it did not say */
	bool no_more;      /* it has closed its sending side; replies may still go out */
	bool deaf;         /* it takes nothing any more; what it sent before it left still counts */
	struct strbuf in;  /* an incomplete line */
	struct strbuf out; /* what its socket would not take yet */
};

struct control_server {
	struct folder in;
	char *name, *path, *run; /* path: for messages */
	char *unsaved;           /* why something cannot be saved; NULL: everything is */
	int fd;
	dev_t dev; /* of the socket we made, so that close removes no other */
	ino_t ino;
	uint64_t last_id;
	struct client clients[CONTROL_CLIENTS_MAX];
	size_t n_clients;
	struct controls controls;
	bool news; /* who has them, or who watches, is not told yet */
	bool polling; /* within control_server_poll(): positions in `clients` must not move */
};

static bool look(const struct folder *f, const char *name, struct stat *st)
{
	return fstatat(f->fd, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Someone may listen there already, or a dead trainer has left its socket. */
static enum err clear_stale(const struct control_server *s, struct errinfo *e)
{
	struct stat st;
	if (!look(&s->in, s->name, &st))
		return ERR_OK;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_IO, "%s: exists and is not a socket; move it away", s->path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, ERR_IO, "%s: %s", s->path, strerror(errno));
	bool alive = address_connect(&s->in, s->name, fd) || errno == EAGAIN;
	close(fd);
	if (alive)
		return err_set(e, ERR_STATE, "%s: another trainer is running this run", s->path);
	struct errinfo why;
	if (folder_remove(&s->in, s->name, &why))
		return err_set(e, ERR_IO, "cannot remove the old socket: %s", why.msg);
	return ERR_OK;
}

static enum err listen_at(struct control_server *s, struct errinfo *e)
{
	struct stat st;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode set before bind(2) is the one the file is born with, less the umask's bits;
	 * there is no moment at which others may connect. */
	if (s->fd >= 0 && fchmod(s->fd, 0600) == 0 && address_bind(&s->in, s->name, s->fd) &&
	    listen(s->fd, CONTROL_CLIENTS_MAX) == 0 && look(&s->in, s->name, &st)) {
		fchmodat(s->in.fd, s->name, 0600, AT_SYMLINK_NOFOLLOW);
		s->dev = st.st_dev;
		s->ino = st.st_ino;
		return ERR_OK;
	}
	return err_set(e, errno == ENAMETOOLONG ? ERR_VALUE : ERR_IO,
		       "%s: cannot listen for commands: %s", s->path, strerror(errno));
}

enum err control_server_open(struct control_server **out, const struct folder *in,
			     const char *name, const char *run_name, struct errinfo *e)
{
	struct control_server *s = xcalloc(1, sizeof(*s));
	s->fd = -1;
	s->name = xstrdup(name);
	s->path = folder_path(in, name);
	s->run = xstrdup(run_name);
	enum err r = folder_copy(&s->in, in, e);
	if (!r)
		r = clear_stale(s, e);
	if (!r)
		r = listen_at(s, e);
	if (r)
		control_server_close(s);
	else
		*out = s;
	return r;
}

static void drop(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	strbuf_release(&c->in);
	strbuf_release(&c->out);
}

static void forget(struct control_server *s, struct client *c)
{
	s->news = s->news || c->viewer || s->controls.holder == c->id;
	controls_leave(&s->controls, c->id);
	free(c->who);
}

static void sweep(struct control_server *s)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n_clients; i++)
		if (s->clients[i].fd >= 0)
			s->clients[kept++] = s->clients[i];
		else
			forget(s, &s->clients[i]);
	s->n_clients = kept;
}

static void flush_client(struct client *c)
{
	while (c->fd >= 0 && c->out.len) {
		ssize_t n = send(c->fd, c->out.buf, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n > 0) {
			strbuf_remove(&c->out, 0, (size_t)n);
			continue;
		}
		c->deaf = true;
		strbuf_release(&c->out);
	}
}

static void reply_to(struct client *c, const struct reply *r)
{
	if (c->fd < 0 || c->deaf)
		return;
	reply_encode(r, &c->out);
	flush_client(c);
	if (c->fd >= 0 && c->out.len > CONTROL_BACKLOG_MAX)
		drop(c);
}

static void refuse(struct client *c, int64_t id, const char *why)
{
	const struct reply r = {.id = id, .ok = false, .msg = why};
	reply_to(c, &r);
}

static bool may_connect(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void admit(struct control_server *s, int fd)
{
	struct client c = {.id = ++s->last_id, .fd = fd, .in = STRBUF_INIT, .out = STRBUF_INIT};
	if (!may_connect(fd)) {
		drop(&c);
		return;
	}
	if (s->n_clients == CONTROL_CLIENTS_MAX) {
		refuse(&c, 0, "too many viewers are connected to this run; close one");
		drop(&c);
		return;
	}
	hello_encode(s->run, s->unsaved, &c.out);
	flush_client(&c);
	s->clients[s->n_clients++] = c;
}

static void accept_some(struct control_server *s)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		admit(s, fd);
	}
}

/* ---- who has the controls ---- */

static bool is_taken(const struct control_server *s, const char *who)
{
	for (size_t i = 0; i < s->n_clients; i++)
		if (s->clients[i].who && strcmp(s->clients[i].who, who) == 0)
			return true;
	return false;
}

/* Two of one name are told apart by a number. */
static char *name_of(const struct control_server *s, const char *said)
{
	char clean[CONTROL_WHO_MAX];
	plain_fit(clean, sizeof(clean), *said ? said : "somebody");
	char *who = xstrdup(clean);
	for (int i = 2; is_taken(s, who); i++) {
		free(who);
		who = xasprintf("%s (%d)", clean, i);
	}
	return who;
}

static void introduce(struct control_server *s, struct client *c, const struct introduction *in)
{
	c->viewer = c->viewer || in->viewer;
	c->watch = c->watch || in->watch;
	if (!c->who && in->who)
		c->who = name_of(s, in->who);
	s->news = true;
}

static void hand_over(struct control_server *s, const struct client *c)
{
	controls_take(&s->controls, c->id, c->who, !c->viewer);
	s->news = true;
}

static void take_over(struct control_server *s, struct client *c)
{
	if (!c->who || c->watch)
		refuse(c, 0, "who only watches cannot take the controls");
	else
		hand_over(s, c);
}

/* Whether a command of theirs is obeyed; otherwise it was refused. */
static bool may_command(struct control_server *s, struct client *c, int64_t id)
{
	const struct controls *now = &s->controls;
	if (!c->who || now->holder == c->id)
		return true;
	if (!c->watch && (!c->viewer || !now->holder)) {
		hand_over(s, c);
		return true;
	}
	char *why = c->watch ? xstrdup("who only watches cannot give commands")
			     : xasprintf("%s has the controls; t takes them", now->who);
	refuse(c, id, why);
	free(why);
	return false;
}

static int64_t count_watching(const struct control_server *s)
{
	int64_t n = 0;
	for (size_t i = 0; i < s->n_clients; i++)
		n += s->clients[i].fd >= 0 && s->clients[i].viewer;
	return n;
}

static void tell_controls(struct control_server *s)
{
	const struct controls *now = &s->controls;
	char none[] = "", *msg = now->who ? xasprintf("%s has the controls", now->who)
					  : xstrdup("nobody has the controls");
	struct reply r = {.ok = true,
			  .msg = msg,
			  .controls = now->who ? now->who : none,
			  .viewers = count_watching(s)};
	for (size_t i = 0; i < s->n_clients && s->news; i++) {
		r.yours = s->clients[i].id == now->holder;
		if (s->clients[i].viewer && s->clients[i].who)
			reply_to(&s->clients[i], &r);
	}
	s->news = false;
	free(msg);
}

void control_server_on_change(struct control_server *s, control_change_fn *fn, void *arg)
{
	s->controls.on_change = fn;
	s->controls.arg = arg;
}

struct sink { /* where commands go */
	struct control_server *server;
	void (*on_command)(void *arg, uint64_t client, const struct command *c);
	void *arg;
};

static void take_line(struct client *c, const char *line, size_t len, const struct sink *to)
{
	struct command cmd;
	struct errinfo why;
	struct introduction in;
	if (introduction_decode(&in, line, len)) {
		if (in.take)
			take_over(to->server, c);
		else
			introduce(to->server, c, &in);
		introduction_release(&in);
		return;
	}
	if (command_decode(&cmd, line, len, &why)) {
		refuse(c, cmd.id, why.msg);
		return;
	}
	if (may_command(to->server, c, cmd.id))
		to->on_command(to->arg, c->id, &cmd);
	command_release(&cmd);
}

static void too_long(struct client *c)
{
	refuse(c, 0, "a command line of more than 64 KiB");
	drop(c);
}

/* Hand over the complete lines of `in`; a callback may drop the client. */
static void take_lines(struct client *c, const struct sink *to)
{
	struct strbuf in = c->in;
	size_t at = 0;
	strbuf_init(&c->in);
	while (c->fd >= 0) {
		const char *nl = memchr(in.buf + at, '\n', in.len - at);
		size_t len = nl ? (size_t)(nl - in.buf) - at : in.len - at;
		if (len >= CONTROL_LINE_MAX) {
			too_long(c);
		} else if (nl) {
			take_line(c, in.buf + at, len, to);
			at += len + 1;
		} else {
			strbuf_add(&c->in, in.buf + at, len);
			break;
		}
	}
	strbuf_release(&in);
}

static void receive(struct client *c, const struct sink *to)
{
	char bytes[CONTROL_LINE_MAX];
	ssize_t n;
	do {
		n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		strbuf_add(&c->in, bytes, (size_t)n);
		take_lines(c, to);
	} else if (n == 0) {
		c->no_more = true;
	} else if (errno != EAGAIN && errno != EWOULDBLOCK) {
		drop(c);
	}
}

static void serve(struct client *c, short revents, const struct sink *to)
{
	if (revents & POLLIN && !c->no_more)
		receive(c, to);
	else if (revents & (POLLHUP | POLLERR | POLLNVAL))
		drop(c);
	if (c->fd >= 0 && revents & POLLOUT)
		flush_client(c);
}

void control_server_poll(struct control_server *s, int timeout_ms,
			 void (*on_command)(void *arg, uint64_t client, const struct command *c),
			 void *arg)
{
	struct pollfd fds[1 + CONTROL_CLIENTS_MAX] = {{s->fd, POLLIN, 0}};
	const struct sink to = {s, on_command, arg};
	assert(!s->polling);
	sweep(s);
	size_t n = s->n_clients;
	for (size_t i = 0; i < n; i++) {
		const struct client *c = &s->clients[i];
		int events = (c->no_more ? 0 : POLLIN) | (c->out.len ? POLLOUT : 0);
		fds[1 + i] = (struct pollfd){c->fd, (short)events, 0};
	}
	if (poll(fds, 1 + n, timeout_ms < 0 ? 0 : timeout_ms) <= 0)
		return;
	s->polling = true;
	for (size_t i = 0; i < n; i++)
		if (s->clients[i].fd >= 0)
			serve(&s->clients[i], fds[1 + i].revents, &to);
	s->polling = false;
	sweep(s);
	tell_controls(s);
	if (fds[0].revents)
		accept_some(s);
}

void control_server_reply(struct control_server *s, uint64_t client, const struct reply *r)
{
	for (size_t i = 0; i < s->n_clients; i++)
		if (s->clients[i].id == client)
			reply_to(&s->clients[i], r);
}

void control_server_tell(struct control_server *s, uint64_t client, int64_t iter, const char *msg)
{
	const struct reply r = {.ok = true, .iter = iter, .msg = msg};
	control_server_reply(s, client, &r);
}

void control_server_tell_unsaved(struct control_server *s, int64_t iter, const char *reason)
{
	char none[] = "";
	free(s->unsaved);
	s->unsaved = reason ? xstrdup(reason) : NULL;
	char *msg = reason ? xasprintf("not saved, the run waits: %s", reason)
			   : xstrdup("everything is saved, the run goes on");
	const struct reply r = {
	    .ok = !reason, .iter = iter, .msg = msg, .unsaved = reason ? s->unsaved : none};
	for (size_t i = 0; i < s->n_clients; i++)
		reply_to(&s->clients[i], &r);
	free(msg);
}

size_t control_server_viewers(const struct control_server *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n_clients; i++)
		n += s->clients[i].fd >= 0 && s->clients[i].viewer && !s->clients[i].watch;
	return n;
}

size_t control_server_clients(const struct control_server *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n_clients; i++)
		n += s->clients[i].fd >= 0;
	return n;
}

void control_server_close(struct control_server *s)
{
	struct stat st;
	if (!s)
		return;
	for (size_t i = 0; i < s->n_clients; i++) {
		flush_client(&s->clients[i]);
		drop(&s->clients[i]);
		free(s->clients[i].who);
	}
	controls_release(&s->controls);
	if (s->fd >= 0)
		close(s->fd);
	if (s->ino && look(&s->in, s->name, &st) && st.st_dev == s->dev && st.st_ino == s->ino)
		folder_remove(&s->in, s->name, NULL);
	folder_close(&s->in);
	free(s->name);
	free(s->path);
	free(s->run);
	free(s->unsaved);
	free(s);
}
