/* The experiments of cfg/: each checked for structure, as on a machine without weights and
 * pictures; and cfg/fashion-pretrain.yaml and cfg/fashion.yaml run, shortened, on real
 * photographs. */
#include "job.h"

#include <glob.h>

#define FASHION "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"

static void says(const struct running *r, int which, const char *text)
{
	if (!strstr(r->text[which].buf, text))
		fail_msg("no '%s' in: %s%s", text, r->text[0].buf, r->text[1].buf);
}

/* Whatever of its weights and pictures is here. */
static void every_experiment_is_sound(void **state)
{
	(void)state;
	glob_t g;
	assert_int_equal(glob("cfg/*.yaml", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= 8);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct running r;
		EXPECT(&r, 0, viewer, "check", g.gl_pathv[i], "--structure");
		says(&r, 0, "ok          the structure is sound\n");
		assert_string_equal(r.text[1].buf, "");
		run_release(&r);
	}
	globfree(&g);
}

static void what_is_missing_is_said(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, trainer, "check", "cfg/flower-photos.yaml", "--structure", "--set",
	       "network.weights=/nowhere/a.weights", "--set", "data.images=/nowhere/pictures");
	says(&r, 0, "1,000 classes at layer 19 become 2 at layer 19");
	says(&r, 0, "/nowhere/a.weights is not here: not checked; it should have 15 layers");
	says(&r, 0, "frozen 0-18: 258 of ");
	says(&r, 0, "/nowhere/pictures is not here: not checked; 2 classes were assumed");
	run_release(&r);
	assert_false(file_exists(runs));
}

/* What is wrong with the structure is found all the same: status 2 and one line. */
static void unsound_structures_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *set, *wanted;
	} cases[] = {
	    {"phases.1.freeze=0-99", "layers 0-21"},
	    {"phases.0.freeze=all", "leaves nothing to learn"},
	    {"network.cut=44", "there is no layer 44"},
	    {"network.cfg=/nowhere/a.cfg", "/nowhere/a.cfg"},
	    {"network.weights=cfg/small.cfg", "cfg/small.cfg"},
	    {"data.images=cfg", "holds no class folders"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct running r;
		EXPECT(&r, 2, trainer, "check", "cfg/flower-photos.yaml", "--structure", "--set",
		       "network.weights=/nowhere/a.weights", "--set",
		       "data.images=/nowhere/pictures", "--set", "data.valid=auto", "--set",
		       cases[i].set);
		says(&r, 1, cases[i].wanted);
		assert_ptr_equal(strchr(r.text[1].buf, '\n') + 1, r.text[1].buf + r.text[1].len);
		run_release(&r);
	}
}

static void need_fashion(void)
{
	if (file_exists(FASHION))
		return;
	print_message("skipped: " FASHION " (dataset-fashion-mnist) is absent\n");
	skip();
}

/* Finished, with this accuracy, and not one byte of a frozen layer changed. */
static void want_run(const char *name, double accuracy, bool frozen)
{
	struct history h;
	job_history(&h, runs, name);
	assert_int_equal(h.end.status, END_FINISHED);
	assert_int_equal(history_digests_changed(&h), 0);
	assert_int_equal(h.layers[0].digest_known, frozen);
	if (h.epochs[h.best_epoch].valid.acc.value < accuracy)
		fail_msg("%s: best accuracy %g, wanted %g", name,
			 h.epochs[h.best_epoch].valid.acc.value, accuracy);
	history_release(&h);
}

/* Five classes from scratch, then the other five from 500 photographs; chance is 0.2. On one
 * thread: the network is too small to share, and machines that test are busy. */
static void five_classes_help_the_other_five(void **state)
{
	(void)state;
	need_fashion();
	struct running r;
	char *set = xasprintf("network.weights=%s/first/best.weights", runs);
	EXPECT(&r, 0, trainer, "run", "cfg/fashion-pretrain.yaml", "--runs", runs, "--name",
	       "first", "--threads", "1", "--set", "data.limit=4000", "--set", "train.batch=25",
	       "--set", "phases.0.epochs=3");
	run_release(&r);
	want_run("first", 0.7, false);
	EXPECT(&r, 0, trainer, "run", "cfg/fashion.yaml", "--runs", runs, "--name", "second",
	       "--threads", "1", "--set", set, "--set", "phases.0.epochs=3", "--set",
	       "phases.1.epochs=4");
	run_release(&r);
	want_run("second", 0.7, true);
	free(set);
}

/* The classes that were chosen are the run's, by name. */
static void the_other_five_are_named(void **state)
{
	(void)state;
	need_fashion();
	struct running r;
	EXPECT(&r, 0, viewer, "check", "cfg/fashion.yaml", "--structure", "--set",
	       "network.weights=none", "--set", "data.classes=Sandal,Bag,Ankle boot", "--set",
	       "data.limit=300");
	says(&r, 0, "3 classes, 300 training and 3,000 validation images");
	run_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_experiment_is_sound),
	    cmocka_unit_test(what_is_missing_is_said),
	    cmocka_unit_test(unsound_structures_are_refused),
	    cmocka_unit_test(the_other_five_are_named),
	    cmocka_unit_test(five_classes_help_the_other_five),
	};
	return cmocka_run_group_tests(tests, job_open, job_close);
}
