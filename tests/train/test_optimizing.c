/* What an experiment says of learning itself reaches the steps and the log: the optimiser, and the
 * weights of classes, from their names or from how many pictures there are. */
#include "fake_run.h"

#include "../../src/train/optimizing.h"

/* Of 24 pictures in three classes, half of the first are gone and one cannot be read. */
static int make_uneven(void **state)
{
	if (make_root(state))
		return 1;
	for (int i = 0; i < PER_CLASS / 2; i++) {
		char *path = xasprintf("%s/train/%s/%03d.png", root, picture_classes[0], i);
		assert_int_equal(unlink(path), 0);
		free(path);
	}
	char *path = xasprintf("%s/train/%s/%03d.png", root, picture_classes[1], 0);
	write_text(path, "no picture");
	free(path);
	return 0;
}

static void look(struct preflight *p, const char *const *sets, size_t n_sets)
{
	struct trainer_options o = {
	    .experiment = yaml, .runs = runs, .sets = sets, .n_sets = n_sets};
	struct errinfo e = {0};
	if (preflight_run(p, &o, &e))
		fail_msg("%s", e.msg);
}

static void refused(const char *set, const char *says)
{
	struct trainer_options o = {.experiment = yaml, .runs = runs, .sets = &set, .n_sets = 1};
	struct preflight p;
	struct errinfo e = {0};
	assert_int_equal(preflight_run(&p, &o, &e), ERR_VALUE);
	if (!strstr(e.msg, says) || strchr(e.msg, '\n'))
		fail_msg("wanted '%s', got: %s", says, e.msg);
}

/* n / (classes n_c), of the pictures that can be read: their sum over all pictures is n. */
static void balanced_weighs_each_class_alike(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.class_weights=balanced"};
	static const size_t counts[] = {PER_CLASS / 2, PER_CLASS - 1, PER_CLASS};
	struct preflight p;
	look(&p, sets, 1);
	double n = (double)p.data->train.n, sum = 0;
	assert_int_equal(p.data->train.n, counts[0] + counts[1] + counts[2]);
	for (size_t c = 0; c < 3; c++) {
		assert_float_equal((double)p.class_weights[c], n / (3 * (double)counts[c]), 1e-6);
		sum += (double)p.class_weights[c] * (double)counts[c];
	}
	assert_float_equal(sum, n, 1e-4);
	preflight_release(&p);
}

static void names_weigh_what_they_say(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.class_weights={stripes: 2.5, disc: 0.5}"};
	struct preflight p;
	look(&p, sets, 1);
	assert_true(p.class_weights[0] == .5f && p.class_weights[1] == 1 &&
		    p.class_weights[2] == 2.5f);
	preflight_release(&p);
	look(&p, NULL, 0);
	assert_null(p.class_weights);
	preflight_release(&p);
	refused("train.class_weights={stripe: 2}",
		"--set train.class_weights={stripe: 2}: train.class_weights: no class is called "
		"'stripe'; did you mean 'stripes'?");
	refused("train.class_weights={rose: 2}", "the classes are disc, frame, stripes");
}

/* Every step gets what was set. */
static void steps_are_as_set(void **state)
{
	(void)state;
	static const char *const sets[] = {
	    "train.optimizer=adamw", "train.b1=0.8",
	    "train.b2=0.99",         "train.eps=1e-8",
	    "train.decay=0.01",      "train.label_smoothing=0.1",
	    "train.clip=3",          "train.class_weights={disc: 2}"};
	struct preflight p;
	look(&p, sets, sizeof(sets) / sizeof(*sets));
	struct step s = optimizing_step(&p);
	assert_int_equal(s.optimizer, OPTIMIZER_ADAMW);
	assert_true(s.b1 == .8 && s.b2 == .99 && s.eps == 1e-8 && s.decay == .01);
	assert_true(s.label_smoothing == .1 && s.clip == 3);
	assert_ptr_equal(s.class_weights, p.class_weights);
	preflight_release(&p);
}

static struct log trained(const char *name, const char *const *sets, size_t n_sets)
{
	struct log l;
	assert_int_equal(train(name, sets, n_sets, NULL), TRAINER_FINISHED);
	log_read(&l, name);
	return l;
}

static void words_are(const struct history *h, int brevity, const char *text)
{
	struct strbuf words = STRBUF_INIT;
	assert_int_equal(history_learning_words(h, brevity, &words), *text != '\0');
	assert_string_equal(words.buf, text);
	strbuf_release(&words);
}

static void the_log_tells_how_it_learns(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.optimizer=adamw", "train.b2=0.99",
					   "train.class_weights=balanced"};
	struct log l = trained("plain", NULL, 0);
	words_are(&l.h, 0, "sgd, momentum 0.9");
	words_are(&l.h, 1, "sgd");
	assert_string_equal(l.h.run.weighting, "none");
	assert_int_equal(l.h.run.n_class_weights, 0);
	log_free(&l);
	l = trained("adamw", sets, 3);
	words_are(&l.h, 0, "adamw, b1 0.9, b2 0.99, classes weighted (balanced)");
	words_are(&l.h, 1, "adamw, weighted");
	words_are(&l.h, 2, "adamw");
	assert_int_equal(l.h.run.n_class_weights, 3);
	assert_true(l.h.run.class_weights[0] > l.h.run.class_weights[2]);
	log_free(&l);
	struct history old;
	history_init(&old);
	words_are(&old, 0, "");
	history_release(&old);
}

static bool report_says(const char *const *sets, size_t n_sets, const char *says)
{
	struct trainer_options o = {
	    .experiment = yaml, .runs = runs, .sets = sets, .n_sets = n_sets};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_int_equal(trainer_check(&o, out, NULL), ERR_OK);
	fclose(out);
	bool found = strstr(text, says) != NULL;
	free(text);
	return found;
}

static void a_check_tells_it_too(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.optimizer=adam", "train.class_weights=balanced"};
	static const char *const slow[] = {"train.optimizer=adam", "phases.0.lr=0.001",
					   "phases.1.lr=0.001"};
	assert_true(report_says(NULL, 0, "optimizer   sgd, momentum 0.9\n"));
	assert_true(report_says(sets, 2, "optimizer   adam, b1 0.9, b2 0.999\n"));
	assert_true(report_says(sets, 2,
				"weighted    classes balanced, from 0.792 (stripes) to "
				"1.58 (disc)\n"));
	assert_false(report_says(NULL, 0, "is high for"));
	assert_true(report_says(sets, 2, "phase head: lr 0.1 is high for adam"));
	assert_false(report_says(slow, 3, "is high for"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(balanced_weighs_each_class_alike, reset_fake),
	    cmocka_unit_test_setup(names_weigh_what_they_say, reset_fake),
	    cmocka_unit_test_setup(steps_are_as_set, reset_fake),
	    cmocka_unit_test_setup(the_log_tells_how_it_learns, reset_fake),
	    cmocka_unit_test_setup(a_check_tells_it_too, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_uneven, remove_root);
}
