/* A replay of a log that still grows: the end moves, and the replay stays where it was put; at the
 * end it goes along. */
#include "stage.h"

static int view_following(void *arg)
{
	struct tui_options o = {
	    .run_dir = ((struct stage_run *)arg)->dir, .replay = true, .follow = true};
	return tui_run(&o, NULL);
}

static int view_replay(void *arg)
{
	struct tui_options o = {.run_dir = ((struct stage_run *)arg)->dir, .replay = true};
	return tui_run(&o, NULL);
}

static void grow(struct stage_run *r, int first, int last)
{
	sample_epochs(&r->sample, first, last);
	fflush(r->sample.out);
}

static struct pty *open_at_end(struct stage_run *r, int (*view)(void *))
{
	struct pty *p = pty_call(100, 40, "xterm-256color", view, r);
	stage_expect(p, "replay ×");
	pty_send(p, "\x1bOF");
	stage_expect(p, "the log ends here");
	return p;
}

static void at_the_end_it_goes_along(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = open_at_end(&r, view_following);
	for (int epoch = 5; epoch <= 9; epoch++) {
		char shown[16];
		snprintf(shown, sizeof(shown), "epoch %d/10", epoch);
		grow(&r, epoch, epoch);
		stage_expect(p, "the log ends here");
		stage_expect(p, shown);
	}
	sample_end(&r.sample, END_FINISHED, "all 10 epochs done");
	fflush(r.sample.out);
	stage_expect(p, "✓ finished");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	stage_close(&r);
}

static void elsewhere_it_stays(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = open_at_end(&r, view_following);
	pty_send(p, "\x1b[D\x1b[D"); /* two epochs back, */
	stage_expect(p, "epoch 3/10");
	grow(&r, 5, 6);
	pty_send(p, "\x1b[C"); /* one on, */
	stage_expect(p, "epoch 4/10");
	pty_send(p, "\x1b[C"); /* and on, into what was not there when it began */
	stage_expect(p, "epoch 5/10");
	grow(&r, 7, 7);
	pty_send(p, "\x1bOF");
	stage_expect(p, "epoch 7/10");
	stage_expect(p, "the log ends here");
	grow(&r, 8, 8);
	stage_expect(p, "epoch 8/10");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, WAIT_MS), 0);
	pty_free(p);
	stage_close(&r);
}

/* What is no run yet is waited for. */
static void from_nothing(void **state)
{
	(void)state;
	struct stage_run r;
	stage_open(&r);
	struct pty *p = pty_call(100, 40, "xterm-256color", view_following, &r);
	stage_expect(p, "1 Train");
	sample_begin(&r.sample);
	grow(&r, 1, 2);
	stage_expect(p, "epoch 2/10");
	pty_send(p, "q");
	pty_wait_exit(p, WAIT_MS);
	pty_free(p);
	stage_close(&r);
}

/* Without being told to it does not. */
static void another_replay_does_not(void **state)
{
	(void)state;
	struct stage_run r;
	stage_begin(&r);
	struct pty *p = open_at_end(&r, view_replay), *q = open_at_end(&r, view_following);
	grow(&r, 5, 6);
	stage_expect(q, "epoch 6/10");
	pty_send(p, "?");
	stage_expect(p, "Keys");
	pty_send(p, "?");
	assert_true(pty_lacks(p, "Keys", WAIT_MS));
	assert_true(pty_lacks(p, "epoch 6/10", WAIT_MS));
	pty_send(p, "q");
	pty_send(q, "q");
	pty_wait_exit(p, WAIT_MS);
	pty_wait_exit(q, WAIT_MS);
	pty_free(p);
	pty_free(q);
	stage_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(at_the_end_it_goes_along),
	    cmocka_unit_test(elsewhere_it_stays),
	    cmocka_unit_test(from_nothing),
	    cmocka_unit_test(another_replay_does_not),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
