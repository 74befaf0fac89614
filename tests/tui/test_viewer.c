/* The viewer on a real pseudo-terminal: live with a control socket, replayed, resized, killed. */
#include "check.h"

#include "../pty.h"
#include "thaw/base/file.h"
#include "thaw/tui/tui.h"
#include "thaw/wire/control_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 15000

/* A run directory with a log that can grow, the trainer's lock and its control socket. */
struct stage_run {
	char dir[256];
	struct sample sample;
	int lock;
	struct control_server *server;
	char last[128]; /* the last command that came, as words */
	bool refuse;
};

static char *in_dir(const struct stage_run *r, const char *name)
{
	return path_join(r->dir, name);
}

static void run_open(struct stage_run *r)
{
	memset(r, 0, sizeof(*r));
	const char *tmp = getenv("TMPDIR");
	snprintf(r->dir, sizeof(r->dir), "%.200s/thaw-viewer-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	assert_non_null(mkdtemp(r->dir));
	char *log = in_dir(r, "events.jsonl"), *lock = in_dir(r, "lock");
	r->sample = (struct sample){fopen(log, "w"), 0, 0, 1};
	assert_non_null(r->sample.out);
	r->lock = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(flock(r->lock, LOCK_EX | LOCK_NB), 0);
	free(log);
	free(lock);
}

static void run_listen(struct stage_run *r)
{
	char *path = in_dir(r, "control.sock");
	assert_int_equal(control_server_open(&r->server, path, "flower-photos-1", NULL), ERR_OK);
	free(path);
}

static void run_close(struct stage_run *r)
{
	static const char *const files[] = {"events.jsonl", "lock", "control.sock"};
	control_server_close(r->server);
	fclose(r->sample.out);
	close(r->lock);
	for (size_t i = 0; i < 3; i++) {
		char *path = in_dir(r, files[i]);
		unlink(path);
		free(path);
	}
	rmdir(r->dir);
}

static int view_live(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir};
	return tui_run(&o, NULL);
}

static int view_replay(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .replay = true};
	return tui_run(&o, NULL);
}

static void expect_shown(struct pty *p, const char *text)
{
	if (pty_shows(p, text, WAIT_MS))
		return;
	char *screen = pty_text(p);
	fail_msg("\"%s\" is not shown:\n%s", text, screen);
}

static void expect_restored(struct pty *p)
{
	assert_false(pty_altscreen(p));
	assert_true(pty_cursor_visible(p));
	assert_true(pty_termios_restored(p));
}

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	struct stage_run *r = arg;
	char msg[] = "done at iteration 137", no[] = "no such layer";
	struct reply reply = {
	    .id = c->id, .ok = !r->refuse, .iter = 137, .msg = r->refuse ? no : msg};
	snprintf(r->last, sizeof(r->last), "%s%s%s", command_table[c->type].name, c->arg ? " " : "",
		 c->arg ? c->arg : "");
	control_server_reply(r->server, client, &reply);
}

struct command_wait {
	struct stage_run *run;
	const char *want;
};

static bool command_came(struct pty *p, void *arg)
{
	struct command_wait *w = arg;
	(void)p;
	control_server_poll(w->run->server, 10, on_command, w->run);
	return strcmp(w->run->last, w->want) == 0;
}

static bool viewer_linked(struct pty *p, void *arg)
{
	struct stage_run *r = arg;
	(void)p;
	control_server_poll(r->server, 10, on_command, r);
	return control_server_clients(r->server) > 0;
}

static void expect_command(struct pty *p, struct stage_run *r, const char *keys, const char *want)
{
	struct command_wait w = {r, want};
	r->last[0] = '\0';
	pty_send(p, keys);
	if (!pty_until(p, command_came, &w, WAIT_MS)) {
		char *screen = pty_text(p);
		fail_msg("wanted \"%s\", got \"%s\":\n%s", want, r->last, screen);
	}
	expect_shown(p, r->refuse ? "refused: no such layer" : "done at iteration 137");
}

static void begin_live(struct stage_run *r)
{
	run_open(r);
	sample_begin(&r->sample);
	sample_epochs(&r->sample, 1, 4);
	sample_steps(&r->sample, 5, 0.005, 13);
	fflush(r->sample.out);
}

static void test_pages_and_quit(void **state)
{
	(void)state;
	struct stage_run r;
	begin_live(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", view_live, &r);
	expect_shown(p, "▶ training");
	assert_true(pty_altscreen(p));
	static const char *const keys[] = {"2", "3", "4", "5", "1", "\t", "\x1b[Z", "?", "?"};
	static const char *const seen[] = {"loaded", "Confusion", "Image", "iteration 62", "Loss",
					   "loaded", "Loss",      "Keys",  "Loss"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		pty_send(p, keys[i]);
		expect_shown(p, seen[i]);
	}
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	expect_restored(p);
	expect_shown(p, "the run goes on");
	pty_free(p);
	run_close(&r);
}

static void test_controls(void **state)
{
	(void)state;
	struct stage_run r;
	begin_live(&r);
	struct pty *p = pty_call(120, 40, "xterm-256color", view_live, &r);
	expect_shown(p, "▶ training");
	pty_send(p, "f");
	expect_shown(p, "not connected");
	run_listen(&r);
	assert_true(pty_until(p, viewer_linked, &r, WAIT_MS));
	pty_send(p, "\x1b");
	assert_true(pty_lacks(p, "not connected", WAIT_MS));
	static const char *const asks[][2] = {
	    {"f", "freeze 19"},      {"k", NULL},
	    {"f", "freeze 18"},      {"F", "freeze 0-18"},
	    {"U", "unfreeze 18-21"}, {"+", "lr x2"},
	    {"-", "lr x0.5"},        {"l3e-5x\x7f\r", "lr 3e-5"},
	    {"p", "pause"},          {" ", "pause"},
	    {"ny", "next-phase"},    {"u", "undo"},
	    {"Sy", "stop"},          {"\x1b[A\x1bOA\x1bOAf", "unfreeze 15"},
	};
	for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
		if (!asks[i][1]) {
			pty_send(p, asks[i][0]);
			continue;
		}
		expect_command(p, &r, asks[i][0], asks[i][1]);
		pty_send(p, "\x1b"); /* takes the message away */
		assert_true(pty_lacks(p, "done at iteration", WAIT_MS));
	}
	r.refuse = true;
	expect_command(p, &r, "u", "undo");
	pty_send(p, "S");
	expect_shown(p, "stop the run? y/n");
	pty_send(p, "n");
	expect_shown(p, "left as it is");
	assert_string_equal(r.last, "undo");
	pty_send(p, "kf");
	expect_shown(p, "asked:");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	expect_restored(p);
	pty_free(p);
	run_close(&r);
}

/* Every page of a live run at its end equals the page of a replay at its end, cell for cell. */
static void compare_ends(int w, int h)
{
	struct stage_run r;
	begin_live(&r);
	struct pty *live = pty_call(w, h, "xterm-256color", view_live, &r);
	expect_shown(live, "▶ training");
	sample_steps(&r.sample, 5, 0.005, 3);
	sample_epochs(&r.sample, 6, SAMPLE_EPOCHS);
	sample_end(&r.sample, END_FINISHED, "all 10 epochs done");
	fflush(r.sample.out);
	expect_shown(live, "✓ finished · best epoch 8");
	struct pty *replay = pty_call(w, h, "xterm-256color", view_replay, &r);
	expect_shown(replay, "replay ×");
	pty_send(replay, "\x1bOF");
	expect_shown(replay, "✓ finished · best epoch 8");
	static const char *const pages[] = {"1", "2", "3", "4", "5"};
	static const char *const seen[] = {"Loss", "loaded", "Confusion", "Image", "Log"};
	for (size_t i = 0; i < 5; i++) {
		pty_send(live, pages[i]);
		pty_send(replay, pages[i]);
		expect_shown(live, seen[i]);
		expect_shown(replay, seen[i]);
		assert_true(pty_settles(live, 150, WAIT_MS) && pty_settles(replay, 150, WAIT_MS));
		char *a = pty_cells(live), *b = pty_cells(replay);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
	pty_send(live, "q");
	pty_send(replay, "q");
	assert_int_equal(pty_wait_exit(live, WAIT_MS), 0);
	assert_int_equal(pty_wait_exit(replay, WAIT_MS), 0);
	pty_free(live);
	pty_free(replay);
	run_close(&r);
}

static void test_replay_end_is_live_end(void **state)
{
	(void)state;
	compare_ends(80, 24);
	compare_ends(120, 40);
}

static void test_replay_steps(void **state)
{
	(void)state;
	struct stage_run r;
	run_open(&r);
	sample_whole(&r.sample);
	fflush(r.sample.out);
	flock(r.lock, LOCK_UN);
	struct pty *p = pty_call(100, 30, "xterm-256color", view_replay, &r);
	expect_shown(p, "replay ×");
	static const struct {
		const char *keys, *seen;
	} steps[] = {
	    {"\x1bOF", "✓ finished"},  {"\x1bOD", "epoch 10/10"}, {"\x1bOD", "epoch 9/10"},
	    {"\x1b[D", "epoch 8/10"},  {".", "epoch 9/10"},       {",,,", "epoch 6/10"},
	    {"f", "this is a replay"}, {"\x1b", "‖ replay"},      {"\x1bOH", "waiting"},
	    {"\x1bOC", "epoch 1/10"},  {"+", "speed ×"},          {"\x1b[F", "✓ finished"},
	    {" ", "▶ replay"},
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		pty_send(p, steps[i].keys);
		expect_shown(p, steps[i].seen);
	}
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	expect_restored(p);
	pty_free(p);
	run_close(&r);
}

static void test_resize_storm(void **state)
{
	(void)state;
	struct stage_run r;
	begin_live(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", view_live, &r);
	expect_shown(p, "▶ training");
	for (int i = 0; i < 60; i++) {
		pty_resize(p, 1 + i * 37 % 180, 1 + i * 23 % 60);
		pty_send(p, i % 7 ? "j" : "\t");
	}
	pty_resize(p, 30, 8);
	expect_shown(p, "thaw needs");
	pty_resize(p, 120, 40);
	pty_send(p, "1");
	expect_shown(p, "Probe images");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	expect_restored(p);
	pty_free(p);
	run_close(&r);
}

static void test_crash_is_told(void **state)
{
	(void)state;
	struct stage_run r;
	begin_live(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", view_live, &r);
	expect_shown(p, "▶ training");
	flock(r.lock, LOCK_UN);
	expect_shown(p, "✗ crashed");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 1);
	pty_free(p);
	run_close(&r);
}

static void test_failed_run(void **state)
{
	(void)state;
	struct stage_run r;
	begin_live(&r);
	sample_end(&r.sample, END_FAILED, "disk \x1b[2J full");
	fflush(r.sample.out);
	struct pty *p = pty_call(80, 24, "xterm-256color", view_live, &r);
	expect_shown(p, "✗ failed: disk");
	pty_send(p, "\x1bOD"); /* the run can be looked through now */
	expect_shown(p, "epoch 4/10");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 1);
	expect_restored(p);
	pty_free(p);
	run_close(&r);
}

static void test_signals(void **state)
{
	(void)state;
	static const int signals[] = {SIGTERM, SIGHUP, SIGABRT, SIGSEGV};
	for (size_t i = 0; i < 4; i++) {
		struct stage_run r;
		begin_live(&r);
		struct pty *p = pty_call(80, 24, "xterm-256color", view_live, &r);
		expect_shown(p, "▶ training");
		kill(pty_pid(p), signals[i]);
		assert_true(pty_wait_exit(p, WAIT_MS) > 0);
		expect_restored(p);
		pty_free(p);
		run_close(&r);
	}
}

static bool left_altscreen(struct pty *p, void *arg)
{
	(void)arg;
	return !pty_altscreen(p);
}

static bool is_stopped(struct pty *p, void *arg)
{
	int status;
	(void)arg;
	return waitpid(pty_pid(p), &status, WNOHANG | WUNTRACED) == pty_pid(p) &&
	       WIFSTOPPED(status);
}

static void test_interrupt_and_stop(void **state)
{
	(void)state;
	struct stage_run r;
	begin_live(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", view_live, &r);
	expect_shown(p, "▶ training");
	kill(pty_pid(p), SIGTSTP);
	assert_true(pty_until(p, is_stopped, NULL, WAIT_MS));
	assert_true(pty_until(p, left_altscreen, NULL, WAIT_MS));
	expect_restored(p);
	kill(pty_pid(p), SIGCONT);
	expect_shown(p, "▶ training");
	pty_send(p, "\x03");
	expect_shown(p, "leave the viewer?");
	pty_send(p, "n");
	expect_shown(p, "left as it is");
	pty_send(p, "\x03");
	expect_shown(p, "leave the viewer?");
	pty_send(p, "\x03");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	expect_restored(p);
	pty_free(p);
	run_close(&r);
}

/* A log of 100,000 steps: keys are answered while it is read. */
static void test_long_log(void **state)
{
	(void)state;
	struct stage_run r;
	run_open(&r);
	sample_begin(&r.sample);
	sample_steps(&r.sample, 1, 0.01, 100000);
	fflush(r.sample.out);
	struct pty *p = pty_call(80, 24, "xterm-256color", view_live, &r);
	pty_send(p, "2");
	expect_shown(p, "Layers");
	expect_shown(p, "▶ training");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	run_close(&r);
}

static void test_waits_for_the_log(void **state)
{
	(void)state;
	struct stage_run r;
	run_open(&r);
	char *log = in_dir(&r, "events.jsonl"), *hidden = in_dir(&r, "control.sock");
	assert_int_equal(rename(log, hidden), 0);
	struct pty *p = pty_call(80, 24, "xterm-256color", view_live, &r);
	expect_shown(p, "waiting for the trainer");
	sample_begin(&r.sample);
	sample_steps(&r.sample, 1, 0.01, 3);
	fflush(r.sample.out);
	assert_int_equal(rename(hidden, log), 0);
	expect_shown(p, "▶ training");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	free(log);
	free(hidden);
	run_close(&r);
}

static int refused(void *arg)
{
	struct errinfo e = {.code = ERR_OK};
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir};
	return tui_run(&o, &e) == 1 && e.code == ERR_STATE && e.msg[0] ? 42 : 1;
}

static void test_refusals(void **state)
{
	(void)state;
	struct stage_run r;
	begin_live(&r);
	static const char *const terms[] = {"dumb", "", "no-such-terminal"};
	for (size_t i = 0; i < 3; i++) {
		struct pty *p = pty_call(80, 24, terms[i], refused, &r);
		assert_int_equal(pty_wait_exit(p, WAIT_MS), 42);
		assert_false(pty_altscreen(p));
		pty_free(p);
	}
	struct errinfo e = {.code = ERR_OK};
	struct tui_options o = {.run_dir = "no/such/run"};
	assert_int_equal(tui_run(&o, &e), 1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	run_close(&r);
}

static void test_other_terminals(void **state)
{
	(void)state;
	static const char *const terms[] = {"xterm", "vt100", "linux", "screen-256color"};
	for (size_t i = 0; i < 4; i++) {
		struct stage_run r;
		begin_live(&r);
		struct pty *p = pty_call(80, 24, terms[i], view_live, &r);
		expect_shown(p, "training");
		pty_send(p, "4");
		expect_shown(p, "Image");
		pty_send(p, "q");
		assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
		assert_true(pty_termios_restored(p));
		pty_free(p);
		run_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages_and_quit),
	    cmocka_unit_test(test_controls),
	    cmocka_unit_test(test_replay_end_is_live_end),
	    cmocka_unit_test(test_replay_steps),
	    cmocka_unit_test(test_resize_storm),
	    cmocka_unit_test(test_crash_is_told),
	    cmocka_unit_test(test_failed_run),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_interrupt_and_stop),
	    cmocka_unit_test(test_long_log),
	    cmocka_unit_test(test_waits_for_the_log),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_other_terminals),
	};
	unsetenv("NO_COLOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
