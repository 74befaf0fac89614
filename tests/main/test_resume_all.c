/* A machine that was rebooted: thaw ls says what can go on, thaw resume --all takes up what nobody
 * meant to end, with the built programs. */
#include "job.h"

#define PLAN                                                                                       \
	"--runs", runs, "--set", "train.threads=1", "--set", "phases.head.epochs=1", "--set",      \
	    "phases.tune.epochs=1", "--set", "data.limit=48"
#define WITHIN "8" /* iterations: an epoch has 6 */

/* In the run's directory. */
static void shell(const char *what, const char *name)
{
	char *command = xasprintf("cd '%s/%s' && %s", runs, name, what);
	assert_int_equal(system(command), 0);
	free(command);
}

/* Held within its second epoch, and ended there by `signo`; 0: by hand. */
static void cut_off(const char *name, int signo)
{
	struct running r, ctl;
	run_start(&r,
		  (const char *const[]){trainer, "run", shapes, PLAN, "--name", name, "--pause-at",
					WITHIN, NULL},
		  NULL);
	job_until_paused(name);
	if (signo) {
		kill(r.pid, signo);
	} else {
		EXPECT(&ctl, 0, viewer, "ctl", name, "stop", "--runs", runs);
		run_release(&ctl);
	}
	run_wait(&r);
	run_release(&r);
}

static void copy(const char *from, const char *to)
{
	char *command = xasprintf("cp -a '%s/%s' '%s/%s'", runs, from, runs, to);
	assert_int_equal(system(command), 0);
	free(command);
}

static int make_runs(void **state)
{
	shapes_open(state);
	struct running r;
	EXPECT(&r, 0, trainer, "run", shapes, PLAN, "--name", "whole");
	run_release(&r);
	cut_off("crashed", SIGKILL);
	cut_off("hung-up", SIGHUP);
	cut_off("interrupted", SIGINT);
	cut_off("shut-down", SIGTERM);
	cut_off("stopped", 0);
	copy("crashed", "broken");
	copy("crashed", "early");
	copy("crashed", "stranger");
	shell("for f in *.weights; do printf x > $f; done", "broken");
	shell("rm -f *.weights *.state", "early");
	shell("mkdir no-run", ".");
	return 0;
}

static bool stranger; /* there is a run of another user's, as only root can make one */

static void until_ended(const char *name)
{
	int64_t end = clock_ms() + DEADLINE_S * 1000;
	bool ended = false;
	while (!ended && clock_ms() < end) {
		struct history h;
		job_history(&h, runs, name);
		ended = h.ended && h.end.status == END_FINISHED;
		history_release(&h);
		poll(NULL, 0, 10);
	}
	assert_true(ended);
}

static void says(const struct running *r, int which, const char *text, bool is)
{
	if ((strstr(r->text[which].buf, text) != NULL) != is)
		fail_msg("%s '%s' in: %s%s", is ? "no" : "there is", text, r->text[0].buf,
			 r->text[1].buf);
}

static void the_list_says_what_can_go_on(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, viewer, "ls", "--runs", runs);
	says(&r, 0, "can go on, with `thaw resume NAME --runs ", true);
	says(&r, 0, "broken (crashed), crashed (crashed), hung-up (stopped), ", true);
	says(&r, 0, "early (crashed)", false);
	says(&r, 0, "whole (finished)", false);
	says(&r, 0, "takes up those that crashed", true);
	run_release(&r);
	EXPECT(&r, 0, viewer, "ls", "--runs", runs, "--json");
	says(&r, 0, "can go on", false);
	run_release(&r);
}

static void a_dry_run_lists(void **state)
{
	(void)state;
	struct running r;
	char *path = xasprintf("%s/stranger", runs);
	stranger = geteuid() == 0 && chown(path, 65534, (gid_t)-1) == 0;
	if (!stranger)
		shell("rm -r stranger", ".");
	free(path);
	run_start(
	    &r, (const char *const[]){viewer, "resume", "--all", "--dry-run", "--runs", runs, NULL},
	    NULL);
	assert_int_equal(run_wait(&r), 1); /* one of them is before its first checkpoint */
	says(&r, 0, "would resume crashed: crashed in epoch 2, after iteration 8\n", true);
	says(&r, 0, "would resume hung-up: stopped in epoch 2", true);
	says(&r, 0, "would resume shut-down: stopped in epoch 2", true);
	says(&r, 0, "interrupted", false);
	says(&r, 0, "2 more runs stopped by hand or failed", true);
	says(&r, 1, "early is skipped: ", true);
	says(&r, 1, "holds no checkpoint yet", true);
	says(&r, 1, "stranger is skipped: ", stranger);
	run_release(&r);
	struct history h;
	job_history(&h, runs, "crashed");
	assert_false(h.ended);
	assert_int_equal(h.n_resumed, 0);
	history_release(&h);
}

static void all_that_were_cut_off_go_on(void **state)
{
	(void)state;
	static const char *const taken_up[] = {"crashed", "hung-up", "shut-down"};
	struct running r;
	shell("rm -r early", ".");
	run_start(&r, (const char *const[]){viewer, "resume", "--all", "--runs", runs, NULL}, NULL);
	assert_int_equal(run_wait(&r), 1); /* the broken one */
	says(&r, 1, "broken is skipped", true);
	says(&r, 1, "no checkpoint before it is whole either", true);
	says(&r, 1, "belongs to another user", stranger);
	for (size_t i = 0; i < 3; i++) {
		char *line = xasprintf("resumed %s: ", taken_up[i]);
		says(&r, 0, line, true);
		free(line);
	}
	run_release(&r);
	for (size_t i = 0; i < 3; i++) {
		until_ended(taken_up[i]);
		job_same_files("whole", taken_up[i]);
	}
	struct history h;
	job_history(&h, runs, "stopped");
	assert_int_equal(h.n_resumed, 0);
	history_release(&h);
}

/* Another's run is skipped, and no failure. */
static void then_those_that_were_stopped(void **state)
{
	(void)state;
	struct running r;
	shell("rm -r broken", ".");
	EXPECT(&r, 0, viewer, "resume", "--all", "--runs", runs);
	says(&r, 0, stranger ? "2 more runs" : "no run in ", true);
	run_release(&r);
	EXPECT(&r, 0, viewer, "resume", "--all", "--stopped", "--runs", runs);
	says(&r, 0, "resumed interrupted: stopped in epoch 2", true);
	says(&r, 0, "resumed stopped: ", true);
	run_release(&r);
	until_ended("interrupted");
	until_ended("stopped");
	job_same_files("whole", "stopped");
	EXPECT(&r, 0, viewer, "resume", "--all", "--stopped", "--failed", "--runs", runs);
	says(&r, 0, "resumed", false);
	run_release(&r);
}

static void words_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const char *const lines[][4] = {{"--all", "whole"},
					       {"--all", "--headless"},
					       {"--all", "--epochs", "3"},
					       {"--dry-run", "whole"},
					       {"--stopped"},
					       {"--all", "--runs", "/dev/null/none"},
					       {NULL}};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct running r;
		EXPECT(&r, 2, viewer, "resume", lines[i][0], lines[i][1], lines[i][2], lines[i][3]);
		says(&r, 1, "thaw resume: ", true);
		run_release(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_list_says_what_can_go_on),
	    cmocka_unit_test(a_dry_run_lists),
	    cmocka_unit_test(all_that_were_cut_off_go_on),
	    cmocka_unit_test(then_those_that_were_stopped),
	    cmocka_unit_test(words_that_make_no_sense_are_refused),
	};
	return cmocka_run_group_tests(tests, make_runs, shapes_close);
}
