/* Gradual unfreezing with the built programs: block after block, stopped between two of them and
 * resumed to the byte. */
#include "job.h"

#define GRADUAL                                                                                    \
	"--set", "network.input=16x16", "--set", "phases.head.epochs=3", "--set",                  \
	    "phases.head.thaw_every=1", "--set", "phases.head.layer_decay=0.5", "--set",           \
	    "phases.tune.epochs=1"
#define STOP_AT "17" /* in the second epoch, of 12 iterations each: one block has thawed */

static void blocks_thaw_one_after_the_other(void **state)
{
	(void)state;
	struct running r;
	struct history h;
	EXPECT(&r, 0, trainer, "check", shapes, "--runs", runs, GRADUAL);
	assert_non_null(strstr(r.text[0].buf, "thaws 2 at epoch 2, 0 at epoch 3 of the phase"));
	run_release(&r);
	EXPECT(&r, 0, trainer, "run", shapes, "--runs", runs, "--name", "whole", GRADUAL);
	run_release(&r);
	job_history(&h, runs, "whole");
	static const struct {
		int64_t iter;
		const char *text;
	} want[] = {{12, "2 thawed (phase)"}, {24, "0 thawed (phase)"}};
	size_t n = 0;
	for (size_t i = 0; i < h.n_markers && n < 2; i++)
		if (h.markers[i].kind == MARK_UNFREEZE) {
			assert_int_equal(h.markers[i].iter, want[n].iter);
			assert_string_equal(h.markers[i].text, want[n].text);
			n++;
		}
	assert_int_equal(n, 2);
	assert_int_equal(history_digests_changed(&h), 0);
	history_release(&h);
}

static void a_stop_between_two_blocks_changes_nothing(void **state)
{
	(void)state;
	struct running r, run;
	const char *const words[] = {trainer, "run",   shapes,       "--runs", runs, "--name",
				     "cut",   GRADUAL, "--pause-at", STOP_AT,  NULL};
	run_start(&run, words, NULL);
	job_until_paused("cut");
	EXPECT(&r, 0, viewer, "ctl", "cut", "stop", "--runs", runs);
	run_release(&r);
	assert_int_equal(run_wait(&run), 130);
	run_release(&run);
	EXPECT(&r, 0, viewer, "resume", "cut", "--headless", "--runs", runs);
	run_release(&r);
	job_same_files("whole", "cut");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_thaw_one_after_the_other),
	    cmocka_unit_test(a_stop_between_two_blocks_changes_nothing),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
