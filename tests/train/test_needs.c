/* A run that would not fit into memory is refused before there is anything of it, with the numbers
 * and a way out; --force starts it. What runs out of memory all the same says so in its log. */
#include "fake_run.h"

#include "../../src/train/needs.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char *fake_root;

static void set_memory(uint64_t total_mb, uint64_t available_mb)
{
	char *path = path_join(fake_root, "proc/meminfo");
	char *text =
	    xasprintf("MemTotal: %llu kB\nMemAvailable: %llu kB\n",
		      (unsigned long long)total_mb * 1024, (unsigned long long)available_mb * 1024);
	write_text(path, text);
	free(text);
	free(path);
}

static int begin(void **state)
{
	make_root(state);
	fake_root = path_join(root, "machine");
	char *proc = path_join(fake_root, "proc");
	assert_int_equal(file_mkdirs(proc, NULL), ERR_OK);
	free(proc);
	needs_root = fake_root;
	return 0;
}

static int end(void **state)
{
	needs_root = "";
	free(fake_root);
	return remove_root(state);
}

static enum trainer_status train_forced(const char *name, bool force, struct errinfo *e)
{
	static const char *const sets[] = {"train.batch=4000"};
	struct trainer_options o = {.experiment = yaml,
				    .runs = runs,
				    .name = name,
				    .sets = sets,
				    .n_sets = 1,
				    .force = force,
				    .report_fd = -1};
	return trainer_run(&o, e);
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	struct errinfo e = {0};
	char *dir = run_file("large", "");
	set_memory(1000, 60);
	assert_int_equal(train_forced("large", false, &e), TRAINER_BAD_INPUT);
	static const char *const says[] = {"needs about",
					   "a step of phase head on 4000 pictures",
					   "for pictures",
					   "62.9 MB are left of 1.0 GB, this machine's memory",
					   "train.batch ",
					   " would fit",
					   "--force starts it nevertheless"};
	for (size_t i = 0; i < sizeof(says) / sizeof(*says); i++)
		if (!strstr(e.msg, says[i]))
			fail_msg("no '%s' in: %s", says[i], e.msg);
	assert_false(file_exists(dir));
	free(dir);
}

/* The batch that it names is one with which it runs. */
static void the_advice_holds(void **state)
{
	(void)state;
	struct errinfo e = {0};
	set_memory(1000, 60);
	assert_int_equal(train_forced("advised", false, &e), TRAINER_BAD_INPUT);
	char *at = strstr(e.msg, "train.batch "), set[32];
	assert_non_null(at);
	int batch = atoi(at + 12);
	assert_true(batch > 100 && batch < 4000);
	snprintf(set, sizeof(set), "train.batch=%d", batch);
	const char *const sets[] = {set};
	assert_int_equal(train("advised", sets, 1, &e), TRAINER_FINISHED);
	snprintf(set, sizeof(set), "train.batch=%d", batch + batch / 5 + 50);
	assert_int_equal(train("more", sets, 1, &e), TRAINER_BAD_INPUT);
}

static void who_insists_is_warned(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct log l;
	bool warned = false;
	set_memory(1000, 60);
	assert_int_equal(train_forced("forced", true, &e), TRAINER_FINISHED);
	log_read(&l, "forced");
	for (size_t i = 0; i < l.n; i++)
		warned =
		    warned || (l.events[i].type == EV_NOTE && l.events[i].note.level == NOTE_WARN &&
			       strstr(l.events[i].note.text, "needs about"));
	assert_true(warned);
	log_free(&l);
}

static void where_nothing_tells_nothing_is_refused(void **state)
{
	(void)state;
	struct errinfo e = {0};
	char *path = path_join(fake_root, "proc/meminfo");
	unlink(path);
	free(path);
	assert_int_equal(train_forced("unknown", false, &e), TRAINER_FINISHED);
}

/* --- it runs out all the same --- */

static void take_too_much(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	struct rlimit less;
	if (call != 2)
		return;
	getrlimit(RLIMIT_DATA, &less);
	less.rlim_cur = 256 << 20;
	setrlimit(RLIMIT_DATA, &less);
	free(xmalloc((size_t)1500 << 20));
}

static void what_runs_out_says_how_much_it_wanted(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	print_message("skipped: the sanitizer's own malloc does not run out\n");
	skip();
#endif
	struct log l;
	set_memory(8000, 8000);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		struct errinfo e = {0};
		struct rlimit none = {0, 0};
		setrlimit(RLIMIT_CORE, &none);
		fake.on_step = take_too_much;
		train("out", NULL, 0, &e);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	log_read(&l, "out");
	assert_true(l.h.ended);
	assert_int_equal(l.h.end.status, END_FAILED);
	assert_non_null(strstr(l.h.end.reason, "out of memory: 1572.9 MB more were wanted"));
	assert_non_null(strstr(l.h.end.reason, "smaller train.batch"));
	assert_int_equal(l.h.end.iters, 1);
	log_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(what_does_not_fit_is_refused, reset_fake),
	    cmocka_unit_test_setup(the_advice_holds, reset_fake),
	    cmocka_unit_test_setup(who_insists_is_warned, reset_fake),
	    cmocka_unit_test_setup(where_nothing_tells_nothing_is_refused, reset_fake),
	    cmocka_unit_test_setup(what_runs_out_says_how_much_it_wanted, reset_fake),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
