/* Runs that are to do more than was planned, with the built programs and the real network. */
#include "job.h"

/* Every way of learning is carried over: a base that learns with its own statistics, augmentation,
 * the cache of what is frozen, batches that do not divide the pictures. */
#define PLAN                                                                                       \
	"--runs", runs, "--set", "train.batch=7", "--set", "train.clip=2", "--set",                \
	    "train.threads=1", "--set", "data.augment.views=2", "--set", "phases.head.epochs=1",   \
	    "--set", "phases.tune.schedule=constant"

static void begin(const char *name, const char *tune_epochs)
{
	struct running r;
	EXPECT(&r, 0, trainer, "run", shapes, PLAN, "--name", name, "--set", tune_epochs);
	run_release(&r);
}

static void same_losses(const char *one, const char *two)
{
	struct history a, b;
	job_history(&a, runs, one);
	job_history(&b, runs, two);
	assert_int_equal(a.n_epochs, b.n_epochs);
	assert_int_equal(a.n_steps, b.n_steps);
	for (size_t i = 0; i < a.n_steps; i++)
		assert_memory_equal(PAGES_AT(&a.losses, i, double),
				    PAGES_AT(&b.losses, i, double), sizeof(double));
	assert_int_equal(b.run.epochs, a.run.epochs);
	assert_int_equal(b.end.status, END_FINISHED);
	assert_int_equal(b.stages[STAGE_TUNE].state, STAGE_DONE);
	assert_int_equal(history_digests_changed(&b), 0);
	history_release(&a);
	history_release(&b);
}

static void a_finished_run_trains_on(void **state)
{
	(void)state;
	struct running r;
	char *dir = path_join(runs, "short");
	begin("long", "phases.tune.epochs=3");
	begin("short", "phases.tune.epochs=1");
	EXPECT(&r, 2, viewer, "resume", dir, "--headless");
	assert_non_null(
	    strstr(r.text[1].buf, "has finished already, after 2 epochs; `thaw resume"));
	assert_non_null(strstr(r.text[1].buf, "short --epochs N` goes on for N more"));
	assert_ptr_equal(strchr(r.text[1].buf, '\n'), r.text[1].buf + r.text[1].len - 1);
	run_release(&r);
	EXPECT(&r, 2, viewer, "resume", dir, "--epochs", "some", "--headless");
	assert_non_null(strstr(r.text[1].buf, "--epochs needs a number from 1 to 9999"));
	run_release(&r);
	EXPECT(&r, 2, viewer, "attach", dir);
	assert_non_null(strstr(r.text[1].buf, "`thaw resume --epochs N` trains it for longer"));
	run_release(&r);
	EXPECT(&r, 0, viewer, "resume", dir, "--epochs", "1", "--headless");
	assert_non_null(strstr(r.text[0].buf, "epoch 3/3 tune"));
	run_release(&r);
	EXPECT(&r, 0, viewer, "resume", dir, "--headless", "--set", "phases.tune.epochs=3");
	assert_non_null(strstr(r.text[0].buf, "epoch 4/4 tune"));
	run_release(&r);
	job_same_files("long", "short");
	same_losses("long", "short");
	EXPECT(&r, 0, viewer, "show", dir);
	assert_non_null(strstr(r.text[0].buf, "short: finished"));
	assert_non_null(strstr(r.text[0].buf, "4 of 4 epochs"));
	assert_non_null(strstr(r.text[0].buf, "resumed 2 times\n"));
	run_release(&r);
	free(dir);
}

/* A run and its pictures that were taken elsewhere, the cfg and the weights with them. */
static void a_run_goes_on_in_another_place(void **state)
{
	(void)state;
	struct running r;
	static const char *const things[] = {"train", "valid", "shapes.cfg", "shapes.weights"};
	char *away = path_join(job_dir, "another place"), *run = path_join(away, "my run"),
	     *was = path_join(runs, "moved");
	begin("moved", "phases.tune.epochs=1");
	assert_int_equal(file_mkdirs(away, NULL), ERR_OK);
	assert_int_equal(rename(was, run), 0);
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++) {
		char *from = path_join(job_dir, things[i]), *to = path_join(away, things[i]);
		assert_int_equal(rename(from, to), 0);
		free(from);
		free(to);
	}
	EXPECT(&r, 2, viewer, "resume", run, "--epochs", "2", "--headless");
	assert_non_null(strstr(r.text[1].buf, "if the pictures were moved: `thaw resume"));
	run_release(&r);
	char *images = xasprintf("data.images=%s/train", away),
	     *valid = xasprintf("data.valid=%s/valid", away),
	     *cfg = xasprintf("network.cfg=%s/shapes.cfg", away),
	     *base = xasprintf("network.weights=%s/shapes.weights", away);
	EXPECT(&r, 0, viewer, "resume", run, "--epochs", "2", "--headless", "--set", images,
	       "--set", valid, "--set", cfg, "--set", base);
	run_release(&r);
	assert_int_equal(rename(run, was), 0);
	job_same_files("long", "moved");
	same_losses("long", "moved");
	char *all[] = {away, run, was, images, valid, cfg, base};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_finished_run_trains_on),
	    cmocka_unit_test(a_run_goes_on_in_another_place),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
