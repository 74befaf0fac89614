/* `thaw rerun` and `thaw branch` on a small network: the same bytes after what was done by hand, where
 * it parts, the plan that it prints, and runs that begin from a kept point of another. */
#include "job.h"

#include "thaw/base/words.h"

/* Hand a command to a run that holds. */
static void ctl(const char *run, const char *command, const char *arg)
{
	struct running r;
	char *path = path_join(runs, run);
	run_expect(&r, 0, (const char *const[]){viewer, "ctl", path, command, arg, NULL});
	run_release(&r);
	free(path);
}

/* Train `name`, held at the iteration `at`, where `acts` are done; to its end. */
static void train_by_hand(const char *name, const char *at, const char *const acts[][2], size_t n,
			  int status)
{
	struct running r;
	run_start(&r,
		  (const char *const[]){trainer, "run", shapes, "--runs", runs, "--name", name,
					"--threads", "1", "--pause-at", at, NULL},
		  NULL);
	job_until_paused(name);
	for (size_t i = 0; i < n; i++)
		ctl(name, acts[i][0], acts[i][1]);
	ctl(name, "unpause", NULL);
	assert_int_equal(run_wait(&r), status);
	run_release(&r);
}

static void rerun(struct running *r, const char *run, const char *name, int status)
{
	char *path = path_join(runs, run);
	EXPECT(r, status, viewer, "rerun", path, "--name", name, "--headless");
	free(path);
}

static void wants(const struct running *r, const char *text)
{
	if (!strstr(r->text[0].buf, text) && !strstr(r->text[1].buf, text))
		fail_msg("no '%s' in: %s%s", text, r->text[0].buf, r->text[1].buf);
}

#define ACTS(...) (const char *const[][2]){__VA_ARGS__}

static void test_same_bytes(void **state)
{
	struct running r;
	(void)state;
	train_by_hand("hand", "5",
		      ACTS({"lr", "x0.7"}, {"unfreeze", "2"}, {"lr-scale", "2 0.3"}, {"undo", NULL},
			   {"lr-scale", "2 0.1"}),
		      5, 0);
	rerun(&r, "hand", "hand-again", 0);
	wants(&r, "the same as hand to the last digit");
	wants(&r, "(rerun)");
	run_release(&r);
	job_same_files("hand", "hand-again");
	rerun(&r, "hand-again", "hand-thrice", 0);
	run_release(&r);
	job_same_files("hand", "hand-thrice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_bytes),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
