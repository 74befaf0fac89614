/* Slips of the hand on live runs of the real trainer, with the keys alone: nothing is lost by them.
 */
#include "job.h"

#include "../pty.h"

#define WAIT_MS (DEADLINE_S * 1000)

static char *calm, *wild; /* experiments: with a sane rate, and one whose second phase has none */

static char *write_plan(const char *name, double lr)
{
	char *file = xasprintf("%s.yaml", name);
	char *text = xasprintf("name: %s\n"
			       "network: {cfg: %s/tiny.cfg, weights: none}\n"
			       "data: {images: %s/flowers/train, valid: %s/flowers/valid,\n"
			       "       probes: 0}\n"
			       "train: {batch: 10, seed: 1, threads: 1}\n"
			       "phases:\n"
			       "  - {name: head, freeze: none, epochs: 9, lr: 0.05}\n"
			       "  - {name: next, freeze: none, epochs: 6, lr: %g}\n",
			       name, job_dir, job_dir, job_dir, lr);
	job_write(file, text, strlen(text));
	free(text);
	char *path = path_join(job_dir, file);
	free(file);
	return path;
}

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
	calm = write_plan("calm", 0.05);
	wild = write_plan("wild", 10);
	free(flowers);
	free(out);
	return 0;
}

static int drop(void **state)
{
	free(calm);
	free(wild);
	return job_close(state);
}

static void expect(struct pty *p, const char *text)
{
	if (pty_shows(p, text, WAIT_MS))
		return;
	char *screen = pty_text(p);
	fail_msg("\"%s\" is not shown:\n%s", text, screen);
}

static struct pty *watch(const char *plan, const char *name, const char *pause_at)
{
	const char *words[] = {viewer,   "run", plan, "--runs", runs, "--name", name,
			       pause_at ? "--pause-at" : NULL, pause_at};
	char *argv[16] = {0};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words) && words[i]; i++)
		argv[i] = xstrdup(words[i]);
	struct pty *p = pty_exec(80, 24, "xterm-256color", argv);
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
	return p;
}

static void until_the_end(struct pty *p)
{
	expect(p, "How it ended");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	assert_true(pty_termios_restored(p));
	pty_free(p);
}

static size_t n_lr(const struct history *h, int64_t cause, double value)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_markers; i++)
		n += h->markers[i].cause == cause && h->markers[i].value > value / 1.001 &&
		     h->markers[i].value < value * 1.001;
	return n;
}

/* A rate typed a thousand times too high, and twelve times + from a key that hangs. */
static void a_slip_is_taken_back(void **state)
{
	(void)state;
	static const struct {
		const char *name, *keys;
	} slips[] = {{"typed", "l10\r"}, {"repeat", "++++++++++++"}};
	for (size_t i = 0; i < 2; i++) {
		struct history h;
		struct pty *p = watch(calm, slips[i].name, "25");
		expect(p, "paused");
		pty_send(p, slips[i].keys);
		expect(p, "0.05 → 10"); /* it is asked */
		expect(p, "Enter");
		pty_send(p, "\r");
		expect(p, "learning rate 10 (was 0.05, x200)");
		pty_send(p, "p");
		until_the_end(p);
		job_history(&h, runs, slips[i].name);
		assert_int_equal(h.end.status, END_FINISHED);
		assert_int_equal(h.n_epochs, 15);
		assert_int_equal(n_lr(&h, CAUSE_USER, 10), 1); /* one intervention */
		assert_int_equal(n_lr(&h, CAUSE_ACCIDENT, 0.05), 1);
		history_release(&h);
	}
}

/* The log tells of a pause after accidents for the n-th time. */
static void until_asked(const char *name, int n)
{
	int64_t end = clock_ms() + WAIT_MS;
	for (int found = 0; found < n; poll(NULL, 0, 10)) {
		struct strbuf log;
		read_run_file(&log, name, "events.jsonl");
		found = 0;
		for (const char *at = log.buf; (at = strstr(at, "\"why\":")); at++)
			found++;
		strbuf_release(&log);
		assert_true(clock_ms() < end);
	}
}

static void a_run_that_asks_is_saved_by_keys(void **state)
{
	(void)state;
	struct history h;
	struct pty *p = watch(wild, "asks", NULL);
	expect(p, "Paused: what now?");
	pty_send(p, "b");
	expect(p, "go back to epoch");
	pty_send(p, "y");
	expect(p, "back to the end of epoch");
	until_asked("asks", 2); /* there again */
	expect(p, "Paused: what now?");
	pty_send(p, "l0.01\r");
	expect(p, "→ 0.01");
	pty_send(p, "\r");
	until_the_end(p);
	job_history(&h, runs, "asks");
	assert_int_equal(h.end.status, END_FINISHED);
	assert_int_equal(h.n_back, 1);
	assert_int_equal(h.n_epochs, 15);
	history_release(&h);
}

static void a_failed_run_goes_on_from_a_kept_point(void **state)
{
	(void)state;
	struct running r;
	struct history h;
	char *dir = path_join(runs, "lost");
	EXPECT(&r, 1, viewer, "run", wild, "--headless", "--runs", runs, "--name", "lost", "--set",
	       "train.on_accident=stop");
	assert_non_null(strstr(r.text[0].buf, "failed: "));
	run_release(&r);
	EXPECT(&r, 2, viewer, "resume", "lost", "--from", "epoch", "1", "--headless", "--runs",
	       runs);
	assert_non_null(strstr(r.text[1].buf, "epoch 1 is not kept; what is: "));
	run_release(&r);
	EXPECT(&r, 2, viewer, "resume", "--from", "epoch", "1", "lost", "--headless", "--runs",
	       runs);
	assert_non_null(strstr(r.text[1].buf, "epoch 1 is not kept; what is: "));
	run_release(&r);
	EXPECT(&r, 2, viewer, "resume", "lost", "--from", "there", "--headless", "--runs", runs);
	assert_non_null(strstr(r.text[1].buf, "'there' is no point to go back to"));
	run_release(&r);
	EXPECT(&r, 0, viewer, "resume", dir, "--from", "best", "--set", "phases.next.lr=0.01",
	       "--headless");
	run_release(&r);
	job_history(&h, runs, "lost");
	assert_int_equal(h.end.status, END_FINISHED);
	assert_int_equal(h.n_epochs, 15);
	assert_int_equal(h.n_resumed, 1);
	history_release(&h);
	free(dir);
}

/* Headless it says what it saw and what can be done, and ends by itself. */
static void unwatched_it_ends(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 1, viewer, "run", wild, "--headless", "--runs", runs, "--name", "alone", "--set",
	       "train.accident_wait=0.1");
	assert_non_null(strstr(r.text[0].buf, "3 accidents in a row"));
	assert_non_null(strstr(r.text[0].buf, "decide: `thaw ctl alone back`"));
	assert_non_null(strstr(r.text[0].buf, "nobody decided within"));
	run_release(&r);
	char *best = xasprintf("%s/alone/best.weights", runs);
	assert_true(file_exists(best));
	free(best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_slip_is_taken_back),
	    cmocka_unit_test(a_run_that_asks_is_saved_by_keys),
	    cmocka_unit_test(a_failed_run_goes_on_from_a_kept_point),
	    cmocka_unit_test(unwatched_it_ends),
	};
	unsetenv("NO_COLOR");
	unsetenv("THAW_MOUSE");
	return cmocka_run_group_tests(tests, draw, drop);
}
