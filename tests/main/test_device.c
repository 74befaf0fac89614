/* What computes, with the built programs and a card's stand-in: the choice, a card that fails in the
 * middle of a run, and a run that goes on elsewhere. */
#include "job.h"

#include "../engine/card.h"

#define PLAN "--runs", runs, "--set", "train.batch=8", "--set", "train.threads=1"
#define CARD "cuda:0 Stand-in card, driver 580.159.04, cuDNN 9"

static int use_standin(void **state)
{
	(void)state;
	setenv("THAW_CUDA", standin_folder(), 1);
	setenv("THAW_CUDNN", standin_folder(), 1);
	unsetenv("CUDA_VISIBLE_DEVICES");
	unsetenv("THAW_STANDIN_FAIL");
	return 0;
}

static void says(struct running *r, int stream, const char *text)
{
	if (!strstr(r->text[stream].buf, text))
		fail_msg("no \"%s\" in: %s", text, r->text[stream].buf);
	run_release(r);
}

static void check_says_which_and_why(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, viewer, "check", shapes);
	says(&r, 0, "\ndevice      " CARD);
	EXPECT(&r, 0, viewer, "check", shapes, "--device", "cpu");
	says(&r, 0, "\ndevice      cpu (");
	EXPECT(&r, 2, viewer, "check", shapes, "--device", "cuda:7");
	says(&r, 1, "--device: no card cuda:7: there are 2");
	EXPECT(&r, 2, viewer, "check", shapes, "--device", "gpu");
	says(&r, 1, "auto, cpu, cuda, cuda:N");
	setenv("THAW_CUDNN", "/nonexistent", 1);
	EXPECT(&r, 0, viewer, "check", shapes);
	says(&r, 0, "\nwarning     no graphics card is used: libcudnn.so.9");
	setenv("THAW_CUDA", "/nonexistent", 1);
	EXPECT(&r, 0, viewer, "check", shapes);
	assert_null(strstr(r.text[0].buf, "\nwarning "));
	says(&r, 0, ": no NVIDIA driver: libcuda.so.1 is not");
}

/* The log is whole, and the last checkpoint too: it goes on from there, on the CPU. */
static void a_card_that_fails_ends_the_run(void **state)
{
	(void)state;
	struct running r;
	struct history h;
	setenv("THAW_STANDIN_FAIL", "1500", 1);
	EXPECT(&r, 1, viewer, "run", shapes, "--headless", PLAN, "--name", "fails");
	says(&r, 0, "failed: cu");
	unsetenv("THAW_STANDIN_FAIL");
	job_history(&h, runs, "fails");
	assert_memory_equal(h.run.device, CARD, sizeof(CARD) - 1);
	assert_true(h.ended && h.end.status == END_FAILED && h.n_epochs > 0);
	assert_non_null(strstr(h.end.reason, "CUDA_ERROR_LAUNCH_FAILED"));
	history_release(&h);
	setenv("THAW_CUDA", "/nonexistent", 1);
	EXPECT(&r, 0, viewer, "resume", "fails", "--headless", "--runs", runs);
	says(&r, 0, "finished: all phases are done");
	job_history(&h, runs, "fails");
	assert_int_equal(h.end.status, END_FINISHED);
	assert_memory_equal(h.run.device, "cpu (", 5);
	size_t i = 0;
	while (i < h.n_notes && !strstr(h.notes[i].text, " instead of " CARD))
		i++;
	assert_true(i < h.n_notes);
	history_release(&h);
}

/* A run's own device may not be where its network is brought. */
static void a_saved_network_predicts_anywhere(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, viewer, "run", shapes, "--headless", PLAN, "--name", "moved", "--device",
	       "cuda:1");
	says(&r, 0, "cuda:1 Stand-in card");
	EXPECT(&r, 0, viewer, "eval", "moved", "--runs", runs);
	says(&r, 0, "\ndevice      cuda:1 Stand-in card");
	setenv("THAW_CUDA", "/nonexistent", 1);
	EXPECT(&r, 0, viewer, "eval", "moved", "--runs", runs);
	says(&r, 0, "\ndevice      cpu (");
	EXPECT(&r, 2, viewer, "eval", "moved", "--runs", runs, "--device", "cuda:1");
	says(&r, 1, "--device: no NVIDIA driver");
	EXPECT(&r, 2, viewer, "resume", "moved", "--runs", runs, "--epochs", "1", "--headless");
	says(&r, 1, "experiment.yaml:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(check_says_which_and_why, use_standin),
	    cmocka_unit_test_setup(a_card_that_fails_ends_the_run, use_standin),
	    cmocka_unit_test_setup(a_saved_network_predicts_anywhere, use_standin),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
