/* `thaw rerun` and `thaw branch` on a small network: the same bytes after what was done by hand, where
 * it parts, the plan that it prints, and runs that begin from a kept point of another. */
#include "../pty.h"
#include "job.h"

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
static void train_by_hand(const char *name, const char *at, const char *const acts[][2], size_t n)
{
	struct running r;
	run_start(&r,
		  (const char *const[]){trainer, "run", shapes, "--runs", runs, "--name", name,
					"--pause-at", at, NULL},
		  NULL);
	job_until_paused(name);
	for (size_t i = 0; i < n; i++)
		ctl(name, acts[i][0], acts[i][1]);
	ctl(name, "unpause", NULL);
	assert_int_equal(run_wait(&r), 0);
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
		      5);
	rerun(&r, "hand", "hand-again", 0);
	wants(&r, "the same as hand to the last digit");
	wants(&r, "(rerun)");
	run_release(&r);
	job_same_files("hand", "hand-again");
}

static void test_parts(void **state)
{
	struct running r;
	char *path = path_join(runs, "hand");
	(void)state;
	EXPECT(&r, 3, viewer, "rerun", path, "--name", "other", "--headless", "--set", "train.seed=4");
	wants(&r, "parted from hand at iteration 1: the loss was ");
	wants(&r, "weights files differ");
	run_release(&r);
	EXPECT(&r, 0, viewer, "rerun", path, "--name", "until", "--headless", "--until", "epoch", "1");
	wants(&r, "the same as hand to the last digit");
	run_release(&r);
	EXPECT(&r, 2, viewer, "rerun", path, "--until", "soon", "--headless");
	wants(&r, "'soon' is no place to stop at");
	run_release(&r);
	free(path);
}

/* What fell on ends of epochs is a plan that trains the same. */
static void test_plan(void **state)
{
	struct running r;
	char *path, *plan = path_join(job_dir, "plan.yaml");
	(void)state;
	train_by_hand("steered", "14",
		      ACTS({"lr", "x0.7"}, {"unfreeze", "2"}, {"lr-scale", "2 0.3"}), 3);
	path = path_join(runs, "steered");
	EXPECT(&r, 0, viewer, "rerun", path, "--dry");
	wants(&r, "name: head-2");
	assert_null(strstr(r.text[0].buf, "# - "));
	assert_int_equal(file_write_atomic(plan, r.text[0].buf, r.text[0].len, NULL), ERR_OK);
	run_release(&r);
	EXPECT(&r, 0, trainer, "check", plan, "--runs", runs);
	run_release(&r);
	EXPECT(&r, 0, trainer, "run", plan, "--runs", runs, "--name", "planned", "--threads", "1");
	run_release(&r);
	for (int i = 0; i < 2; i++) {
		static const char *const files[] = {"best.weights", "last.weights"};
		struct strbuf a, b;
		read_run_file(&a, "steered", files[i]);
		read_run_file(&b, "planned", files[i]);
		assert_true(a.len == b.len && memcmp(a.buf, b.buf, a.len) == 0);
		strbuf_release(&a);
		strbuf_release(&b);
	}
	free(path);
	free(plan);
}

/* Within an epoch it is told, and holds from the nearest end of one. */
static void test_rough_plan(void **state)
{
	struct running r;
	char *path = path_join(runs, "hand");
	(void)state;
	EXPECT(&r, 0, viewer, "rerun", path, "--dry");
	wants(&r, "# - iteration 5 is within epoch 1: what changed there (lr, user) holds from the end");
	run_release(&r);
	free(path);
}

static void test_branch(void **state)
{
	struct running r;
	char *path = path_join(runs, "hand");
	(void)state;
	EXPECT(&r, 0, viewer, "branch", path, "--at", "best", "--set", "phases.tune.lr=0.002",
	       "--epochs", "1", "--name", "twig", "--headless");
	wants(&r, "branched off hand");
	run_release(&r);
	EXPECT(&r, 2, viewer, "branch", path, "--at", "best", "--set", "network.input=64x64",
	       "--name", "no", "--headless");
	wants(&r, "cannot change");
	run_release(&r);
	EXPECT(&r, 2, viewer, "branch", path, "--at", "iter", "3", "--name", "no", "--headless");
	wants(&r, "keeps nothing at or before iter 3; what it keeps: ");
	run_release(&r);
	EXPECT(&r, 0, viewer, "show", "--runs", runs, "twig", "--json");
	wants(&r, "\"parent\":");
	run_release(&r);
	free(path);
}

static void shows(struct pty *p, const char *text)
{
	if (pty_shows(p, text, DEADLINE_S * 1000))
		return;
	char *screen = pty_text(p);
	fail_msg("no '%s' on:\n%s", text, screen);
}

/* From the moment on the screen, when it is wanted; the new run is on the screen then. */
static void test_replay(void **state)
{
	char *path = path_join(runs, "hand"), *made = path_join(runs, "shapes-1");
	char *argv[] = {viewer, xstrdup("replay"), path, NULL};
	(void)state;
	struct pty *p = pty_exec(120, 40, "xterm-256color", argv);
	shows(p, "hand");
	pty_send(p, "\033[F"); /* End */
	shows(p, "finished");
	pty_send(p, ",,");
	shows(p, "iter 28/35");
	pty_send(p, "b");
	shows(p, "branch off epoch 4 (previous.weights)? thaw branch");
	shows(p, "--at \"iter 28\" y/n");
	pty_send(p, "n");
	shows(p, "left as it is");
	assert_false(file_exists(made));
	pty_send(p, "by");
	shows(p, "shapes-1");
	shows(p, "branched off hand here");
	pty_send(p, "q");
	assert_int_equal(pty_wait_exit(p, DEADLINE_S * 1000), 0);
	assert_true(file_exists(made));
	pty_free(p);
	free(argv[1]);
	free(path);
	free(made);
}

/* Three epochs of a head, two of the rest. */
static int open_shapes(void **state)
{
	int bad = shapes_open(state);
	struct strbuf yaml = STRBUF_INIT;
	strbuf_addf(&yaml,
		    "name: shapes\nnetwork: {cfg: %s/shapes.cfg, weights: %s/shapes.weights}\n"
		    "data: {images: %s/valid, valid: 0.25, augment: {flip: true}, probes: 2}\n"
		    "train: {batch: 5, seed: 3, threads: 1}\nphases:\n"
		    "  - {name: head, freeze: base, epochs: 3, lr: 0.05}\n"
		    "  - {name: tune, freeze: 0-1, epochs: 2, lr: 0.01, schedule: cosine, "
		    "layer_decay: 0.5}\n",
		    job_dir, job_dir, job_dir);
	job_write("shapes.yaml", yaml.buf, yaml.len);
	strbuf_release(&yaml);
	return bad;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_plan),       cmocka_unit_test(test_rough_plan),
	    cmocka_unit_test(test_branch),     cmocka_unit_test(test_replay),
	};
	return cmocka_run_group_tests(tests, open_shapes, shapes_close);
}
