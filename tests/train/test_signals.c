/* Whatever signal comes, short of SIGKILL, the log of a public run gets an end. */
#include "faults.h"

static int signo;

static void raise_it(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == 3)
		raise(signo);
}

/* By default these do nothing, stop or continue; or cannot be caught, or the trainer ignores
 * them. */
static bool is_harmless(int n)
{
	static const int none[] = {SIGCHLD, SIGCONT,  SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
				   SIGURG,  SIGWINCH, SIGKILL, SIGPIPE, SIGXFSZ};
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (none[i] == n)
			return true;
	return n > SIGSYS && n < SIGRTMIN; /* libc's own */
}

static bool is_a_crash(int n)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		if (crashes[i] == n)
			return true;
	return false;
}

static void every_signal_leaves_an_end(void **state)
{
	(void)state;
	int n_tried = 0;
	fake.on_step = raise_it;
	for (signo = 1; signo <= SIGRTMAX; signo++) {
		if (is_harmless(signo))
			continue;
		char *name = xasprintf("signal-%d", signo);
		int status = apart(train_two, name, NULL);
		struct log l;
		log_read(&l, name);
		const struct event *last = &l.events[l.n - 1];
		if (last->type != EV_END)
			fail_msg("%s: no end, wait status %d", strsignal(signo), status);
		if (is_a_crash(signo)) {
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signo);
			assert_int_equal(last->end.status, END_FAILED);
		} else {
			assert_true(ended_with(status, TRAINER_STOPPED));
			assert_int_equal(last->end.status, END_STOPPED);
			assert_int_equal(last->end.iters, 3);
			assert_non_null(strstr(last->end.reason, strsignal(signo)));
		}
		n_tried++;
		log_free(&l);
		forget_run(name);
		free(name);
	}
	assert_true(n_tried > 25);
}

/* From the first system call that writes: the directory has just been made then. */
static void a_signal_at_any_moment_leaves_a_run_or_nothing(void **state)
{
	(void)state;
	bool made = false;
	int status = 0;
	for (int n = 1; !made || ended_with(status, TRAINER_STOPPED); n++) {
		struct errinfo e = {0};
		char *name = xasprintf("moment-%d", n), *dir = path_join(runs, name);
		faults.calls = 0;
		faults.at = n;
		faults.signal = SIGUSR1;
		status = apart(train_two, name, &e);
		made = file_exists(dir);
		if (made)
			whole_log(name,
				  ended_with(status, TRAINER_STOPPED) ? END_STOPPED : END_FINISHED);
		else
			assert_true(ended_with(status, TRAINER_BAD_INPUT));
		free(dir);
		forget_run(name);
		free(name);
		assert_true(n < 1000);
	}
	assert_true(ended_with(status, TRAINER_FINISHED)); /* it came when all was done */
}

/* What killed trainers have left, of this version and of older ones, goes with the next one that
 * holds the lock; nothing else does. */
static void rubbish_goes_by_its_exact_name(void **state)
{
	(void)state;
	static const char *const rubbish[] = {"next.weights.tmp",
					      "next.weights.4711.tmp",
					      "next.state.1.tmp",
					      "best.weights.tmp",
					      "last.state.99999.tmp",
					      "experiment.yaml.12.tmp",
					      "model.cfg.tmp",
					      "checkpoints/epoch-0001.weights.tmp",
					      "checkpoints/epoch-12345.state.77.tmp"};
	static const char *const others[] = {"my.tmp",
					     "next.weights.x1.tmp",
					     "next.weights..tmp",
					     "notes.12.tmp",
					     "checkpoints/epoch-1.weights.tmp",
					     "checkpoints/next.weights.tmp"};
	assert_true(ended_with(apart(train_two, "rubbish", NULL), TRAINER_FINISHED));
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(*rubbish); i++) {
		char *path = run_file("rubbish", rubbish[i]);
		write_text(path, "half");
		free(path);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		char *path = run_file("rubbish", others[i]);
		write_text(path, "mine");
		free(path);
	}
	apart(go_on, "rubbish", NULL);
	for (size_t i = 0; i < sizeof(rubbish) / sizeof(*rubbish); i++) {
		char *path = run_file("rubbish", rubbish[i]);
		if (file_exists(path))
			fail_msg("%s is still there", path);
		free(path);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		char *path = run_file("rubbish", others[i]);
		if (!file_exists(path))
			fail_msg("%s has gone", path);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(every_signal_leaves_an_end, no_faults),
	    cmocka_unit_test_setup(a_signal_at_any_moment_leaves_a_run_or_nothing, no_faults),
	    cmocka_unit_test_setup(rubbish_goes_by_its_exact_name, no_faults),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
