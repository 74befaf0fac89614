/* Commands and replies over the socket, between a server and clients that behave and that do not.
 */
#include "served.h"

static void test_round_trip(void **state)
{
	(void)state;
	struct control_client *c = open_client();
	struct reply r;
	assert_string_equal(control_client_run(c), "flowers-3");
	assert_int_equal(control_client_pid(c), getpid());
	assert_int_equal(control_client_next(c, &r), CLIENT_WAIT);
	int64_t id = send_line(c, "freeze 0-12");
	assert_int_equal(next_reply(c, &r), CLIENT_REPLY);
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.type, CMD_FREEZE);
	assert_string_equal(heard.arg, "0-12");
	assert_int_equal(r.id, id);
	assert_int_equal(r.iter, 412);
	assert_true(r.ok);
	assert_string_equal(r.msg, "done at iteration 412");
	reply_release(&r);
	int64_t second = send_line(c, "pause"), third = send_line(c, "undo");
	assert_true(id < second && second < third);
	UNTIL(heard.n == 3);
	assert_int_equal(control_client_wait(c, third, DEADLINE_MS, &r, NULL), ERR_OK);
	assert_int_equal(r.id, third);
	reply_release(&r);
	control_client_close(c);
	UNTIL(control_server_clients(server) == 0);
}

static void test_late_reply(void **state)
{
	(void)state;
	struct control_client *c = open_client();
	char msg[] = "later";
	struct reply r = {.ok = true, .msg = msg}, got;
	heard.answer = false;
	int64_t id = send_line(c, "lr 1e-4");
	UNTIL(heard.n == 1);
	assert_int_equal(control_client_wait(c, id, 1, &got, NULL), ERR_STATE);
	r.id = id;
	control_server_reply(server, heard.client, &r);
	control_server_reply(server, heard.client + 1000, &r);
	assert_int_equal(control_client_wait(c, id, DEADLINE_MS, &got, NULL), ERR_OK);
	assert_string_equal(got.msg, "later");
	reply_release(&got);
	control_client_close(c);
	UNTIL(control_server_clients(server) == 0);
	control_server_reply(server, heard.client, &r);
}

static void test_mode_and_stale(void **state)
{
	(void)state;
	struct stat st;
	struct control_server *other = NULL;
	struct control_client *c = NULL;
	struct errinfo e;
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(serve_at(&other, path, "x", &e), ERR_STATE);
	assert_non_null(strstr(e.msg, "another trainer"));
	/* A dead trainer's socket: bound, but nobody listens. */
	control_server_close(server);
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
	assert_int_equal(connect_at(&c, path, &e), ERR_STATE);
	assert_non_null(strstr(e.msg, "this run is not running"));
	assert_int_equal(serve_at(&server, path, "flowers-3", &e), ERR_OK);
	c = open_client();
	control_client_close(c);
	control_server_close(server);
	server = NULL;
	assert_false(file_exists(path));
	assert_int_equal(connect_at(&c, path, &e), ERR_STATE);
	assert_int_equal(file_write_atomic(path, "x", 1, NULL), ERR_OK);
	assert_int_equal(serve_at(&server, path, "flowers-3", &e), ERR_IO);
	assert_int_equal(connect_at(&c, path, &e), ERR_STATE);
	assert_int_equal(unlink(path), 0);
}

/* Another run's socket under this one's name: nobody is called. */
static void test_not_ones_own(void **state)
{
	(void)state;
	static const char *const says[] = {"a link, which is not followed; remove it",
					   "a second name (a hard link)", "not a socket"};
	struct errinfo e;
	char *alias = path_join(dir, "alias.sock");
	for (size_t i = 0; i < 3; i++) {
		struct control_client *c = NULL;
		struct control_server *other = NULL;
		assert_int_equal(i == 0   ? symlink(path, alias)
				 : i == 1 ? link(path, alias)
					  : mkfifo(alias, 0600),
				 0);
		assert_int_equal(connect_at(&c, alias, &e), ERR_STATE);
		assert_non_null(strstr(e.msg, says[i]));
		/* A second name may be taken by a new trainer; what is no socket is left. */
		assert_int_equal(serve_at(&other, alias, "alias", &e), i == 1 ? ERR_OK : ERR_IO);
		control_server_close(other);
		assert_int_equal(file_exists(alias), i != 1);
		unlink(alias);
		turn(0);
		assert_int_equal(control_server_clients(server), 0);
	}
	free(alias);
	struct control_client *c = open_client(); /* its own name still leads there */
	control_client_close(c);
}

static void test_long_path(void **state)
{
	(void)state;
	char *deep = xstrdup(dir);
	struct control_server *first = server;
	for (int i = 0; i < 4; i++) {
		char *next = xasprintf("%s/%050d", deep, i);
		free(deep);
		deep = next;
	}
	assert_int_equal(file_mkdirs(deep, NULL), ERR_OK);
	char *shorter = path;
	path = path_join(deep, "control.sock");
	assert_true(strlen(path) > 200);
	assert_int_equal(serve_at(&server, path, "deep", NULL), ERR_OK);
	struct control_client *c = open_client();
	assert_string_equal(control_client_run(c), "deep");
	control_client_close(c);
	control_server_close(server);
	assert_false(file_exists(path));
	struct errinfo e;
	char *no_name = xasprintf("%s/%0120d", deep, 1);
	assert_int_equal(serve_at(&server, no_name, "deep", &e), ERR_VALUE);
	free(no_name);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rmdir(deep), 0);
		*strrchr(deep, '/') = '\0';
	}
	free(deep);
	free(path);
	path = shorter;
	server = first;
}

static void test_garbage(void **state)
{
	(void)state;
	char line[2048];
	int fd = raw_connect();
	struct reply r;
	assert_non_null(strstr(raw_line(fd, line, sizeof(line)),
			       "{\"thaw\":\"control\",\"version\":1,\"run\":\"flowers-3\""));
	static const char *const rows[] = {"GET / HTTP/1.1\r\n",
					   "\n",
					   "{\"id\":1,\"cmd\":\"explode\"}\n",
					   "{\"id\":2,\"cmd\":\"lr\",\"arg\":\"-1\"}\n",
					   "\xff\xfe\x01\n",
					   "[[[[[[[\n"};
	static const int64_t ids[] = {0, 0, 1, 2, 0, 0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		raw_send(fd, rows[i]);
		raw_line(fd, line, sizeof(line));
		assert_int_equal(reply_decode(&r, line, strlen(line), NULL), ERR_OK);
		assert_false(r.ok);
		assert_int_equal(r.id, ids[i]);
		assert_true(r.msg[0]);
		reply_release(&r);
	}
	raw_send(fd, "{\"id\":3,\"cmd\":\"pause\"}\n");
	raw_line(fd, line, sizeof(line));
	assert_int_equal(heard.n, 1);
	close(fd);
}

static void test_half_a_line(void **state)
{
	(void)state;
	char line[1024];
	int fd = raw_connect();
	raw_line(fd, line, sizeof(line));
	static const char whole[] = "{\"id\":3,\"cmd\":\"stop\"}\n";
	for (size_t i = 0; i < strlen(whole); i++) {
		assert_int_equal(heard.n, 0);
		assert_int_equal(send(fd, whole + i, 1, MSG_NOSIGNAL), 1);
		turn(0);
	}
	UNTIL(heard.n == 1);
	raw_send(fd, "{\"id\":4,\"cmd\":\"st");
	turn(0);
	close(fd);
	UNTIL(control_server_clients(server) == 0);
	assert_int_equal(heard.n, 1);
}

static void test_command_then_gone(void **state)
{
	(void)state;
	int fd = raw_connect();
	raw_send(fd, "{\"id\":1,\"cmd\":\"pause\"}\n{\"id\":2,\"cmd\":\"stop\"}\n");
	close(fd);
	UNTIL(control_server_clients(server) == 0 && heard.n == 2);
	/* One that only stops sending still gets its answers. */
	char line[1024];
	fd = raw_connect();
	raw_send(fd, "{\"id\":7,\"cmd\":\"undo\"}\n");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	raw_line(fd, line, sizeof(line));
	assert_non_null(strstr(raw_line(fd, line, sizeof(line)), "\"id\":7"));
	close(fd);
	UNTIL(control_server_clients(server) == 0);
}

static void test_line_too_long(void **state)
{
	(void)state;
	char *much = xmalloc(CONTROL_LINE_MAX);
	memset(much, 'a', CONTROL_LINE_MAX);
	int fd = raw_connect();
	UNTIL(control_server_clients(server) == 1);
	size_t sent = 0;
	int64_t deadline_ms = clock_ms() + DEADLINE_MS;
	while (control_server_clients(server) > 0) {
		ssize_t n = send(fd, much, CONTROL_LINE_MAX, MSG_NOSIGNAL | MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
		turn(5);
		assert_true(clock_ms() < deadline_ms);
	}
	assert_true(sent >= CONTROL_LINE_MAX);
	assert_int_equal(heard.n, 0);
	close(fd);
	free(much);
}

static void test_never_reads(void **state)
{
	(void)state;
	int fd = raw_connect();
	struct control_client *good = open_client();
	UNTIL(control_server_clients(server) == 2);
	heard.n_answers = 50;
	int64_t longest = 0;
	while (control_server_clients(server) == 2) {
		send(fd, "{\"id\":1,\"cmd\":\"pause\"}\n", 23, MSG_NOSIGNAL | MSG_DONTWAIT);
		int64_t before = clock_ms();
		turn(0);
		longest = clock_ms() - before > longest ? clock_ms() - before : longest;
		assert_true(heard.n < 1000000);
	}
	assert_true(longest < 5000);
	assert_true(is_closed(fd));
	close(fd);
	heard.n_answers = 1;
	struct reply r;
	send_line(good, "resume");
	assert_int_equal(next_reply(good, &r), CLIENT_REPLY);
	reply_release(&r);
	control_client_close(good);
}

static void test_many_clients(void **state)
{
	(void)state;
	int fds[CONTROL_CLIENTS_MAX];
	char line[1024];
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = raw_connect();
		UNTIL(control_server_clients(server) == i + 1);
	}
	struct opening o = {.path = path};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, open_in_thread, &o), 0);
	UNTIL(atomic_load(&o.done));
	pthread_join(thread, NULL);
	assert_int_equal(o.err, ERR_STATE);
	assert_non_null(strstr(o.why.msg, "too many"));
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		raw_send(fds[i], "{\"id\":5,\"cmd\":\"undo\"}\n");
	UNTIL(heard.n == CONTROL_CLIENTS_MAX);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		raw_line(fds[i], line, sizeof(line));
		assert_non_null(strstr(raw_line(fds[i], line, sizeof(line)), "\"id\":5"));
		close(fds[i]);
	}
	UNTIL(control_server_clients(server) == 0);
}

static void test_server_gone(void **state)
{
	(void)state;
	struct control_client *c = open_client();
	struct reply r;
	struct command cmd;
	struct errinfo e;
	control_server_close(server);
	server = NULL;
	assert_int_equal(control_client_wait(c, 1, DEADLINE_MS, &r, &e), ERR_STATE);
	assert_int_equal(control_client_next(c, &r), CLIENT_CLOSED);
	assert_int_equal(control_client_fd(c), -1);
	assert_int_equal(command_parse_line(&cmd, "pause", NULL), ERR_OK);
	assert_int_equal(control_client_send(c, &cmd, &e), ERR_STATE);
	command_release(&cmd);
	control_client_close(c);
	control_client_close(NULL);
	control_server_close(NULL);
}

/* A listener of our own in the trainer's place, which says `greeting` to one client. */
static enum err open_against(const char *greeting, int timeout_ms, struct errinfo *e)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct control_client *c = NULL;
	char *fake = path_join(dir, "fake.sock");
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", fake);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), peer = -1;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	struct opening o = {.path = fake};
	pthread_t thread;
	enum err r;
	if (timeout_ms >= 0) {
		r = connect_within(&c, fake, timeout_ms, e);
	} else {
		assert_int_equal(pthread_create(&thread, NULL, open_in_thread, &o), 0);
		peer = accept(fd, NULL, NULL);
		assert_true(peer >= 0);
		assert_int_equal(send(peer, greeting, strlen(greeting), MSG_NOSIGNAL),
				 (ssize_t)strlen(greeting));
		shutdown(peer, SHUT_WR);
		pthread_join(thread, NULL);
		r = o.err;
		*e = o.why;
		c = o.client;
		close(peer);
	}
	assert_null(c);
	close(fd);
	unlink(fake);
	free(fake);
	return r;
}

static void test_bad_greetings(void **state)
{
	(void)state;
	static const struct {
		const char *greeting;
		enum err err;
	} rows[] = {
	    {"{\"thaw\":\"control\",\"version\":2,\"run\":\"x\",\"pid\":1}\n", ERR_MISMATCH},
	    {"{\"thaw\":\"other\",\"version\":1}\n", ERR_FORMAT},
	    {"SSH-2.0-OpenSSH_9.2\r\n", ERR_FORMAT},
	    {"{}\n", ERR_FORMAT},
	    {"{\"thaw\":\"control\"", ERR_FORMAT},
	    {"", ERR_STATE},
	};
	struct errinfo e;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(open_against(rows[i].greeting, -1, &e), rows[i].err);
	assert_int_equal(open_against("", 20, &e), ERR_STATE);
	assert_non_null(strstr(e.msg, "does not answer"));
}

/* Those that are connected, and those that come later; until it is over. */
static void test_unsaved_is_told(void **state)
{
	(void)state;
	char line[1024];
	struct reply r;
	int fd = raw_connect();
	raw_line(fd, line, sizeof(line));
	assert_null(strstr(line, "unsaved"));
	control_server_tell_unsaved(server, 7, "events.jsonl: No space left on device");
	raw_line(fd, line, sizeof(line));
	assert_int_equal(reply_decode(&r, line, strlen(line), NULL), ERR_OK);
	assert_int_equal(r.id, 0);
	assert_int_equal(r.iter, 7);
	assert_false(r.ok);
	assert_non_null(strstr(r.msg, "No space left"));
	assert_string_equal(r.unsaved, "events.jsonl: No space left on device");
	reply_release(&r);
	int late = raw_connect();
	raw_line(late, line, sizeof(line));
	assert_non_null(strstr(line, "\"unsaved\":\"events.jsonl: No space left on device\""));
	control_server_tell_unsaved(server, 7, NULL);
	for (int i = 0; i < 2; i++) {
		raw_line(i ? late : fd, line, sizeof(line));
		assert_int_equal(reply_decode(&r, line, strlen(line), NULL), ERR_OK);
		assert_true(r.ok);
		assert_string_equal(r.unsaved, "");
		reply_release(&r);
	}
	close(fd);
	close(late);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_round_trip),        TEST(test_late_reply),    TEST(test_mode_and_stale),
	    TEST(test_long_path),         TEST(test_garbage),       TEST(test_half_a_line),
	    TEST(test_command_then_gone), TEST(test_line_too_long), TEST(test_never_reads),
	    TEST(test_many_clients),      TEST(test_server_gone),   TEST(test_bad_greetings),
	    TEST(test_unsaved_is_told),   TEST(test_not_ones_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
