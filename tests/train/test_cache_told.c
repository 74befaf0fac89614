/* What the log says of the activation cache, and what `profile` says of the layers, on a stand-in
 * network whose cache and times are made up. */
#include "fake_run.h"

#define N_VALID (N_PICTURE_CLASSES * 4)

/* A cache of the base in which all validation pictures are found, from the second epoch on. */
static void use_cache(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == ITERS)
		fake.cache = (struct net_cache_info){.layer = 1,
						     .images = N_VALID,
						     .memory_bytes = 4096,
						     .file_bytes = 512,
						     .misses = N_VALID};
	if (call == 2 * ITERS)
		fake.cache.hits = N_VALID;
	if (call == 3 * ITERS)
		fake.cache = (struct net_cache_info){.layer = -1}; /* all thawed */
}

static void the_cache_is_told_while_there_is_one(void **state)
{
	(void)state;
	struct log l;
	fake.on_step = use_cache;
	assert_int_equal(train("told", NULL, 0, NULL), TRAINER_FINISHED);
	log_read(&l, "told");
	assert_int_equal(count(&l, EV_CACHE), 3);
	const struct event_cache *first = &find(&l, EV_CACHE, 0)->cache,
				 *second = &find(&l, EV_CACHE, 1)->cache,
				 *third = &find(&l, EV_CACHE, 2)->cache;
	assert_int_equal(first->epoch, 1);
	assert_int_equal(first->layer, 1);
	assert_int_equal(first->images, N_VALID);
	assert_int_equal(first->memory_bytes, 4096);
	assert_int_equal(first->file_bytes, 512);
	assert_int_equal(first->misses, N_VALID);
	assert_float_equal(first->saved.value, 0, 0);
	assert_int_equal(second->epoch, 2);
	assert_int_equal(second->hits, N_VALID); /* of this epoch alone */
	assert_int_equal(second->misses, 0);
	assert_true(second->saved.valid);
	double found = (double)N_VALID / (N_VALID + N_TRAIN);
	assert_float_equal(second->saved.value, found * 900 / 1000, 1e-9);
	assert_int_equal(third->epoch, 3); /* once: it is gone */
	assert_int_equal(third->layer, -1);
	assert_int_equal(third->images, 0);
	assert_false(l.h.has_cache);
	assert_float_equal(l.h.epochs[1].saved.value, second->saved.value, 0);
	log_free(&l);
}

static void no_cache_is_no_event(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train("untold", NULL, 0, NULL), TRAINER_FINISHED);
	log_read(&l, "untold");
	assert_int_equal(count(&l, EV_CACHE), 0);
	assert_false(l.h.has_cache);
	log_free(&l);
}

static void want(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

/* 6 pictures an iteration: 12 ms forward are 2 ms a picture, and 900 x 6 operations in them 0.0 of
 * a GFLOP a second. */
static void a_profile_tells_layers_and_leaves_nothing(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct trainer_options o = {.experiment = yaml, .runs = "nowhere", .report_fd = -1};
	struct errinfo e = {0};
	assert_int_equal(trainer_profile(&o, 3, out, &e), ERR_OK);
	fclose(out);
	want(text, "fake, 1 thread; medians of 3 iterations of 6 images\n");
	want(text, "\nphase head: training step, frozen: 0-1; milliseconds an image\n");
	want(text,
	     "    0  convolutional                1x1x3  frozen     2.000         -         -");
	want(text,
	     "    2  convolutional                1x1x3  learns     1.000     4.000     0.500");
	want(text,
	     "       all layers                                     3.000     4.000     0.500");
	want(text, "\nphase tune: training step, frozen: none;");
	want(text, "\nevaluation; milliseconds an image\n");
	assert_false(file_exists("nowhere"));
	assert_true(fake.profiles >= 3 * 3);
	free(text);
}

static void spoil(int call, struct net *net, struct step_result *r)
{
	(void)call, (void)net;
	r->finite = false;
}

static void a_profile_of_nonsense_is_refused(void **state)
{
	(void)state;
	struct trainer_options o = {.experiment = yaml, .runs = "nowhere", .report_fd = -1};
	struct errinfo e = {0};
	FILE *out = tmpfile();
	fake.on_step = spoil;
	assert_int_equal(trainer_profile(&o, 3, out, &e), ERR_NONFINITE);
	assert_non_null(strstr(e.msg, "not finite"));
	o.experiment = "nothing.yaml";
	assert_int_equal(trainer_profile(&o, 3, out, &e), ERR_NOT_FOUND);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_cache_is_told_while_there_is_one, reset_fake),
	    cmocka_unit_test_setup(no_cache_is_no_event, reset_fake),
	    cmocka_unit_test_setup(a_profile_tells_layers_and_leaves_nothing, reset_fake),
	    cmocka_unit_test_setup(a_profile_of_nonsense_is_refused, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
