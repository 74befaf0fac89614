/* The built programs where memory is short: refused before there is a run, or, when that was
 * insisted on, ended with the reason in the log. */
#include "job.h"

#define SMALL_KB "60000"
#define LARGE_KB "300000"

static void expect_limited(struct running *r, int status, const char *limit, const char *words)
{
	char *line = xasprintf("ulimit -d %s; %s run %s --runs %s --set train.threads=1 --set "
			       "train.batch=4096 %s",
			       limit, trainer, shapes, runs, words);
	run_expect(r, status, (const char *const[]){"sh", "-c", line, NULL});
	free(line);
}

static void skip_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__)
	print_message("skipped: a sanitizer takes more memory than any limit\n");
	skip();
#endif
}

static void a_run_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	struct running r;
	char *dir = path_join(runs, "refused");
	skip_sanitized();
	expect_limited(&r, 2, SMALL_KB, "--name refused");
	assert_non_null(strstr(r.text[1].buf, "thaw: the run needs about "));
	assert_non_null(strstr(r.text[1].buf, "of 61.4 MB, the memory it may take (ulimit -d)"));
	assert_non_null(strstr(r.text[1].buf, "--force starts it nevertheless"));
	assert_false(file_exists(dir));
	run_release(&r);
	free(dir);
}

static void one_that_is_forced_says_what_it_lacked(void **state)
{
	(void)state;
	struct running r;
	struct history h;
	skip_sanitized();
	char *line =
	    xasprintf("ulimit -c 0; ulimit -d %s; exec %s run %s --runs %s --force --name forced "
		      "--set train.threads=1 --set train.batch=4096 --headless",
		      LARGE_KB, viewer, shapes, runs);
	run_start(&r, (const char *const[]){"sh", "-c", line, NULL}, NULL);
	assert_int_not_equal(run_wait(&r), 0);
	assert_non_null(strstr(r.text[1].buf, "out of memory"));
	run_release(&r);
	job_history(&h, runs, "forced");
	assert_true(h.ended);
	assert_int_equal(h.end.status, END_FAILED);
	assert_non_null(strstr(h.end.reason, "out of memory: "));
	assert_non_null(strstr(h.end.reason, " MB more were wanted"));
	history_release(&h);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_run_that_does_not_fit_is_refused),
	    cmocka_unit_test(one_that_is_forced_says_what_it_lacked),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
