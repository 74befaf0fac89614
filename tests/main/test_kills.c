/* The built trainer, killed by strace at placed system calls of its checkpoints, goes on to the
 * same files. Every call is walked in tests/train/test_kills.c, on a stand-in network. */
#include "job.h"

#include <dirent.h>

#define PLAN                                                                                       \
	"--runs", runs, "--set", "phases.head.epochs=1", "--set", "phases.tune.epochs=1", "--set", \
	    "train.keep=1", "--set", "train.threads=1", "--set", "data.limit=12"

static bool may_trace(void)
{
	struct running r;
	run_start(&r, (const char *const[]){"strace", "-f", "-o", "/dev/null", "true", NULL}, NULL);
	int status = run_wait(&r);
	run_release(&r);
	if (status)
		print_message("skipped: %s\n",
			      status == 99 ? "no strace here" : "processes may not be traced here");
	return status == 0;
}

/* Run, and be killed at the n-th of these calls; false: it makes fewer. */
static bool killed(const char *name, const char *calls, int n)
{
	struct running r;
	char *trace = xasprintf("trace=%s", calls),
	     *inject = xasprintf("inject=%s:signal=KILL:when=%d", calls, n);
	/* Leaks are not sought in a process that is traced. */
	run_start(&r,
		  (const char *const[]){"strace", "-f", "-qq", "-o", "/dev/null", "-E",
					"ASAN_OPTIONS=detect_leaks=0", "-e", trace, "-e", inject,
					trainer, "run", shapes, PLAN, "--name", name, NULL},
		  NULL);
	int status = run_wait(&r);
	if (status != 0 && status != 128 + SIGKILL)
		fail_msg("%s: status %d: %s", name, status, r.text[1].buf);
	run_release(&r);
	free(trace);
	free(inject);
	return status != 0;
}

static int files(const struct dirent *d)
{
	static const char *const others[] = {"events.jsonl", "trainer.log", "lock", "control.sock"};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(d->d_name, others[i]) == 0)
			return 0;
	return d->d_type == DT_REG;
}

static void same_files(const char *one, const char *two, const char *in)
{
	char *a = xasprintf("%s/%s/%s", runs, one, in), *b = xasprintf("%s/%s/%s", runs, two, in);
	struct dirent **x = NULL, **y = NULL;
	int n = scandir(a, &x, files, alphasort), m = scandir(b, &y, files, alphasort);
	if (n != m)
		fail_msg("%s has %d files, %s %d", a, n, b, m);
	for (int i = 0; i < n; i++) {
		struct strbuf p, q;
		char *file = path_join(in, x[i]->d_name);
		assert_string_equal(x[i]->d_name, y[i]->d_name);
		read_run_file(&p, one, file);
		read_run_file(&q, two, file);
		if (p.len != q.len || memcmp(p.buf, q.buf, p.len) != 0)
			fail_msg("%s of %s and %s differ", file, one, two);
		strbuf_release(&p);
		strbuf_release(&q);
		free(file);
		free(x[i]);
		free(y[i]);
	}
	free(x);
	free(y);
	free(a);
	free(b);
}

/* False: there was no checkpoint yet to go on from. */
static bool goes_on(const char *name)
{
	struct running r;
	run_start(&r, (const char *const[]){trainer, "resume", name, "--runs", runs, NULL}, NULL);
	int status = run_wait(&r);
	bool none = status == 2 && strstr(r.text[1].buf, "no checkpoint yet");
	bool over = status == 2 && strstr(r.text[1].buf, "finished");
	if (status != 0 && !none && !over)
		fail_msg("resume %s: status %d: %s", name, status, r.text[1].buf);
	run_release(&r);
	return !none;
}

static void placed_kills_end_in_the_same_files(void **state)
{
	(void)state;
	/* A checkpoint makes two links each for the best, the epoch that is kept and, but for the
	 * first, the previous one; each is a rename too, and four more are of next and last, after
	 * four of the run's text files. */
	static const struct {
		const char *calls;
		int at;
	} places[] = {{"linkat", 1},
		      {"linkat", 2},
		      {"linkat", 4},
		      {"linkat", 7},
		      {"linkat", 8},
		      {"?renameat,?renameat2", 7},
		      {"?renameat,?renameat2", 11},
		      {"?renameat,?renameat2", 14},
		      {"?renameat,?renameat2", 18}};
	struct running r;
	int n_same = 0;
	if (!may_trace())
		skip();
	EXPECT(&r, 0, trainer, "run", shapes, PLAN, "--name", "whole");
	run_release(&r);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char *name = xasprintf("killed-%zu", i);
		if (killed(name, places[i].calls, places[i].at) && goes_on(name)) {
			same_files("whole", name, "");
			same_files("whole", name, "checkpoints");
			n_same++;
		}
		free(name);
	}
	assert_true(n_same >= 5); /* the others have no second best, so fewer calls */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(placed_kills_end_in_the_same_files),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
