/* Runs that begin from a kept point of another, on a stand-in network. */
#include "scripted.h"

#include "thaw/run/remove.h"

#define N_OF(sets) (sizeof(sets) / sizeof(*(sets)))

static const char *const keeping[] = {"train.batch=7", "train.keep=2", "data.augment.flip=true"};

static enum trainer_status branch(const char *of, const char *name, struct trainer_options o,
				  struct errinfo *e)
{
	char *path = path_join(runs, of);
	o.branch = path;
	o.runs = runs;
	o.name = name;
	o.report_fd = -1;
	fake.steps = 0;
	enum trainer_status status = trainer_run(&o, e);
	free(path);
	return status;
}

static void branch_to_end(const char *of, const char *name, struct trainer_options o)
{
	struct errinfo e = {0};
	enum trainer_status status = branch(of, name, o, &e);
	if (status != TRAINER_FINISHED)
		fail_msg("%s: status %d: %s", name, (int)status, e.msg);
}

static void refused(struct trainer_options o, const char *says)
{
	struct errinfo e = {0};
	char *dir = path_join(runs, "refused");
	assert_int_equal(branch("parent", "refused", o, &e), TRAINER_BAD_INPUT);
	if (!strstr(e.msg, says))
		fail_msg("wanted '%s' in: %s", says, e.msg);
	assert_false(file_exists(dir));
	free(dir);
}

static struct stat stat_of(const char *name, const char *file)
{
	struct stat st;
	char *path = run_file(name, file);
	assert_int_equal(stat(path, &st), 0);
	free(path);
	return st;
}

static int make_parent(void **state)
{
	int bad = make_root(state);
	reset_fake(state);
	fake.on_step = live;
	assert_int_equal(train("parent", keeping, N_OF(keeping), NULL), TRAINER_FINISHED);
	return bad;
}

/* Without another setting it is the same run from there on. */
static void test_same(void **state)
{
	struct log l, p;
	(void)state;
	branch_to_end("parent", "same", (struct trainer_options){.at = "epoch 3"});
	same_bytes("parent", "same", "last.weights");
	log_read(&l, "same");
	log_read(&p, "parent");
	assert_string_equal(l.h.run.name, "same");
	assert_string_equal(l.h.run.parent, "parent");
	assert_true(l.h.run.parent_iter.value == 12);
	assert_int_equal(l.h.n_epochs, 4);
	assert_int_equal(l.h.n_steps, p.h.n_steps);
	assert_int_equal(l.h.n_resumed, 0);
	for (size_t i = 0; i < 4; i++)
		assert_true(l.h.epochs[i].valid.loss.value == p.h.epochs[i].valid.loss.value);
	log_free(&l);
	log_free(&p);
}

/* Until it has a checkpoint of its own its weights are the parent's very files. */
static void test_no_bytes(void **state)
{
	(void)state;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		kill_after = 2;
		branch_to_end("parent", "early", (struct trainer_options){.at = "epoch 3"});
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	struct stat of = stat_of("parent", "checkpoints/epoch-0003.weights"),
		    mine = stat_of("early", "last.weights");
	assert_int_equal(of.st_ino, mine.st_ino);
	/* and one that is killed goes on as any run */
	resume_to_end("early");
	same_bytes("parent", "early", "last.weights");
	struct log l;
	log_read(&l, "early");
	assert_string_equal(l.h.run.parent, "parent");
	assert_true(l.h.run.parent_iter.value == 12);
	log_free(&l);
}

static void test_other_settings(void **state)
{
	static const char *const sets[] = {"phases.tune.lr=0.02", "phases.tune.epochs=3"};
	struct log l;
	(void)state;
	branch_to_end("parent", "best",
		      (struct trainer_options){.at = "best", .sets = sets, .n_sets = 2});
	log_read(&l, "best");
	assert_int_equal(l.h.end.epochs, 5);
	log_free(&l);
	branch_to_end("parent", "longer", (struct trainer_options){.at = "last", .more_epochs = 1});
	log_read(&l, "longer");
	assert_int_equal(l.h.end.epochs, 5);
	assert_true(l.h.run.parent_iter.value == 16);
	log_free(&l);
}

/* The nearest that is kept at or before it. */
static void test_nearest(void **state)
{
	struct log l;
	(void)state;
	branch_to_end("parent", "near", (struct trainer_options){.at = "iter 15"});
	log_read(&l, "near");
	assert_true(l.h.run.parent_iter.value == 12);
	bool told = false;
	for (size_t i = 0; i < l.h.n_notes; i++)
		told = told || strstr(l.h.notes[i].text,
				      "branched off parent at epoch 3 (checkpoints/epoch-0003.weights), "
				      "the nearest that is kept before iter 15");
	assert_true(told);
	log_free(&l);
}

static void test_refused(void **state)
{
	static const char *const batch[] = {"train.batch=5"}, *const wrong[] = {"train.bach=5"},
			  *const classes[] = {"data.classes=disc,frame"};
	(void)state;
	refused((struct trainer_options){.at = "iter 3"}, "keeps nothing at or before iter 3");
	refused((struct trainer_options){.at = "iter 3"}, "epoch 3 (checkpoints/epoch-0003.weights)");
	refused((struct trainer_options){.at = "soon"}, "write epoch 5, iter 900, best or last");
	refused((struct trainer_options){.at = "last"}, "nothing is left to train");
	refused((struct trainer_options){.at = "epoch 3", .sets = batch, .n_sets = 1},
		"--set train.batch=5: train.batch is 5, and 7 in parent: a branch goes on with");
	refused((struct trainer_options){.at = "epoch 3", .sets = wrong, .n_sets = 1},
		"--set train.bach=5");
	refused((struct trainer_options){.at = "epoch 3", .sets = classes, .n_sets = 1}, "class");
}

/* A branch of a branch, and without its parent. */
static void test_parent_gone(void **state)
{
	int64_t freed;
	(void)state;
	struct errinfo e = {0};
	branch_to_end("parent", "child", (struct trainer_options){.at = "epoch 3"});
	char *path = path_join(runs, "child");
	branch_to_end("child", "grandchild", (struct trainer_options){.at = "best", .more_epochs = 1});
	assert_int_equal(run_remove(path, &freed, &e), ERR_OK);
	struct log l;
	log_read(&l, "grandchild");
	assert_string_equal(l.h.run.parent, "child");
	assert_int_equal(l.h.epochs[0].epoch, 1);
	log_free(&l);
	struct trainer_options o = {.runs = runs, .name = "grandchild", .report_fd = -1,
				    .more_epochs = 1};
	assert_int_equal(trainer_resume(&o, &e), TRAINER_FINISHED);
	log_read(&l, "grandchild");
	assert_string_equal(l.h.run.parent, "child");
	log_free(&l);
	free(path);
}

/* Trained again from the beginning, with the plan of the branch from there on. */
static void test_again(void **state)
{
	static const char *const sets[] = {"phases.tune.lr=0.02"};
	struct errinfo e = {0};
	(void)state;
	branch_to_end("parent", "other",
		      (struct trainer_options){.at = "epoch 3", .sets = sets, .n_sets = 1});
	char *path = path_join(runs, "other");
	struct trainer_options o = {.again = path, .runs = runs, .name = "again", .report_fd = -1};
	assert_int_equal(trainer_run(&o, &e), TRAINER_FINISHED);
	same_bytes("other", "again", "last.weights");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_same, no_life),
	    cmocka_unit_test_setup(test_no_bytes, no_life),
	    cmocka_unit_test_setup(test_other_settings, no_life),
	    cmocka_unit_test_setup(test_nearest, no_life),
	    cmocka_unit_test_setup(test_refused, no_life),
	    cmocka_unit_test_setup(test_parent_gone, no_life),
	    cmocka_unit_test_setup(test_again, no_life),
	};
	return cmocka_run_group_tests(tests, make_parent, remove_root);
}
