/* A control server and clients of it, in one thread: helpers of its tests. */
#ifndef TESTS_WIRE_SERVED_H
#define TESTS_WIRE_SERVED_H

#include "../sockets.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/wire/control_client.h"
#include "thaw/wire/control_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define DEADLINE_MS 20000

static char *dir, *path;
static struct control_server *server;

/* What the server heard, and how it answers. */
static struct {
	int n;
	uint64_t client;
	int64_t id;
	enum command_type type;
	char arg[64];
	bool answer;
	int n_answers; /* to each command */
} heard;

static inline void on_command(void *arg, uint64_t client, const struct command *c)
{
	assert_ptr_equal(arg, &heard);
	heard.n++;
	heard.client = client;
	heard.id = c->id;
	heard.type = c->type;
	snprintf(heard.arg, sizeof(heard.arg), "%s", c->arg ? c->arg : "");
	char msg[] = "done at iteration 412";
	struct reply r = {.id = c->id, .ok = true, .iter = 412, .msg = msg};
	for (int i = 0; heard.answer && i < heard.n_answers; i++)
		control_server_reply(server, client, &r);
}

static inline void turn(int timeout_ms)
{
	control_server_poll(server, timeout_ms, on_command, &heard);
}

static inline int setup(void **state)
{
	(void)state;
	const char *tmp = getenv("TMPDIR");
	dir = xasprintf("%s/thaw-wire-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	if (!mkdtemp(dir))
		return -1;
	path = path_join(dir, "control.sock");
	memset(&heard, 0, sizeof(heard));
	heard.answer = true;
	heard.n_answers = 1;
	return serve_at(&server, path, "flowers-3", NULL) == ERR_OK ? 0 : -1;
}

static inline int teardown(void **state)
{
	(void)state;
	control_server_close(server);
	server = NULL;
	int left = rmdir(dir);
	free(path);
	free(dir);
	return left;
}

/* Turn the server until a condition holds; the deadline only ends a test that fails. */
#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		int64_t deadline_ms = clock_ms() + DEADLINE_MS;                                    \
		while (!(condition)) {                                                             \
			assert_true(clock_ms() < deadline_ms);                                     \
			turn(5);                                                                   \
		}                                                                                  \
	} while (0)

static inline int raw_connect(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static inline void raw_send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* One line from a raw connection, while the server turns. */
static inline char *raw_line(int fd, char *line, size_t cap)
{
	size_t n = 0;
	int64_t deadline_ms = clock_ms() + DEADLINE_MS;
	while (n + 1 < cap && (n == 0 || line[n - 1] != '\n')) {
		assert_true(clock_ms() < deadline_ms);
		ssize_t got = recv(fd, line + n, 1, MSG_DONTWAIT);
		if (got == 1)
			n++;
		else if (got == 0)
			break;
		else
			turn(1);
	}
	line[n] = '\0';
	return line;
}

static inline bool is_closed(int fd)
{
	char bytes[4096];
	ssize_t n;
	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		;
	return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

struct opening {
	const char *path;
	struct control_client *client;
	enum err err;
	struct errinfo why;
	atomic_bool done;
};

static inline void *open_in_thread(void *arg)
{
	struct opening *o = arg;
	o->err = connect_at(&o->client, o->path, &o->why);
	atomic_store(&o->done, true);
	return NULL;
}

static inline struct control_client *open_client(void)
{
	struct opening o = {.path = path};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, open_in_thread, &o), 0);
	UNTIL(atomic_load(&o.done));
	pthread_join(thread, NULL);
	if (o.err)
		fail_msg("%s", o.why.msg);
	return o.client;
}

static inline enum client_next next_reply(struct control_client *c, struct reply *r)
{
	enum client_next next;
	UNTIL((next = control_client_next(c, r)) != CLIENT_WAIT);
	return next;
}

static inline int64_t send_line(struct control_client *c, const char *line)
{
	struct command cmd;
	assert_int_equal(command_parse_line(&cmd, line, NULL), ERR_OK);
	assert_int_equal(control_client_send(c, &cmd, NULL), ERR_OK);
	int64_t id = cmd.id;
	command_release(&cmd);
	return id;
}

#endif
