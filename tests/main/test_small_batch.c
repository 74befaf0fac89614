/* Whole jobs whose batch-norm has one value a channel and picture: above an average over the
 * map. */
#include "job.h"

#include <math.h>

static const char head_of_cfg[] =
    "[net]\nbatch=1\nwidth=28\nheight=28\nchannels=3\n\n"
    "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=3\nstride=2\npad=1\nactivation=leaky\n\n"
    "[avgpool]\n\n";
static const char *const rests[] = {
    "[connected]\nbatch_normalize=1\noutput=32\nactivation=leaky\n\n"
    "[connected]\noutput=5\nactivation=linear\n\n[softmax]\n",
    "[convolutional]\nbatch_normalize=1\nfilters=32\nsize=1\nactivation=leaky\n\n"
    "[convolutional]\nfilters=5\nsize=1\nactivation=linear\n\n[softmax]\n",
};
enum { N_NETS = sizeof(rests) / sizeof(*rests), N_TRAIN = 96, BATCH = 19, EPOCHS = 3 };

/* job_dir/{small.cfg,small.yaml} for one of the networks; caller frees the path. */
static char *write_job(int net, int batch, const char *batchnorm)
{
	char *cfg = xasprintf("%s%s", head_of_cfg, rests[net]);
	job_write("small.cfg", cfg, strlen(cfg));
	char *yaml = xasprintf("name: small\nnetwork: {cfg: %s/small.cfg, weights: none}\n"
			       "data: {images: %s/train, valid: %s/valid}\n"
			       "train:\n  batch: %d\n  threads: 1\n"
			       "phases:\n  - {name: one, epochs: %d, lr: 0.01, batchnorm: %s}\n",
			       job_dir, job_dir, job_dir, batch, EPOCHS, batchnorm);
	job_write("small.yaml", yaml, strlen(yaml));
	free(cfg);
	free(yaml);
	return path_join(job_dir, "small.yaml");
}

/* 96 pictures in batches of 19 leave one over. */
static void a_picture_left_over_does_no_harm(void **state)
{
	(void)state;
	for (int net = 0; net < N_NETS; net++) {
		struct running r;
		struct history h;
		char *yaml = write_job(net, BATCH, "train"), name[] = "left-0";
		name[5] += (char)net;
		EXPECT(&r, 0, trainer, "run", yaml, "--runs", runs, "--name", name);
		job_history(&h, runs, name);
		assert_int_equal(h.end.status, END_FINISHED);
		assert_int_equal(h.run.iterations, N_TRAIN / BATCH);
		assert_int_equal(h.end.iters, EPOCHS * (N_TRAIN / BATCH));
		assert_int_equal(h.n_epochs, EPOCHS);
		for (int i = 0; i < EPOCHS; i++)
			assert_true(isfinite(h.epochs[i].train.loss.value) &&
				    isfinite(h.epochs[i].valid.loss.value));
		for (size_t i = 0; i < h.n_notes; i++)
			assert_null(strstr(h.notes[i].text, "going back to the weights"));
		history_release(&h);
		run_release(&r);
		free(yaml);
	}
}

/* What can only be batches of one is refused, with the setting's place; not where the layers keep
 * their statistics or are frozen. */
static void batches_of_one_are_refused(void **state)
{
	(void)state;
	static const char *const says[] = {"small.yaml:5:10: train.batch: ", "layer 2 ",
					   "phase one", "batchnorm: frozen"};
	for (int net = 0; net < N_NETS; net++) {
		struct running r;
		char *yaml = write_job(net, 1, "train");
		EXPECT(&r, 2, trainer, "check", yaml);
		for (size_t i = 0; i < sizeof(says) / sizeof(*says); i++)
			if (!strstr(r.text[1].buf, says[i]))
				fail_msg("wanted '%s' in: %s", says[i], r.text[1].buf);
		assert_ptr_equal(strchr(r.text[1].buf, '\n'), r.text[1].buf + r.text[1].len - 1);
		run_release(&r);
		EXPECT(&r, 2, trainer, "check", yaml, "--structure");
		run_release(&r);
		EXPECT(&r, 0, trainer, "check", yaml, "--set", "phases.one.freeze=2");
		run_release(&r);
		EXPECT(&r, 0, trainer, "check", yaml, "--set", "phases.one.batchnorm=folded");
		run_release(&r);
		free(yaml);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_picture_left_over_does_no_harm),
	    cmocka_unit_test(batches_of_one_are_refused),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
