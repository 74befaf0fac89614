/* Learn page, quiz and summary on a real pseudo-terminal, by key scripts. */
#include "stage.h"

#include "thaw/learn/scores.h"

static struct quiz_question questions[2];
static const struct quiz quiz = {questions, 2};

struct place {
	struct stage_run run;
	bool replay, no_quiz;
};

static void place_open(struct place *p)
{
	memset(p, 0, sizeof(*p));
	stage_open(&p->run);
}

static int view(void *arg)
{
	const struct place *p = arg;
	struct tui_options o = {.run_dir = p->run.dir,
				.replay = p->replay,
				.quiz = p->no_quiz ? NULL : &quiz,
				.quiz_why = "quiz.yaml:3:9: a choice is empty"};
	return tui_run(&o, NULL);
}

static void expect_gone(struct pty *p, const char *text)
{
	if (pty_lacks(p, text, WAIT_MS))
		return;
	char *screen = pty_text(p);
	fail_msg("\"%s\" is still shown:\n%s", text, screen);
}

static void press(struct pty *p, const char *keys, const char *seen)
{
	pty_send(p, keys);
	stage_expect(p, seen);
}

/* Keys of the live run mean nothing in the moment after its end: press again until it is shown. */
static void press_until(struct pty *p, const char *keys, const char *seen)
{
	for (int tries = 0; tries < 40; tries++) {
		pty_send(p, keys);
		if (pty_shows(p, seen, WAIT_MS / 40))
			return;
	}
	stage_expect(p, seen);
}

static struct pty *open_replay(struct place *p, bool quiz_there)
{
	place_open(p);
	p->replay = true;
	p->no_quiz = !quiz_there;
	sample_whole(&p->run.sample);
	fflush(p->run.sample.out);
	flock(p->run.lock, LOCK_UN);
	struct pty *t = pty_call(80, 24, "xterm-256color", view, p);
	stage_expect(t, "replay ×");
	press(t, "\x1bOF", "✓ finished");
	return t;
}

/* A run of which four epochs are done. */
static struct pty *watch_live(struct place *p)
{
	place_open(p);
	sample_begin(&p->run.sample);
	sample_epochs(&p->run.sample, 1, 4);
	fflush(p->run.sample.out);
	struct pty *t = pty_call(80, 24, "xterm-256color", view, p);
	stage_expect(t, "▶ training");
	return t;
}

static void leave(struct pty *t, struct place *p, int status)
{
	pty_send(t, "q");
	assert_int_equal(pty_wait_exit(t, WAIT_MS), status);
	assert_true(pty_termios_restored(t));
	pty_free(t);
	stage_close(&p->run);
}

static void test_learn_page(void **state)
{
	(void)state;
	struct place p;
	struct pty *t = open_replay(&p, true);
	press(t, "6", "How it works");
	press(t, "kkkk", "▸  6 tune");
	press(t, "g", "▸  1 head");
	press(t, "k", "▸  1 head");
	press(t, "j", "▸  2 head");
	press(t, "G", "▸ 10 tune");
	press(
	    t,
	    "\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~",
	    "The key insight");
	press(
	    t,
	    "\x1b[5~\x1b[5~\x1b[5~\x1b[5~\x1b[5~\x1b[5~\x1b[5~\x1b[5~\x1b[5~\x1b[5~\x1b[5~\x1b[5~",
	    "✓ 1 Load pretrained model");
	press(t, "\x1bOD\x1bOD\x1bOD\x1bOD",
	      "▸  7 tune"); /* an epoch back each: the first only leaves the end */
	leave(t, &p, 0);
}

static void test_quiz_keys(void **state)
{
	(void)state;
	struct place p;
	struct pty *t = open_replay(&p, true);
	press(t, "Z", "How many layers");
	press(t, "d4", "1 of 2, 0 right"); /* there are three choices */
	press(t, "jj\r", "Enter goes on");
	press(t, "1a", "Enter goes on"); /* answered is answered */
	press(t, "\r", "2 of 2");
	press(t, "5", "epoch 9: train"); /* a page; the quiz waits */
	press(t, "6", "2 of 2");
	press(t, "\x1b", "How it works");
	leave(t, &p, 0);
}

/* The letter of the choice that reads so: what a person would press. */
static const char *letter_of(struct pty *t, const char *choice)
{
	static char letter[2];
	char *screen = pty_text(t), *at = strstr(screen, choice);
	assert_non_null(at);
	letter[0] = at[-3];
	free(screen);
	return letter;
}

static void test_quiz_score(void **state)
{
	(void)state;
	struct place p;
	struct scores sum;
	struct pty *t = open_replay(&p, true);
	char *path = stage_path(&p.run, "thaw/scores.jsonl");
	press(t, "Z", "How many layers");
	press(t, letter_of(t, "twenty-two"), "Right.");
	press(t, "Z", "How it works"); /* leave, and come back to where it was */
	press(t, "Z", "Right.");
	press(t, " ", "2 of 2, 1 right");
	press(t, letter_of(t, "it burns"), "Not so: it is ");
	press(t, "\r", "1 of 2 right");
	stage_expect(t, "best of 1 try: 1 of 2");
	stage_expect(t, "Worth another look");
	assert_int_equal(scores_read(path, &sum, NULL), ERR_OK);
	assert_true(sum.tries == 1 && sum.best_right == 1 && sum.best_asked == 2);
	press(t, "\r", "How many layers");
	press(t, letter_of(t, "twenty-two"), "Right.");
	press(t, "\r", "2 of 2, 1 right");
	press(t, letter_of(t, "it learns"), "Right.");
	press(t, "\r", "2 of 2 right");
	press(t, "\x1b", "How it works");
	stage_expect(t, "best of 2 tries: 2 of 2");
	leave(t, &p, 0);
	free(path);
}

static void test_no_quiz(void **state)
{
	(void)state;
	struct place p;
	struct pty *t = open_replay(&p, false);
	press(t, "6", "No quiz: quiz.yaml:3:9: a choice is empty");
	press(t, "Z", "no quiz: quiz.yaml");
	leave(t, &p, 0);
}

/* The summary comes once when a run ends before our eyes, leaves with a page key, and s brings it
 * back, but not in the middle of the run. */
static void test_summary(void **state)
{
	(void)state;
	struct place p;
	struct pty *t = watch_live(&p);
	press(t, "s", "the summary comes when the run has ended");
	sample_epochs(&p.run.sample, 5, SAMPLE_EPOCHS);
	sample_end(&p.run.sample, END_FINISHED, "all 10 epochs done");
	fflush(p.run.sample.out);
	stage_expect(t, "How it ended");
	stage_expect(t, "thaw predict ");
	press(t, "2", "params");
	press(t, "1", "Loss");
	expect_gone(t, "How it ended");
	press(t, "s", "How it ended");
	pty_send(t, "\x1b");
	expect_gone(t, "How it ended");
	press_until(t, "\x1bOD", "‖ replay");
	press(t, "s", "End goes there");
	press(t, "\x1bOF", "✓ finished");
	press(t, "s", "How it ended");
	pty_resize(t, 60, 20);
	press_until(t, "j", "thaw replay ");
	leave(t, &p, 0);
}

static void test_summary_of_a_crash(void **state)
{
	(void)state;
	struct place p;
	struct pty *t = watch_live(&p);
	flock(p.run.lock, LOCK_UN);
	stage_expect(t, "crashed: the trainer is gone, and wrote no end");
	leave(t, &p, 1);
}

int main(void)
{
	const struct quiz_question all[] = {
	    {.id = sample_str("a"),
	     .text = sample_str("How many layers?"),
	     .explain = sample_str("Count them."),
	     .choices = {sample_str("twenty-two"), sample_str("{best_epoch}"), sample_str("none")},
	     .n_choices = 3},
	    {.id = sample_str("b"),
	     .text = sample_str("What does it do?"),
	     .explain = sample_str("See the name."),
	     .choices = {sample_str("it learns"), sample_str("it burns")},
	     .n_choices = 2},
	};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_learn_page), cmocka_unit_test(test_quiz_keys),
	    cmocka_unit_test(test_quiz_score), cmocka_unit_test(test_no_quiz),
	    cmocka_unit_test(test_summary),    cmocka_unit_test(test_summary_of_a_crash),
	};
	memcpy(questions, all, sizeof(all));
	unsetenv("NO_COLOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
