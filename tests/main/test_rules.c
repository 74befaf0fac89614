/* A run with the built programs that a rule ends: what check, the lines of a headless run, ls, show and
 * resume say of it, and what keep-going answers. */
#include "job.h"

/* No accuracy gains 1: the second epoch of the head is one without a gain, and so is the third. */
#define RULED                                                                                      \
	"--set", "network.input=16x16", "--set", "phases.head.epochs=6", "--set",                  \
	    "stop.patience=2", "--set", "stop.min_delta=1", "--set", "plateau.patience=1",         \
	    "--set", "train.best=loss"

static void has(const struct running *r, int stream, const char *text)
{
	if (!strstr(r->text[stream].buf, text))
		fail_msg("wanted '%s' in:\n%s", text, r->text[stream].buf);
}

static void a_rule_ends_the_run(void **state)
{
	(void)state;
	struct running r;
	struct history h;
	EXPECT(&r, 0, viewer, "check", shapes, "--runs", runs, RULED);
	has(&r, 0, "stop        the run ends after 2 epochs without a gain of 1 in loss\n");
	has(&r, 0, "stop: it may end the run in phase head, before tune");
	run_release(&r);
	EXPECT(&r, 0, viewer, "run", shapes, "--headless", "--runs", runs, "--name", "ruled",
	       RULED);
	has(&r, 0, "stopped early: no gain of 1 in loss for 2 epochs (best ");
	has(&r, 0, "finished: stopped early: ");
	has(&r, 0, "best validation loss ");
	run_release(&r);
	job_history(&h, runs, "ruled");
	assert_int_equal(h.n_epochs, 3);
	assert_int_equal(h.end.status, END_FINISHED);
	assert_true(h.end.best_epoch.value == (double)history_best(&h).epoch);
	history_release(&h);
	EXPECT(&r, 0, viewer, "show", "ruled", "--runs", runs);
	has(&r, 0, "stop: the run ends after 2 epochs without a gain of 1 in loss\n");
	has(&r, 0, ", by loss ");
	run_release(&r);
	EXPECT(&r, 0, viewer, "ls", "--runs", runs);
	has(&r, 0, "finished");
	run_release(&r);
}

static void resume_says_so_and_goes_on_without_it(void **state)
{
	(void)state;
	struct running r;
	struct history h;
	EXPECT(&r, 2, viewer, "resume", "ruled", "--headless", "--runs", runs);
	has(&r, 1, "has finished already, after 3 epochs (a rule ended it)");
	run_release(&r);
	EXPECT(&r, 0, viewer, "resume", "ruled", "--headless", "--runs", runs, "--set",
	       "stop.patience=0", "--set", "phases.head.epochs=4");
	has(&r, 0, "finished: all phases are done");
	run_release(&r);
	job_history(&h, runs, "ruled");
	assert_true(h.n_epochs > 4);
	assert_string_equal(h.epochs[h.n_epochs - 1].phase, "tune");
	assert_null(h.run.stop);
	history_release(&h);
}

static void keep_going_is_a_command(void **state)
{
	(void)state;
	struct running r, run;
	const char *const words[] = {trainer, "run", "--name",     "kept", shapes, "--runs",
				     runs,    RULED, "--pause-at", "15",   NULL};
	run_start(&run, words, NULL);
	job_until_paused("kept");
	EXPECT(&r, 0, viewer, "ctl", "kept", "keep-going", "--runs", runs);
	has(&r, 0, "no rule ends phase head early any more");
	run_release(&r);
	EXPECT(&r, 0, viewer, "ctl", "kept", "undo", "--runs", runs);
	has(&r, 0, "rules may end this phase early again");
	run_release(&r);
	EXPECT(&r, 0, viewer, "ctl", "kept", "unpause", "--runs", runs);
	run_release(&r);
	assert_int_equal(run_wait(&run), 0);
	run_release(&run);
	struct history h;
	job_history(&h, runs, "kept");
	assert_int_equal(h.n_epochs, 3);
	history_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_rule_ends_the_run),
	    cmocka_unit_test(resume_says_so_and_goes_on_without_it),
	    cmocka_unit_test(keep_going_is_a_command),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
