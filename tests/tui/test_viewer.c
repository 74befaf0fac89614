/* The viewer on a real pseudo-terminal: live, replayed, resized, interrupted, killed. */
#include "stage.h"

#include "thaw/base/alloc.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

static int view_replay(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .replay = true};
	return tui_run(&o, NULL);
}

/* Both screens are the same, cell for cell. */
static bool looks_like(struct pty *p, void *other)
{
	pty_settles(other, 20, 200);
	char *a = pty_cells(p), *b = pty_cells(other);
	bool same = strcmp(a, b) == 0;
	free(a);
	free(b);
	return same;
}

/* Every page of a live run at its end equals the page of a replay at its end, cell for cell. */
static void compare_ends(int w, int h)
{
	struct stage_run r;
	stage_begin(&r);
	struct pty *live = pty_call(w, h, "xterm-256color", stage_view, &r);
	stage_expect(live, "▶ training");
	sample_steps(&r.sample, 5, 0.005, 3);
	sample_epochs(&r.sample, 6, SAMPLE_EPOCHS);
	sample_end(&r.sample, END_FINISHED, "all 10 epochs done");
	fflush(r.sample.out);
	stage_expect(live, "✓ finished · best epoch 8");
	struct pty *replay = pty_call(w, h, "xterm-256color", view_replay, &r);
	stage_expect(replay, "replay ×");
	pty_send(replay, "\x1bOF");
	stage_expect(replay, "✓ finished · best epoch 8");
	static const char *const pages[] = {"1", "2", "3", "4", "5"};
	static const char *const seen[] = {"Loss", "params", "Confusion", "Image", "Log"};
	for (size_t i = 0; i < 5; i++) {
		pty_send(live, pages[i]);
		pty_send(replay, pages[i]);
		stage_expect(live, seen[i]);
		stage_expect(replay, seen[i]);
		if (pty_until(live, looks_like, replay, WAIT_MS))
			continue;
		char *a = pty_cells(live), *b = pty_cells(replay);
		assert_string_equal(a, b);
	}
	pty_send(live, "q");
	pty_send(replay, "q");
	assert_int_equal(pty_wait_exit(live, WAIT_MS), 0);
	assert_int_equal(pty_wait_exit(replay, WAIT_MS), 0);
	pty_free(live);
	pty_free(replay);
	stage_close(&r);
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
	stage_open(&r);
	sample_whole(&r.sample);
	fflush(r.sample.out);
	flock(r.lock, LOCK_UN);
	struct pty *p = pty_call(100, 30, "xterm-256color", view_replay, &r);
	stage_expect(p, "replay ×");
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
		stage_expect(p, steps[i].seen);
	}
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
	stage_close(&r);
}

static int view_log(void *arg)
{
	struct tui_options o = {.run_dir = arg, .replay = true};
	return tui_run(&o, NULL);
}

/* A log of any name, without a directory of its own. */
static void test_replay_of_a_log_alone(void **state)
{
	(void)state;
	struct stage_run r;
	stage_open(&r);
	sample_whole(&r.sample);
	fflush(r.sample.out);
	char *log = stage_path(&r, "events.jsonl"), *alone = stage_path(&r, "renamed.txt");
	assert_int_equal(rename(log, alone), 0);
	struct pty *p = pty_call(100, 30, "xterm-256color", view_log, alone);
	stage_expect(p, "replay ×");
	pty_send(p, "\x1bOF");
	stage_expect(p, "✓ finished");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	unlink(alone);
	free(log);
	free(alone);
	stage_close(&r);
}

static void test_resize_storm(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	for (int i = 0; i < 60; i++) {
		pty_resize(p, 1 + i * 37 % 180, 1 + i * 23 % 60);
		pty_send(p, i % 7 ? "j" : "\t");
	}
	pty_resize(p, 30, 8);
	stage_expect(p, "thaw needs");
	pty_resize(p, 120, 40);
	pty_send(p, "1");
	stage_expect(p, "Probe images");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
	stage_close(&r);
}

static void test_crash_is_told(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	flock(r.lock, LOCK_UN);
	stage_expect(p, "✗ crashed");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 1);
	pty_free(p);
	stage_close(&r);
}

static void test_failed_run(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	sample_end(&r.sample, END_FAILED, "disk \x1b[2J full");
	fflush(r.sample.out);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	stage_expect(p, "✗ failed: disk");
	pty_send(p, "\x1bOD"); /* the run can be looked through now */
	stage_expect(p, "epoch 4/10");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 1);
	stage_expect_restored(p);
	pty_free(p);
	stage_close(&r);
}

static void test_signals(void **state)
{
	(void)state;
	static const int signals[] = {SIGTERM, SIGHUP, SIGABRT, SIGSEGV};
	for (size_t i = 0; i < 4; i++) {
		struct stage_run r;
		stage_begin(&r);
		struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
		stage_expect(p, "▶ training");
		kill(pty_pid(p), signals[i]);
		assert_true(pty_wait_exit(p, WAIT_MS) > 0);
		stage_expect_restored(p);
		pty_free(p);
		stage_close(&r);
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
	stage_begin(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	for (int typed = 0; typed < 2; typed++) {
		if (typed)
			pty_send(p, "\x1a");
		else
			kill(pty_pid(p), SIGTSTP);
		assert_true(pty_until(p, is_stopped, NULL, WAIT_MS));
		assert_true(pty_until(p, left_altscreen, NULL, WAIT_MS));
		stage_expect_restored(p);
		kill(pty_pid(p), SIGCONT);
		stage_expect(p, "▶ training");
		assert_true(pty_until(p, stage_mouse_is_on, NULL, WAIT_MS));
	}
	pty_send(p, "\x03");
	stage_expect(p, "leave the viewer?");
	pty_send(p, "n");
	stage_expect(p, "left as it is");
	pty_send(p, "\x03");
	stage_expect(p, "leave the viewer?");
	pty_send(p, "\x03");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	stage_expect_restored(p);
	pty_free(p);
	stage_close(&r);
}

/* A log of 100,000 steps: keys are answered while it is read. */
static void test_long_log(void **state)
{
	(void)state;
	struct stage_run r;
	stage_open(&r);
	sample_begin(&r.sample);
	sample_steps(&r.sample, 1, 0.01, 100000);
	fflush(r.sample.out);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	pty_send(p, "2");
	stage_expect(p, "Layers");
	stage_expect(p, "▶ training");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	stage_close(&r);
}

static void test_waits_for_the_log(void **state)
{
	(void)state;
	struct stage_run r;
	stage_open(&r);
	char *log = stage_path(&r, "events.jsonl"), *hidden = stage_path(&r, "control.sock");
	assert_int_equal(rename(log, hidden), 0);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	stage_expect(p, "waiting for the trainer");
	sample_begin(&r.sample);
	sample_steps(&r.sample, 1, 0.01, 3);
	fflush(r.sample.out);
	assert_int_equal(rename(hidden, log), 0);
	stage_expect(p, "▶ training");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	free(log);
	free(hidden);
	stage_close(&r);
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
	stage_begin(&r);
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
	stage_close(&r);
}

static void test_other_terminals(void **state)
{
	(void)state;
	static const char *const terms[] = {"xterm", "vt100", "linux", "screen-256color"};
	for (size_t i = 0; i < 4; i++) {
		struct stage_run r;
		stage_begin(&r);
		struct pty *p = pty_call(80, 24, terms[i], stage_view, &r);
		stage_expect(p, "training");
		pty_send(p, "4");
		stage_expect(p, "Image");
		pty_send(p, "q");
		assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
		assert_true(pty_termios_restored(p));
		pty_free(p);
		stage_close(&r);
	}
}

/* Does it watch its log? What it had not read would wake it without end. */
static bool watches(struct pty *p, void *arg)
{
	bool *want = arg, found = false;
	char *folder = xasprintf("/proc/%d/fd", (int)pty_pid(p)), to[256];
	DIR *dir = opendir(folder);
	for (struct dirent *d; dir && (d = readdir(dir));) {
		ssize_t n = readlinkat(dirfd(dir), d->d_name, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = '\0';
		found = found || strcmp(to, "anon_inode:inotify") == 0;
	}
	if (dir)
		closedir(dir);
	free(folder);
	return found == *want;
}

static void test_log_is_watched_while_it_is_followed(void **state)
{
	(void)state;
	struct stage_run r;
	bool yes = true, no = false;
	stage_begin(&r);
	struct pty *p = pty_call(80, 24, "xterm-256color", stage_view, &r);
	stage_expect(p, "▶ training");
	assert_true(pty_until(p, watches, &yes, WAIT_MS));
	struct pty *replay = pty_call(80, 24, "xterm-256color", view_replay, &r);
	stage_expect(replay, "replay");
	assert_true(pty_until(replay, watches, &no, WAIT_MS));
	pty_send(replay, "q");
	assert_true(pty_wait_exit(replay, WAIT_MS) >= 0);
	pty_free(replay);
	sample_end(&r.sample, END_FINISHED, "all is done");
	fflush(r.sample.out);
	stage_expect(p, "✓ finished");
	assert_true(pty_until(p, watches, &no, WAIT_MS));
	stage_leave(p, &r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_replay_end_is_live_end),
	    cmocka_unit_test(test_replay_steps),
	    cmocka_unit_test(test_replay_of_a_log_alone),
	    cmocka_unit_test(test_resize_storm),
	    cmocka_unit_test(test_crash_is_told),
	    cmocka_unit_test(test_failed_run),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_interrupt_and_stop),
	    cmocka_unit_test(test_long_log),
	    cmocka_unit_test(test_waits_for_the_log),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_other_terminals),
	    cmocka_unit_test(test_log_is_watched_while_it_is_followed),
	};
	unsetenv("NO_COLOR");
	unsetenv("THAW_MOUSE");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
