/* Checkpoints inside an epoch: when there are any, that they change nothing of the training, and
 * that a run killed behind one goes on to the same bytes. Time is what the test says. */
#include "resumed.h"

#include "../../src/train/saving.h"
#include "thaw/base/clock.h"

#include <sys/wait.h>

static int64_t now_ms, step_ms; /* the clock, and what an iteration takes on it */

static int64_t test_clock(void)
{
	return now_ms;
}

static void pass_time(int call, struct net *net, struct step_result *r)
{
	now_ms += step_ms;
	live(call, net, r);
}

static int begin(void **state)
{
	no_life(state);
	fake.on_step = pass_time;
	saving_clock = test_clock;
	now_ms = step_ms = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	saving_clock = clock_ms;
	return 0;
}

/* The plan of resumed.h, with this many minutes between checkpoints. */
static enum trainer_status train_every(const char *name, const char *minutes)
{
	const char *sets[N_PLAN + 1];
	memcpy(sets, plan, sizeof(plan));
	sets[N_PLAN] = minutes;
	return train_steered(name, sets, N_PLAN + 1);
}

/* Checkpoints of a log that stand at no epoch's end. */
static size_t n_within(const char *name)
{
	struct log l;
	size_t n = 0;
	int64_t epoch_iter = 0;
	log_read(&l, name);
	for (size_t i = 0; i < l.n; i++) {
		const struct event *ev = &l.events[i];
		if (ev->type == EV_EPOCH)
			epoch_iter = ev->epoch.iter;
		n += ev->type == EV_CHECKPOINT && ev->checkpoint.kind == CHECKPOINT_LAST &&
		     ev->checkpoint.iter != epoch_iter;
	}
	log_free(&l);
	return n;
}

static void they_come_when_it_is_time(void **state)
{
	(void)state;
	static const struct {
		const char *name, *minutes;
		int64_t step_ms;
		size_t n;
	} cases[] = {
	    {"short-epochs", "train.checkpoint_minutes=10", 1000, 0},
	    {"off", "train.checkpoint_minutes=0", 3600000, 0},
	    {"each", "train.checkpoint_minutes=1", 60000, 16},
	    {"second", "train.checkpoint_minutes=2", 60000, 8},
	    {"half-minutes", "train.checkpoint_minutes=1.5", 30000, 4},
	    {"once", "train.checkpoint_minutes=3", 60000, 4},
	    {"not-quite", "train.checkpoint_minutes=4.1", 60000, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		step_ms = cases[i].step_ms;
		assert_int_equal(train_every(cases[i].name, cases[i].minutes), TRAINER_FINISHED);
		if (n_within(cases[i].name) != cases[i].n)
			fail_msg("%s: %zu within an epoch, not %zu", cases[i].name,
				 n_within(cases[i].name), cases[i].n);
	}
	same_files("off", "each");
	same_files("off", "second");
	same_files("off", "once");
}

/* They are many: the log page has one line for all, with the place of the last. */
static void they_are_told_quietly(void **state)
{
	(void)state;
	struct log l;
	size_t n = 0;
	step_ms = 60000;
	stop_after = 6;
	assert_int_equal(train_every("quiet", "train.checkpoint_minutes=1"), TRAINER_STOPPED);
	log_read(&l, "quiet");
	for (size_t i = 0; i < l.h.n_notes; i++) {
		const struct history_note *note = &l.h.notes[i];
		n += note->kind == NOTE_SAVED && note->what == CHECKPOINT_LAST;
		if (note->kind == NOTE_SAVED && note->what == CHECKPOINT_LAST)
			assert_non_null(strstr(
			    note->text, "last saved 7 times, last: last.weights, iteration 6"));
	}
	assert_int_equal(n, 1);
	log_free(&l);
}

static void train_and_die(const char *name, int after)
{
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		kill_after = after;
		step_ms = 60000;
		train_every(name, "train.checkpoint_minutes=1");
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* At most the iteration is lost in which it was killed. */
static void killed_behind_one_it_ends_in_the_same_bytes(void **state)
{
	(void)state;
	for (int at = 2; at <= LAST; at++) {
		char *name = xasprintf("killed-%d", at);
		train_and_die(name, at);
		resume_to_end(name);
		assert_int_equal(fake.steps, LAST - at + 1);
		same_files("off", name);
		free(name);
	}
}

/* --- what is not finite is not saved --- */

static bool poisoned;

static void poison(int call, struct net *net, struct step_result *r)
{
	pass_time(call, net, r);
	if (call == 5 && !poisoned)
		net->w[FAKE_DIM] = NAN;
	poisoned = poisoned || call == 5;
	if (call != 6)
		return;
	struct strbuf file = STRBUF_INIT;
	char *path = run_file("poisoned", "last.weights");
	assert_int_equal(file_read(path, &file, NULL), ERR_OK);
	for (size_t i = 0; i < file.len / sizeof(float); i++) {
		float w;
		memcpy(&w, file.buf + i * sizeof(w), sizeof(w));
		assert_true(isfinite(w));
	}
	strbuf_release(&file);
	free(path);
}

static void what_is_not_finite_is_not_saved(void **state)
{
	(void)state;
	struct log l;
	step_ms = 60000;
	fake.on_step = poison;
	assert_int_equal(train_every("poisoned", "train.checkpoint_minutes=1"), TRAINER_FINISHED);
	log_read(&l, "poisoned");
	bool accident = false;
	for (size_t i = 0; i < l.n; i++) {
		const struct event *ev = &l.events[i];
		accident = accident || (ev->type == EV_NOTE && ev->note.level == NOTE_WARN);
		if (ev->type == EV_CHECKPOINT)
			assert_int_not_equal(ev->checkpoint.iter, 5);
	}
	assert_true(accident);
	log_free(&l);
}

/* --- steered by hand meanwhile --- */

/* What is set by hand holds in the checkpoint that follows, and going back is not refused for one
 * that is about to be made. */
static void commands_meet_them(void **state)
{
	(void)state;
	static const char *const back[][2] = {{"back", "epoch 1"}};
	struct log l;
	step_ms = 60000;
	act_after = 7;
	acts = back;
	n_acts = 1;
	assert_int_equal(train_every("back", "train.checkpoint_minutes=1"), TRAINER_FINISHED);
	log_read(&l, "back");
	assert_int_equal(l.h.n_back, 1);
	log_free(&l);
	same_files("off", "back");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(they_come_when_it_is_time, begin, end),
	    cmocka_unit_test_setup_teardown(they_are_told_quietly, begin, end),
	    cmocka_unit_test_setup_teardown(killed_behind_one_it_ends_in_the_same_bytes, begin,
					    end),
	    cmocka_unit_test_setup_teardown(what_is_not_finite_is_not_saved, begin, end),
	    cmocka_unit_test_setup_teardown(commands_meet_them, begin, end),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
