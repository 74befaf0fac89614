/* thaw sweep with the built programs: a whole sweep, one whose queue and trainer are killed and that is
 * interrupted and resumed, one with a run that cannot start, and the lines for another queue. */
#include "job.h"

#include "../engine/card.h"

#include "thaw/base/folder.h"
#include "thaw/base/run_files.h"
#include "thaw/run/run.h"
#include "thaw/wire/control_client.h"

#include <sys/stat.h>

#define SMALL                                                                                      \
	"--set", "train.threads=1", "--set", "data.limit=16", "--set", "data.valid=0.1", "--set",  \
	    "data.probes=0", "--set", "phases.tune.epochs=1"
#define SHORT SMALL, "--set", "phases.head.epochs=1"
#define LONG SMALL, "--set", "phases.head.epochs=16"
#define SWEEP viewer, "sweep", shapes, "--runs", runs

static void says(const struct running *r, int which, const char *text)
{
	if (!strstr(r->text[which].buf, text))
		fail_msg("no '%s' in: %s%s", text, r->text[0].buf, r->text[1].buf);
}

static enum run_status status_of(const char *name)
{
	struct history h;
	enum run_status status = RUN_STATUS_N;
	char *dir = path_join(runs, name);
	history_init(&h);
	run_load(dir, &h, &status, NULL);
	history_release(&h);
	free(dir);
	return status;
}

static bool is_there(const char *name)
{
	char *path = path_join(runs, name);
	bool is = file_exists(path);
	free(path);
	return is;
}

static void every_combination_is_trained(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, SWEEP, "--name", "two", "--set", "phases.head.lr=0.1,0.01", "--set",
	       "train.seed=1..2", SHORT, "--jobs", "2");
	says(&r, 0, "sweep two: 4 runs; 8 epochs to train from the start, 2 runs at a time");
	says(&r, 0, "4/4 two-lr=");
	says(&r, 0, "2/2");
	run_release(&r);
	static const char *const names[] = {"two-lr=0.1-seed=1", "two-lr=0.1-seed=2",
					    "two-lr=0.01-seed=1", "two-lr=0.01-seed=2"};
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(status_of(names[i]), RUN_STATUS_FINISHED);
	struct history h;
	job_history(&h, runs, names[3]);
	assert_int_equal(h.run.seed, 2);
	assert_int_equal(h.n_epochs, 2);
	history_release(&h);
	EXPECT(&r, 0, viewer, "sweep", "two", "--runs", runs); /* nothing is left */
	says(&r, 0, "4 runs finished before");
	run_release(&r);
	EXPECT(&r, 0, viewer, "ls", "two", "--runs", runs);
	says(&r, 0, "4 runs: 4 finished");
	says(&r, 0, "Means over train.seed:");
	run_release(&r);
	EXPECT(&r, 0, viewer, "sweep", "two", "--runs", runs, "--csv");
	says(&r, 0, "\ntwo-lr=0.01-seed=2,finished,0.01,2,");
	run_release(&r);
}

static void what_has_changed_is_told(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 2, SWEEP, "--name", "two", "--set", "phases.head.lr=0.1,0.01", "--set",
	       "train.seed=1..2", SMALL, "--set", "phases.head.epochs=2");
	says(&r, 1,
	     "there is another sweep two: phases.head.epochs was 1, and is 2; choose another "
	     "--name");
	run_release(&r);
	EXPECT(&r, 0, SWEEP, "--name", "two", "--set", "phases.head.lr=0.1", "--set",
	       "phases.head.lr=0.02", "--set", "train.seed=1..2", SHORT, "--print");
	says(&r, 1, "phases.head.lr=0.02 is new");
	says(&r, 1, "phases.head.lr=0.01 belongs to the sweep no more");
	says(&r, 1, "2 runs there already");
	assert_null(strstr(r.text[0].buf, "lr=0.1 "));
	run_release(&r);
}

static void all_is_checked_before_any_begins(void **state)
{
	(void)state;
	static const struct {
		const char *set, *why;
	} bad[] = {
	    {"phases.head.lr=0.1,fast", "bad-lr=fast-seed=1: --set phases.head.lr=fast: "},
	    {"phases.head.lrr=0.1,1", "--set phases.head.lrr=0.1: unknown key"},
	    {"phases.head.freeze=\"base\",\"77\"", "--set phases.head.freeze=77: "},
	    {"train.decay=0..0.5", "train.decay: 0..0.5 is no range"},
	    {"train.decay", "--set needs KEY=VALUES, not 'train.decay'"},
	    {"train.batch=1..2000", "that would be 4,000 runs; more than 1,000 take --force"},
	};
	struct running r;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT(&r, 2, SWEEP, "--name", "bad", "--set", bad[i].set, "--set",
		       "train.seed=1,2");
		says(&r, 1, bad[i].why);
		run_release(&r);
	}
	EXPECT(&r, 2, SWEEP, "--name", "bad", "--set", "train.seed=1");
	says(&r, 1, "there is nothing to sweep");
	run_release(&r);
	EXPECT(&r, 2, viewer, "sweep", "nothing", "--runs", runs);
	run_release(&r);
	assert_false(is_there("bad.sweep"));
	assert_false(is_there("bad-lr=0.1-seed=1"));
}

static void one_that_fails_does_not_end_the_others(void **state)
{
	(void)state;
	struct running r;
	char *in_the_way = path_join(runs, "part-seed=1");
	assert_int_equal(mkdir(in_the_way, 0777), 0);
	free(in_the_way);
	EXPECT(&r, 1, SWEEP, "--name", "part", "--set", "train.seed=1..2", SHORT, "--fail-fast");
	says(&r, 0, "1/2 part-seed=1 did not start: ");
	says(&r, 1, "1 run not trained; `thaw sweep ");
	run_release(&r);
	assert_false(is_there("part-seed=2"));
	EXPECT(&r, 1, SWEEP, "--name", "part", "--set", "train.seed=1..2", SHORT);
	says(&r, 0, "did not start: ");
	run_release(&r);
	assert_int_equal(status_of("part-seed=2"), RUN_STATUS_FINISHED);
}

/* ---- killed, interrupted, resumed ---- */

static void kill_trainer(const char *name)
{
	struct folder run;
	struct control_client *c = NULL;
	char *dir = path_join(runs, name);
	assert_int_equal(folder_open(&run, dir, NULL), ERR_OK);
	assert_int_equal(control_client_open(&c, &run, RUN_SOCKET, NULL), ERR_OK);
	kill((pid_t)control_client_pid(c), SIGKILL);
	int64_t end = clock_ms() + DEADLINE_S * 1000;
	while (run_live(dir) && clock_ms() < end)
		poll(NULL, 0, 10);
	assert_false(run_live(dir));
	control_client_close(c);
	folder_close(&run);
	free(dir);
}

static void until_resumed(const char *name)
{
	int64_t end = clock_ms() + DEADLINE_S * 1000;
	size_t resumed = 0;
	while (!resumed && clock_ms() < end) {
		struct history h;
		job_history(&h, runs, name);
		resumed = h.n_resumed;
		history_release(&h);
		poll(NULL, 0, 10);
	}
	assert_int_equal(resumed, 1);
}

#define CUT                                                                                        \
	viewer, "sweep", shapes, "--runs", runs, "--name", "cut", "--set", "train.seed=1..2", LONG

static void a_queue_that_was_killed_goes_on(void **state)
{
	(void)state;
	struct running r, second;
	run_start(&r, (const char *const[]){CUT, NULL}, NULL);
	job_until_iter(runs, "cut-seed=1", 4);
	EXPECT(&second, 1, viewer, "sweep", "cut", "--runs", runs);
	says(&second, 1, "a queue is at work on it already");
	run_release(&second);
	kill(r.pid, SIGKILL);
	run_wait(&r);
	run_release(&r);
	kill_trainer("cut-seed=1");
	assert_false(is_there("cut-seed=2"));

	run_start(&r, (const char *const[]){viewer, "sweep", "cut", "--runs", runs, NULL}, NULL);
	until_resumed("cut-seed=1");
	kill(r.pid, SIGHUP); /* a closed terminal */
	kill(r.pid, SIGINT);
	assert_int_equal(run_wait(&r), 130);
	says(&r, 0, "cut-seed=1 is resumed");
	says(&r, 0, "cut-seed=1 stopped");
	says(&r, 1, "stopping and saving what trains");
	run_release(&r);
	assert_int_equal(status_of("cut-seed=1"), RUN_STATUS_STOPPED);

	EXPECT(&r, 0, CUT);
	says(&r, 0, "2/2 cut-seed=");
	run_release(&r);
	for (int seed = 1; seed <= 2; seed++) {
		struct history h;
		char *name = xasprintf("cut-seed=%d", seed);
		assert_int_equal(status_of(name), RUN_STATUS_FINISHED);
		job_history(&h, runs, name);
		assert_int_equal(h.n_epochs, 17);
		assert_int_equal(h.n_resumed, seed == 1 ? 2 : 0);
		history_release(&h);
		free(name);
	}
}

/* ---- other queues ---- */

static void its_lines_make_the_same_runs(void **state)
{
	(void)state;
	struct running r;
	EXPECT(&r, 0, SWEEP, "--name", "lines", "--set", "phases.head.lr=0.1", "--set",
	       "train.seed=1..2", SHORT, "--print");
	assert_int_equal(r.text[1].len, 0);
	assert_false(is_there("lines-seed=1"));
	char *bin = path_dir(trainer);
	char *script = xasprintf("PATH='%s':$PATH; cd / && set -e\n%s", bin, r.text[0].buf);
	run_release(&r);
	EXPECT(&r, 0, "sh", "-c", script);
	run_release(&r);
	job_same_files("lines-seed=1", "two-lr=0.1-seed=1");
	job_same_files("lines-seed=2", "two-lr=0.1-seed=2");
	EXPECT(&r, 0, viewer, "sweep", "lines", "--show", "--runs", runs);
	says(&r, 0, "2 runs: 2 finished");
	run_release(&r);
	free(script);
	free(bin);
}

/* ---- cards ---- */

static void each_job_has_a_card_of_its_own(void **state)
{
	(void)state;
	struct running r;
	setenv("THAW_CUDA", standin_folder(), 1); /* two of them */
	setenv("THAW_CUDNN", standin_folder(), 1);
	EXPECT(&r, 0, SWEEP, "--name", "cards", "--set", "train.seed=1,2", SHORT, "--jobs", "2");
	says(&r, 0, " on cuda:0, cuda:1");
	run_release(&r);
	for (int seed = 1; seed <= 2; seed++) {
		struct history h;
		char *name = xasprintf("cards-seed=%d", seed),
		     *card = xasprintf("cuda:%d ", seed - 1);
		job_history(&h, runs, name);
		assert_int_equal(strncmp(h.run.device, card, strlen(card)), 0);
		history_release(&h);
		free(name);
		free(card);
	}
	setenv("THAW_CUDA", "/nonexistent", 1);
	unsetenv("THAW_CUDNN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_combination_is_trained),
	    cmocka_unit_test(its_lines_make_the_same_runs),
	    cmocka_unit_test(what_has_changed_is_told),
	    cmocka_unit_test(all_is_checked_before_any_begins),
	    cmocka_unit_test(one_that_fails_does_not_end_the_others),
	    cmocka_unit_test(a_queue_that_was_killed_goes_on),
	    cmocka_unit_test(each_job_has_a_card_of_its_own),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
