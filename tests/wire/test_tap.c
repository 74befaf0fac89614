/* The link to another machine: a log that arrives whole however often the link breaks, commands, lists;
 * what a host may say and do. The host is this program itself, as ssh and as
 * `thaw tap`.
 */
#include "../../src/wire/mirror.h"
#include "../fake_ssh.h"
#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/base/rng.h"
#include "thaw/base/run_files.h"
#include "thaw/event/log_reader.h"
#include "thaw/event/log_writer.h"
#include "thaw/wire/control_client.h"
#include "thaw/wire/control_server.h"
#include "thaw/wire/link.h"
#include "thaw/wire/remote.h"
#include "thaw/wire/tap.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DEADLINE_MS 120000

/* ---- the host ---- */

static char dir[64];

static char *there(const char *name)
{
	return path_join(fake_ssh_home(), name);
}

/* As `thaw tap RUN --from SEQ --log ID`, or `thaw tap`. */
static bool list_two(void *arg, struct tap_teller *to)
{
	static int calls;
	(void)arg;
	if (calls++ == 0) {
		tap_tell(to, 'R', "{\"name\":\"a\"}", 12);
		tap_tell(to, 'R', "{\"name\":\"b\"}", 12);
	} else if (calls == 2) {
		tap_tell(to, 'G', "runs/a", 6);
	}
	return true;
}

static int as_tap(int argc, char **argv)
{
	struct tap_options o = {.in = STDIN_FILENO, .out = STDOUT_FILENO, .name = "run"};
	struct errinfo e;
	if (argc > 2)
		o.run = argv[2];
	else
		o.list = list_two;
	for (int i = 3; i + 1 < argc; i += 2)
		if (strcmp(argv[i], "--from") == 0)
			o.from = atoll(argv[i + 1]);
		else if (strcmp(argv[i], "--log") == 0)
			o.log = argv[i + 1];
	if (!tap_serve(&o, &e))
		return 0;
	fprintf(stderr, "thaw tap: %s\n", e.msg);
	return 2;
}

static int setup(void **state)
{
	char self[512];
	(void)state;
	strcpy(dir, P_tmpdir "/thaw-tap-XXXXXX");
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0 || !mkdtemp(dir))
		return -1;
	self[n] = '\0';
	fake_ssh_open(dir);
	char *state_home = path_join(dir, "state");
	int r = setenv("THAW_REMOTE", self, 1) | setenv("XDG_STATE_HOME", state_home, 1);
	free(state_home);
	return r;
}

static int teardown(void **state)
{
	(void)state;
	char *command = xasprintf("rm -rf '%s'", dir);
	int r = system(command);
	free(command);
	return r;
}

/* A run of that name there, whose trainer is this test. */
struct host_run {
	struct folder folder;
	struct log_writer *log;
	int lock;
	uint64_t counter;
};

static void run_open(struct host_run *h, const char *name)
{
	char *path = there(name);
	*h = (struct host_run){.folder = FOLDER_INIT};
	assert_int_equal(file_mkdirs(path, NULL), ERR_OK);
	assert_int_equal(folder_open(&h->folder, path, NULL), ERR_OK);
	assert_int_equal(folder_file(&h->folder, RUN_LOCK, FOLDER_LOCK, &h->lock, NULL), ERR_OK);
	assert_int_equal(flock(h->lock, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(log_writer_open(&h->log, &h->folder, false, NULL), ERR_OK);
	free(path);
}

static void run_close(struct host_run *h)
{
	log_writer_close(h->log, NULL);
	folder_close(&h->folder);
	close(h->lock);
}

/* Notes of all lengths, hard to pack. */
static void run_write(struct host_run *h, int n)
{
	for (int i = 0; i < n; i++) {
		char text[600];
		size_t len = 1 + rng_below(1, h->counter++, sizeof(text) - 2);
		for (size_t at = 0; at < len; at++)
			text[at] = (char)('0' + rng_below(2, h->counter++, 60));
		text[len] = '\0';
		struct event ev = {.type = EV_NOTE, .note = {.text = text}};
		assert_int_equal(log_writer_append(h->log, &ev, NULL), ERR_OK);
	}
}

/* ---- here ---- */

struct client {
	struct loop *loop;
	struct remote *remote;
	struct strbuf told; /* of a list */
};

static void on_record(void *arg, enum remote_record kind, const char *text, size_t len)
{
	struct client *c = arg;
	assert_int_equal(strlen(text), len);
	strbuf_addf(&c->told, "%d%s ", kind, text);
}

static int deaf_ms = DEADLINE_MS; /* of links that are opened from now on */

static enum err client_new(struct client *c, const char *name, bool list, struct errinfo *e)
{
	struct remote_url url;
	enum err r = remote_url_parse(&url, name, e);
	*c = (struct client){.loop = loop_new(), .told = STRBUF_INIT};
	if (!r)
		r = remote_new(
		    &c->remote, c->loop, &url,
		    &(struct remote_options){
			.list = list, .deaf_ms = deaf_ms, .on_record = on_record, .arg = c},
		    e);
	remote_url_release(&url);
	return r;
}

static void client_open(struct client *c, const char *name, bool list)
{
	struct errinfo e = {0};
	if (client_new(c, name, list, &e) || remote_greet(c->remote, &e))
		fail_msg("%s", e.msg);
}

static void client_close(struct client *c)
{
	remote_free(c->remote);
	loop_free(c->loop);
	strbuf_release(&c->told);
}

static struct strbuf bytes_of(const char *folder)
{
	struct strbuf bytes = STRBUF_INIT;
	char *path = path_join(folder, RUN_LOG);
	file_read(path, &bytes, NULL);
	free(path);
	return bytes;
}

/* Whole lines here, each as it is there? */
static bool is_beginning(const struct client *c, const char *run, bool whole)
{
	char *path = there(run);
	struct strbuf a = bytes_of(path), b = bytes_of(remote_dir(c->remote));
	bool is = b.len <= a.len && memcmp(a.buf, b.buf, b.len) == 0 && (!whole || a.len == b.len);
	strbuf_release(&a);
	strbuf_release(&b);
	free(path);
	return is;
}

static bool turn(struct client *c, int64_t *end)
{
	if (!*end)
		*end = clock_ms() + DEADLINE_MS;
	if (clock_ms() > *end)
		fail_msg("nothing more happens");
	loop_run_once(c->loop, 20);
	return true;
}

static void await_same(struct client *c, const char *run)
{
	for (int64_t end = 0; !is_beginning(c, run, true);)
		turn(c, &end);
}

static void await_state(struct client *c, enum remote_state state)
{
	for (int64_t end = 0; remote_state(c->remote) != state;)
		turn(c, &end);
}

/* As long as it is not lost its ssh was not waited for, so the number is that process's. */
static void kill_ssh(struct client *c)
{
	if (remote_state(c->remote) != REMOTE_LOST)
		kill(fake_ssh_pid(), SIGKILL);
	await_state(c, REMOTE_LOST);
}

static void expect_words(struct client *c, const char *words)
{
	char text[512];
	remote_words(c->remote, text, sizeof(text));
	if (!strstr(text, words))
		fail_msg("no '%s' in: %s", words, text);
}

/* Whatever state it is in by then. */
static void await_words(struct client *c, const char *words)
{
	char text[512] = "";
	for (int64_t end = 0; !strstr(text, words);) {
		turn(c, &end);
		remote_words(c->remote, text, sizeof(text));
	}
}

/* ---- a log on its way ---- */

static void test_mirror_grows(void **state)
{
	(void)state;
	struct host_run h;
	struct client c;
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	run_open(&h, "grows");
	run_write(&h, 3000);
	client_open(&c, "ssh://host/grows", false);
	assert_true(remote_alive(c.remote));
	await_same(&c, "grows");
	assert_true(remote_whole(c.remote));
	run_write(&h, 5);
	assert_true(write(log_writer_fd(h.log), "{\"seq\":99", 9) ==
		    9); /* a torn line stays there */
	for (int64_t end = 0; remote_mirror_size(c.remote) < folder_size(&h.folder, RUN_LOG) - 9;)
		turn(&c, &end);
	assert_true(is_beginning(&c, "grows", false));
	flock(h.lock, LOCK_UN);
	for (int64_t end = 0; remote_alive(c.remote);)
		turn(&c, &end);
	run_close(&h);
	client_close(&c);
}

/* What a reader of the mirror gets: every event once, in order, nothing broken. */
static void read_on(struct log_reader *r, int64_t *seq)
{
	struct event ev;
	struct errinfo e = {0};
	enum log_next next;
	while ((next = log_reader_next(r, &ev, &e)) == LOG_EVENT) {
		assert_int_equal(ev.seq, ++*seq);
		event_release(&ev);
	}
	if (next == LOG_BROKEN)
		fail_msg("%s", e.msg);
}

/* ssh is gone after any number of bytes, 200 times; now and then it is killed. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	struct host_run h;
	struct client c;
	struct log_reader *reader = NULL;
	int64_t seq = 0;
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	run_open(&h, "cut");
	run_write(&h, 10);
	client_open(&c, "ssh://host/cut", false);
	assert_int_equal(log_reader_open(&reader, remote_dir(c.remote), NULL), ERR_OK);
	for (uint64_t i = 0; i < 200; i++) {
		fake_ssh_plan(FAKE_CUT, 60 + (int64_t)rng_below(4, i, i % 4 ? 300 : 20000), NULL);
		run_write(&h, i % 4 ? 2 : 60);
		kill_ssh(&c);
		int before = fake_ssh_connections();
		remote_retry(c.remote);
		for (int64_t end = 0; fake_ssh_connections() == before;)
			turn(&c, &end);
		read_on(reader, &seq);
	}
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	kill_ssh(&c);
	remote_retry(c.remote);
	await_same(&c, "cut");
	read_on(reader, &seq);
	assert_int_equal(seq, log_writer_next_seq(h.log) - 1);
	log_reader_close(reader);
	run_close(&h);
	client_close(&c);
}

static void test_stall_is_noticed(void **state)
{
	(void)state;
	struct host_run h;
	struct client c;
	fake_ssh_plan(FAKE_STALL, 700, NULL);
	run_open(&h, "stall");
	run_write(&h, 1);
	deaf_ms = 0;
	client_open(&c, "ssh://host/stall", false);
	deaf_ms = DEADLINE_MS;
	run_write(&h, 100);
	await_state(&c, REMOTE_LOST);
	expect_words(&c, ": nothing was heard for 5 s");
	fake_ssh_plan(FAKE_GARBAGE, 2000, NULL);
	await_words(&c, "damaged bytes came over the link");
	fake_ssh_plan(FAKE_REFUSE, 255,
		      "ssh: connect to host x port 22: Connection \x1b[2J refused");
	remote_retry(c.remote);
	int before = fake_ssh_connections();
	for (int64_t end = 0;
	     fake_ssh_connections() == before || remote_state(c.remote) != REMOTE_LOST;)
		turn(&c, &end);
	expect_words(&c, "host: ssh cannot reach it (ssh: connect to host x port 22: Connection "
			 "\\x1b[2J refused)");
	fake_ssh_plan(FAKE_NOISE, 0, NULL);
	remote_retry(c.remote);
	await_same(&c, "stall");
	run_close(&h);
	client_close(&c);
}

/* Another log of that name: the mirror begins anew. */
static void test_other_log(void **state)
{
	(void)state;
	struct host_run h;
	struct client c;
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	run_open(&h, "other");
	run_write(&h, 50);
	client_open(&c, "ssh://host/other", false);
	await_same(&c, "other");
	assert_int_equal(folder_remove(&h.folder, RUN_LOG, NULL), ERR_OK);
	uint64_t counter = h.counter;
	run_close(&h);
	run_open(&h, "other");
	h.counter = counter;
	run_write(&h, 20);
	await_same(&c, "other");
	client_close(&c);
	run_close(&h);
	/* ... also one that begins alike, while nobody looked. */
	char *path = there("other/" RUN_LOG);
	struct strbuf log = STRBUF_INIT;
	assert_int_equal(file_read(path, &log, NULL), ERR_OK);
	strbuf_addstr(&log, "{\"seq\":21,\"t\":1,\"ev\":\"note\"}\n");
	strbuf_remove(&log, (size_t)(strchr(log.buf, '\n') - log.buf) + 1, 40);
	assert_int_equal(file_write_atomic(path, log.buf, log.len, NULL), ERR_OK);
	client_open(&c, "ssh://host/other", false);
	await_same(&c, "other");
	client_close(&c);
	strbuf_release(&log);
	free(path);
}

/* ---- commands ---- */

static void answer(void *arg, uint64_t client, const struct command *c)
{
	control_server_reply(
	    arg, client,
	    &(struct reply){.id = c->id, .ok = true, .msg = command_table[c->type].name});
}

static void on_reply(void *arg, const struct reply *r)
{
	snprintf(arg, 64, "%s", r->msg);
}

static void turn_both(struct client *c, struct control_server *s, int64_t *end)
{
	control_server_poll(s, 1, answer, s);
	turn(c, end);
}

static void await_reply(struct client *c, struct link *l, struct control_server *s, char *last,
			const char *want)
{
	for (int64_t end = 0; strcmp(last, want) != 0;) {
		turn_both(c, s, &end);
		link_tick(l);
	}
	strcpy(last, "-");
}

static void test_commands(void **state)
{
	(void)state;
	struct host_run h;
	struct client c;
	struct link link;
	struct control_server *s = NULL;
	char last[64] = "-", words[128];
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	run_open(&h, "talks");
	run_write(&h, 3);
	client_open(&c, "ssh://host/talks", false);
	link_init(&link, c.loop, NULL, c.remote, on_reply, last);
	link_tick(&link);
	assert_int_equal(link_send(&link, CMD_PAUSE, NULL, NULL), ERR_STATE);
	assert_int_equal(control_server_open(&s, &h.folder, RUN_SOCKET, "talks", NULL), ERR_OK);
	await_reply(&c, &link, s, last, ""); /* the greeting */
	assert_int_equal(link_send(&link, CMD_PAUSE, NULL, NULL), ERR_OK);
	await_reply(&c, &link, s, last, "pause");
	/* The link breaks, and is there again. */
	struct errinfo e;
	kill_ssh(&c);
	loop_run_once(c.loop, 0);
	assert_int_equal(link_send(&link, CMD_PAUSE, NULL, &e), ERR_STATE);
	assert_non_null(strstr(e.msg, "link is lost"));
	link_words(&link, words, sizeof(words));
	assert_non_null(strstr(words, "link lost"));
	assert_true(link_alive(&link));
	assert_true(link_retry(&link));
	await_reply(&c, &link, s, last, "");
	assert_int_equal(link_send(&link, CMD_UNPAUSE, NULL, NULL), ERR_OK);
	await_reply(&c, &link, s, last, "unpause");
	/* The trainer goes. */
	control_server_close(s);
	flock(h.lock, LOCK_UN);
	for (int64_t end = 0; link_alive(&link);)
		turn(&c, &end);
	assert_int_equal(link_send(&link, CMD_PAUSE, NULL, NULL), ERR_STATE);
	link_release(&link);
	client_close(&c);
	run_close(&h);
}

/* ---- lists, and what goes wrong ---- */

static void test_list(void **state)
{
	(void)state;
	struct client c;
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	client_open(&c, "ssh://host", true);
	for (int64_t end = 0; !strstr(c.told.buf, "runs/a");)
		turn(&c, &end);
	assert_string_equal(c.told.buf, "0 1{\"name\":\"a\"} 1{\"name\":\"b\"} 3 2runs/a ");
	kill_ssh(&c);
	await_state(&c, REMOTE_UP); /* by itself */
	client_close(&c);
}

static void expect_refusal(const char *url, const char *words)
{
	struct client c;
	struct errinfo e = {0};
	assert_int_equal(client_new(&c, url, false, &e), ERR_OK);
	assert_int_equal(remote_greet(c.remote, &e), ERR_STATE);
	if (!strstr(e.msg, words))
		fail_msg("no '%s' in: %s", words, e.msg);
	assert_false(file_exists(remote_dir(c.remote)));
	client_close(&c);
}

static void test_refusals(void **state)
{
	(void)state;
	static const struct {
		int status;
		const char *says, *words;
	} rows[] = {
	    {255, "me@host: Permission denied (publickey).", "see that `ssh me@host` works"},
	    {255, "Host key verification failed.", "connect once by `ssh me@host`"},
	    {255, "ssh: Could not resolve hostname host: no", "no such host"},
	    {127, "sh: 1: thaw: not found", "THAW_REMOTE=/path"},
	    {2, "thaw: unknown command 'tap'; `thaw --help` lists them", "too old"},
	    {2, "thaw tap: no run x", "thaw tap: no run x"},
	    {255, "", "ssh cannot reach it"},
	    {0, "", "the link has ended"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fake_ssh_plan(FAKE_REFUSE, rows[i].status, rows[i].says);
		expect_refusal("ssh://me@host/refused", rows[i].words);
	}
	fake_ssh_plan(FAKE_PASS, 0, NULL);
	expect_refusal("ssh://host/none", "thaw tap: none: No such");
	char *ssh = xstrdup(getenv("THAW_SSH"));
	assert_int_equal(setenv("THAW_SSH", "/nonexistent/ssh", 1), 0);
	expect_refusal("ssh://host/none", "install openssh-client");
	assert_int_equal(setenv("THAW_SSH", ssh, 1), 0);
	free(ssh);
}

/* A log without end is kept up to a limit. */
static void test_mirror_is_bounded(void **state)
{
	(void)state;
	struct remote_url url;
	struct mirror m;
	struct errinfo e = {0};
	assert_int_equal(remote_url_parse(&url, "ssh://host/flood", NULL), ERR_OK);
	assert_int_equal(mirror_init(&m, &url, NULL), ERR_OK);
	assert_int_equal(mirror_open(&m, NULL), ERR_OK);
	assert_int_equal(mirror_begin(&m, "00", 0, NULL), ERR_OK);
	assert_int_equal(mirror_add(&m, "{}\n", 3, NULL), ERR_OK);
	m.at = m.size = MIRROR_MAX - 2;
	assert_int_equal(mirror_add(&m, "{}\n", 3, &e), ERR_VALUE);
	assert_non_null(strstr(e.msg, "over 1 GiB"));
	mirror_release(&m);
	remote_url_release(&url);
}

int main(int argc, char **argv)
{
	fake_ssh_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "tap") == 0)
		return as_tap(argc, argv);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mirror_grows),     cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_stall_is_noticed), cmocka_unit_test(test_other_log),
	    cmocka_unit_test(test_commands),         cmocka_unit_test(test_list),
	    cmocka_unit_test(test_refusals),         cmocka_unit_test(test_mirror_is_bounded),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
