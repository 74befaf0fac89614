/* A run that is killed at any of the system calls by which it writes goes on to the same files. */
#include "faults.h"

#include "../../src/train/saving.h"
#include "thaw/base/clock.h"

#define LONG_ENOUGH 100000 /* calls; no run makes so many */

static int n_calls; /* of the run that nobody kills */

static void a_whole_run(void **state)
{
	(void)state;
	struct errinfo e = {0};
	assert_int_equal(train_two("whole", &e), TRAINER_FINISHED);
	n_calls = faults.calls;
	whole_log("whole", END_FINISHED);
	char *kept = run_file("whole", "checkpoints/epoch-0002.weights"),
	     *old = run_file("whole", "checkpoints/epoch-0001.weights");
	assert_true(file_exists(kept));
	assert_false(file_exists(old));
	free(kept);
	free(old);
}

static bool has(const char *run, const char *file)
{
	char *path = run_file(run, file);
	bool is = file_exists(path);
	free(path);
	return is;
}

static bool killed_at(int n, const char *name,
		      enum trainer_status (*fn)(const char *, struct errinfo *))
{
	faults.calls = 0;
	faults.at = n;
	faults.signal = SIGKILL;
	int status = apart(fn, name, NULL);
	faults.at = 0;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* Before its first checkpoint is complete there is nothing to go on from, and nothing half of it is
 * left. */
static void want_nothing(const char *name)
{
	struct errinfo e = {0};
	bool public = has(name, "events.jsonl");
	assert_true(ended_with(apart(go_on, name, &e), TRAINER_BAD_INPUT));
	if (!strstr(e.msg, public ? "begins anew" : "not a run directory") &&
	    !strstr(e.msg, "it does not tell how the run began"))
		fail_msg("%s: %s", name, e.msg);
	assert_false(public && (has(name, "next.weights.tmp") || has(name, "next.weights") ||
				has(name, "next.state.tmp")));
	assert_false(has(name, "last.weights"));
}

static void want_same(const char *name, const char *whole)
{
	struct errinfo e = {0};
	int status = apart(go_on, name, &e);
	bool over = ended_with(status, TRAINER_BAD_INPUT) && strstr(e.msg, "finished");
	if (!over && !ended_with(status, TRAINER_FINISHED))
		fail_msg("%s: status %d: %s", name, status, e.msg);
	same_run(whole, name);
}

static void want_the_same(const char *name)
{
	want_same(name, "whole");
}

static void every_kill_of_a_run(void **state)
{
	(void)state;
	int n_nothing = 0, n_same = 0;
	bool killed = true;
	for (int n = 1; killed; n++) { /* how many calls there are is a matter of clocks, too */
		char *name = xasprintf("killed-%d", n);
		killed = killed_at(n, name, train_two);
		bool any = has(name, "next.state") || has(name, "last.state");
		if (any)
			want_the_same(name);
		else
			want_nothing(name);
		n_same += any;
		n_nothing += !any;
		assert_true(any || !n_same); /* once there is a checkpoint there always is one */
		forget_run(name);
		free(name);
	}
	assert_true(n_nothing > 0 && n_same > n_nothing);
}

/* Where the second checkpoint is complete and nothing of it published; then every kill of the run
 * that goes on. */
static void every_kill_of_a_resume(void **state)
{
	(void)state;
	int at = 1;
	for (bool found = false; !found; at += !found) {
		assert_true(at <= n_calls);
		assert_true(killed_at(at, "found", train_two));
		found = has("found", "next.state") && has("found", "last.state");
		forget_run("found");
	}
	int n = 1;
	for (bool killed = true; killed; n++) {
		char *name = xasprintf("again-%d", n);
		assert_true(killed_at(at, name, train_two));
		killed = killed_at(n, name, go_on);
		want_the_same(name);
		forget_run(name);
		free(name);
	}
	assert_true(n > 10 && n < LONG_ENOUGH);
}

/* --- with a checkpoint after every iteration --- */

#define RANDOM_KILLS 200

static int64_t now_ms;

static int64_t test_clock(void)
{
	return now_ms;
}

static void pass_minute(int call, struct net *net, struct step_result *r)
{
	(void)call, (void)net, (void)r;
	now_ms += 60000;
}

static enum trainer_status train_within(const char *name, struct errinfo *e)
{
	static const char *const sets[] = {"phases.head.epochs=2", "phases.tune.epochs=1",
					   "train.keep=2", "train.checkpoint_minutes=1"};
	return train(name, sets, sizeof(sets) / sizeof(*sets), e);
}

static int pass_minutes(void **state)
{
	no_faults(state);
	saving_clock = test_clock;
	fake.on_step = pass_minute;
	return 0;
}

static int back_to_the_clock(void **state)
{
	(void)state;
	saving_clock = clock_ms;
	return 0;
}

/* Once, and sometimes again as it goes on, wherever chance puts it. */
static void random_kills_within_epochs(void **state)
{
	(void)state;
	struct errinfo e = {0};
	assert_int_equal(train_within("whole-within", &e), TRAINER_FINISHED);
	uint64_t n = (uint64_t)faults.calls, n_nothing = 0, n_again = 0, n_whole = 0;
	for (uint64_t i = 0; i < RANDOM_KILLS; i++) {
		char *name = xasprintf("random-%d", (int)i);
		bool died = killed_at(1 + (int)(rng_u64(11, i) % n), name, train_within);
		bool any = has(name, "next.state") || has(name, "last.state");
		if (any && i % 2)
			n_again += killed_at(1 + (int)(rng_u64(12, i) % n), name, go_on);
		if (any)
			want_same(name, "whole-within");
		else
			want_nothing(name);
		n_nothing += !any;
		n_whole += !died; /* a slow machine tells more of its progress, so makes more calls */
		forget_run(name);
		free(name);
	}
	assert_true(n_whole < RANDOM_KILLS / 10);
	assert_true(n_nothing < RANDOM_KILLS / 2 && n_again > RANDOM_KILLS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_whole_run, no_faults),
	    cmocka_unit_test_setup(every_kill_of_a_run, no_faults),
	    cmocka_unit_test_setup(every_kill_of_a_resume, no_faults),
	    cmocka_unit_test_setup_teardown(random_kills_within_epochs, pass_minutes,
					    back_to_the_clock),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
