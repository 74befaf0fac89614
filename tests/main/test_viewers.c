/* Several people on one run of the real trainer: who has its controls is logged, and who watches
 * changes nothing of it. */
#include "job.h"

#include "../pty.h"

#include <signal.h>

#define WAIT_MS (DEADLINE_S * 1000)

static char *plan;

static int draw(void **state)
{
	struct running r;
	struct strbuf cfg = STRBUF_INIT;
	if (job_open(state))
		return 1;
	char *flowers = built_program("thaw-flowers"), *out = path_join(job_dir, "flowers");
	EXPECT(&r, 0, flowers, "--train", "30", "--valid", "24", "--size", "48", "--out", out);
	run_release(&r);
	assert_int_equal(file_read("tests/recorded/tiny.cfg", &cfg, NULL), ERR_OK);
	job_write("tiny.cfg", cfg.buf, cfg.len);
	strbuf_release(&cfg);
	char *text = xasprintf("name: seen\n"
			       "network: {cfg: %s/tiny.cfg, weights: none}\n"
			       "data: {images: %s/train, valid: %s/valid, probes: 0}\n"
			       "train: {batch: 10, seed: 1, threads: 1}\n"
			       "phases: [{name: head, freeze: none, epochs: 6, lr: 0.05}]\n",
			       job_dir, out, out);
	job_write("seen.yaml", text, strlen(text));
	plan = path_join(job_dir, "seen.yaml");
	free(text);
	free(flowers);
	free(out);
	return 0;
}

static int drop(void **state)
{
	free(plan);
	return job_close(state);
}

static void expect(struct pty *p, const char *text)
{
	if (!pty_shows(p, text, WAIT_MS))
		fail_msg("\"%s\" is not shown:\n%s", text, pty_text(p));
}

static struct pty *view(const char *const *words)
{
	char *argv[16] = {0};
	for (size_t i = 0; words[i]; i++)
		argv[i] = xstrdup(words[i]);
	struct pty *p = pty_exec(120, 40, "xterm-256color", argv);
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
	return p;
}
#define VIEW(...) view((const char *const[]){viewer, __VA_ARGS__, NULL})

static void leave(struct pty *p, int status)
{
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), status);
	assert_true(pty_termios_restored(p));
	pty_free(p);
}

/* A viewer is on the screen before it is connected. */
static bool has_taken(struct pty *p, void *arg)
{
	(void)arg;
	char *screen = pty_text(p);
	bool taken = strstr(screen, "you have the controls") != NULL;
	if (strstr(screen, "not connected"))
		pty_send(p, "t");
	free(screen);
	return taken;
}

static void take(struct pty *p)
{
	pty_send(p, "t");
	assert_true(pty_until(p, has_taken, NULL, WAIT_MS));
}

/* The log says that `n` times. */
static void until_logged(const char *run, const char *text, int n)
{
	int64_t end = clock_ms() + WAIT_MS;
	for (int found = 0; found < n; poll(NULL, 0, 10)) {
		struct strbuf log;
		read_run_file(&log, run, "events.jsonl");
		found = 0;
		for (const char *at = log.buf; (at = strstr(at, text)); at++)
			found++;
		strbuf_release(&log);
		assert_true(clock_ms() < end);
	}
}

static bool is_noted(const struct history *h, const char *text)
{
	for (size_t i = 0; i < h->n_notes; i++)
		if (strstr(h->notes[i].text, text))
			return true;
	return false;
}

/* Two viewers, one that only watches, ctl beside them; the one with the controls is killed. */
static void the_log_tells_who_had_the_controls(void **state)
{
	(void)state;
	struct history h;
	struct running r;
	char *dir = xasprintf("%s/shared", runs);
	struct pty *one = VIEW("run", plan, "--runs", runs, "--name", "shared", "--pause-at", "4");
	expect(one, "paused");
	struct pty *two = VIEW("attach", dir), *wall = VIEW("attach", dir, "--watch");
	expect(two, "paused");
	expect(wall, "watching only");
	take(one);
	pty_send(one, "+");
	expect(one, "learning rate 0.1 (was 0.05");
	expect(one, "· you have the controls ·");
	expect(two, " has the controls ·");
	pty_send(two, "u");
	expect(two, "has the controls; t takes them");
	pty_send(wall, "p");
	expect(wall, "start without --watch");
	pty_send(two, "t");
	expect(two, "you have the controls now, not ");
	expect(one, "has taken the controls; t takes them back");
	EXPECT(&r, 0, viewer, "ctl", dir, "lr", "0.01");
	run_release(&r);
	expect(two, "thaw ctl, ");
	expect(two, "gave you the controls back");
	kill(pty_pid(two), SIGKILL);
	until_logged("shared", "\"given-up\"", 1);
	pty_free(two);
	pty_send(one, "p"); /* they are anybody's again */
	expect(one, "How it ended");
	leave(one, 0);
	leave(wall, 0);
	job_history(&h, runs, "shared");
	assert_int_equal(h.end.status, END_FINISHED);
	static const char *const notes[] = {" took the controls at iteration 4",
					    " took the controls from ", "thaw ctl, ",
					    " gave up the controls at iteration 4"};
	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++)
		assert_true(is_noted(&h, notes[i]));
	history_release(&h);
	free(dir);
}

/* Who looks, comes, goes and takes the controls without using them changes no byte. */
static void who_watches_changes_nothing(void **state)
{
	(void)state;
	struct running r;
	struct strbuf seen, alone;
	char *dir = xasprintf("%s/watched", runs);
	struct pty *one = VIEW("run", plan, "--runs", runs, "--name", "watched", "--pause-at", "4");
	expect(one, "paused");
	struct pty *two = VIEW("attach", dir);
	expect(two, "paused");
	for (int i = 0; i < 3; i++) {
		take(two);
		expect(one, " has the controls ·");
		take(one);
		expect(one, "· you have the controls ·");
		expect(two, " has the controls ·");
	}
	pty_send(one, "p");
	leave(two, 0);
	expect(one, "How it ended");
	leave(one, 0);
	run_start(
	    &r,
	    (const char *const[]){trainer, "run", plan, "--runs", runs, "--name", "unseen", NULL},
	    NULL);
	assert_int_equal(run_wait(&r), 0);
	run_release(&r);
	read_run_file(&seen, "watched", "last.weights");
	read_run_file(&alone, "unseen", "last.weights");
	assert_int_equal(seen.len, alone.len);
	assert_memory_equal(seen.buf, alone.buf, seen.len);
	strbuf_release(&seen);
	strbuf_release(&alone);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_log_tells_who_had_the_controls),
	    cmocka_unit_test(who_watches_changes_nothing),
	};
	return cmocka_run_group_tests(tests, draw, drop);
}
