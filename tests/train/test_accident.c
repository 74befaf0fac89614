/* What goes wrong while the trainer trains, on a stand-in network: bad losses, crashes, signals. */
#include "fake_run.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int bad_from, bad_to; /* calls of net_step() whose loss is NaN, inclusive */

static void poison(int call, struct net *net, struct step_result *r)
{
	if (call < bad_from || call > bad_to)
		return;
	net->w[3] = NAN; /* what a careless engine would leave behind */
	r->loss = NAN;
	r->finite = false;
}

static void one_accident_is_undone(void **state)
{
	(void)state;
	fake.on_step = poison;
	bad_from = bad_to = 3;
	struct log l;
	assert_int_equal(train("accident", NULL, 0, NULL), TRAINER_FINISHED);
	log_read(&l, "accident");
	assert_int_equal(fake.restores, 1);
	assert_int_equal(count(&l, EV_STEP), 4 * ITERS);
	const struct event *note = find(&l, EV_NOTE, 0), *lr = find(&l, EV_LR, 1);
	assert_int_equal(note->note.level, NOTE_WARN);
	assert_non_null(strstr(note->note.text, "iteration 3: "));
	assert_non_null(strstr(note->note.text, "layer 2 (weights)"));
	assert_int_equal(lr->lr.cause, CAUSE_NONFINITE);
	assert_int_equal(lr->lr.iter, 3);
	assert_true(lr->lr.value == lr->lr.was / 2);
	assert_true(find(&l, EV_STEP, 3)->step.lr.value == 0.05);
	assert_true(find(&l, EV_STEP, 2 * ITERS)->step.lr.value ==
		    0.01); /* a new phase, its own rate */
	assert_true(isfinite(l.h.epochs[0].valid.loss.value));
	assert_int_equal(history_digests_changed(&l.h), 0);
	log_free(&l);
}

static void three_in_a_row_end_the_run_with_advice(void **state)
{
	(void)state;
	fake.on_step = poison;
	bad_from = 2;
	bad_to = 1000;
	struct errinfo e = {0};
	struct log l;
	assert_int_equal(train("doomed", NULL, 0, &e), TRAINER_FAILED);
	log_read(&l, "doomed");
	assert_int_equal(l.h.end.status, END_FAILED);
	assert_non_null(strstr(l.h.end.reason, "lower lr"));
	assert_null(strstr(l.h.end.reason, "batchnorm")); /* frozen already */
	assert_string_equal(l.h.end.reason, e.msg);
	assert_int_equal(l.h.end.iters, 4);
	log_free(&l);
	struct strbuf bytes = STRBUF_INIT;
	char *last = run_file("doomed", "last.weights");
	assert_int_equal(file_read(last, &bytes, NULL), ERR_OK);
	for (size_t i = 0; i < bytes.len / sizeof(float); i++) {
		float v;
		memcpy(&v, bytes.buf + i * sizeof(v), sizeof(v));
		assert_true(isfinite(v));
	}
	strbuf_release(&bytes);
	free(last);
}

static void silent_poison(int call, struct net *net, struct step_result *r)
{
	(void)r;
	if (call == ITERS) /* the update after the epoch's last finite loss */
		net->w[3] = INFINITY;
}

static void weights_gone_bad_after_the_last_loss_are_caught(void **state)
{
	(void)state;
	fake.on_step = silent_poison;
	struct log l;
	assert_int_equal(train("silent", NULL, 0, NULL), TRAINER_FINISHED);
	log_read(&l, "silent");
	assert_int_equal(fake.restores, 1);
	assert_non_null(strstr(find(&l, EV_NOTE, 0)->note.text, "validation probability"));
	for (size_t i = 0; i < l.h.n_epochs; i++)
		assert_true(isfinite(l.h.epochs[i].valid.loss.value));
	log_free(&l);
}

/* Guessing costs ln 3 = 1.1 nats, so 110 are a hundred times the usual. */
static void explode(int call, struct net *net, struct step_result *r)
{
	static const double losses[] = {[4] = 20000, [13] = 115, [14] = 105};
	if (call >= (int)(sizeof(losses) / sizeof(*losses)) || !(losses[call] > 0))
		return;
	r->loss = losses[call];
	if (call != 14)
		net->w[5] += 1000;
}

static void an_absurd_loss_is_an_accident_too(void **state)
{
	(void)state;
	fake.on_step = explode;
	struct log l;
	assert_int_equal(train("absurd", NULL, 0, NULL), TRAINER_FINISHED);
	log_read(&l, "absurd");
	assert_int_equal(count(&l, EV_NOTE), 2); /* 105 is bad luck */
	assert_int_equal(fake.restores, 2);
	assert_non_null(strstr(find(&l, EV_NOTE, 0)->note.text, "iteration 4: the loss is 2e+04"));
	assert_non_null(strstr(find(&l, EV_NOTE, 1)->note.text, "iteration 13: the loss is 115"));
	assert_non_null(strstr(find(&l, EV_NOTE, 1)->note.text, "diverged; going back"));
	const struct event_lr *lr = &find(&l, EV_LR, 1)->lr;
	assert_int_equal(lr->cause, CAUSE_DIVERGED);
	assert_int_equal(lr->iter, 4);
	assert_true(lr->value == lr->was / 2);
	assert_true(l.h.epochs[0].train.loss.value < 10); /* what was undone is not counted */
	assert_true(l.h.epochs[3].train.loss.value < 50);
	assert_int_equal(history_digests_changed(&l.h), 0);
	log_free(&l);
}

static void crash(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == 2)
		abort();
}

static void leave(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == 2)
		exit(0);
}

static void interrupt_self(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == 3)
		raise(SIGINT);
}

/* Run in a process of its own, which may die. Returns wait status. */
static int train_apart(const char *name, void (*on_step)(int, struct net *, struct step_result *))
{
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		fake.on_step = on_step;
		_exit((int)train(name, NULL, 0, NULL));
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void a_crash_still_ends_the_log(void **state)
{
	(void)state;
	struct log l;
	int status = train_apart("crash", crash);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	log_read(&l, "crash");
	assert_int_equal(l.events[l.n - 1].type, EV_END);
	assert_int_equal(l.h.end.status, END_FAILED);
	assert_int_equal(l.h.end.iters, 1);
	assert_int_equal(count(&l, EV_END), 1);
	struct strbuf again = STRBUF_INIT,
		      bytes = STRBUF_INIT; /* it is what the encoder would have written */
	char *path = run_file("crash", "events.jsonl");
	event_encode(&l.events[l.n - 1], &again);
	assert_int_equal(file_read(path, &bytes, NULL), ERR_OK);
	assert_string_equal(bytes.buf + bytes.len - again.len, again.buf);
	strbuf_release(&again);
	strbuf_release(&bytes);
	free(path);
	log_free(&l);
}

static void limit_files(rlim_t size)
{
	struct rlimit r;
	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* The log has room for a part of the next line only. */
static void fill_log(const char *run)
{
	char *path = run_file(run, "events.jsonl");
	limit_files((rlim_t)file_size(path) + 20);
	free(path);
}

/* During the first validation; its events are torn, and those of the probes would come next. */
static void fill_and_crash(void)
{
	static int64_t full;
	char *path = run_file("torn", "events.jsonl");
	if (!full)
		fill_log("torn");
	full = full ? full : file_size(path) + 20;
	if (file_size(path) == full) {
		limit_files(RLIM_INFINITY);
		abort();
	}
	free(path);
}

static void fill_when_validating(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	if (call == ITERS)
		fake.on_predict = fill_and_crash;
}

static void a_torn_line_does_not_swallow_the_last_words(void **state)
{
	(void)state;
	struct log l;
	int status = train_apart("torn", fill_when_validating);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	log_read_torn(&l, "torn", 1);
	assert_int_equal(l.events[l.n - 1].type, EV_END);
	assert_int_equal(l.h.end.status, END_FAILED);
	assert_int_equal(l.h.end.iters, ITERS);
	log_free(&l);
}

static void an_exit_still_ends_the_log(void **state)
{
	(void)state;
	struct log l;
	train_apart("exit", leave);
	log_read(&l, "exit");
	assert_int_equal(l.events[l.n - 1].type, EV_END);
	assert_int_equal(l.h.end.status, END_FAILED);
	log_free(&l);
}

static void an_interrupt_is_a_stop(void **state)
{
	(void)state;
	struct log l;
	int status = train_apart("interrupt", interrupt_self);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), TRAINER_STOPPED);
	log_read(&l, "interrupt");
	assert_int_equal(l.h.end.status, END_STOPPED);
	assert_int_equal(l.h.end.iters, 3);
	assert_int_equal(l.h.end.epochs, 0);
	log_free(&l);
	char *last = run_file("interrupt", "last.weights");
	assert_true(file_exists(last));
	free(last);
}

static int steps_before_signal;

static void interrupt_validation(void)
{
	if (fake.steps == steps_before_signal)
		raise(SIGTERM);
}

/* 130 means that something of the plan was left out. */
static void a_stop_after_the_last_iteration_leaves_nothing_out(void **state)
{
	(void)state;
	struct log l;
	fake.on_predict = interrupt_validation;
	steps_before_signal = 2 * ITERS;
	assert_int_equal(train("half", NULL, 0, NULL), TRAINER_STOPPED);
	log_read(&l, "half");
	assert_int_equal(l.h.end.status, END_STOPPED);
	assert_int_equal(l.h.end.epochs, 2);
	log_free(&l);
	fake.steps = 0;
	steps_before_signal = 4 * ITERS;
	assert_int_equal(train("late", NULL, 0, NULL), TRAINER_FINISHED);
	log_read(&l, "late");
	assert_int_equal(l.h.end.status, END_FINISHED);
	assert_int_equal(l.h.end.epochs, 4);
	log_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(one_accident_is_undone, reset_fake),
	    cmocka_unit_test_setup(three_in_a_row_end_the_run_with_advice, reset_fake),
	    cmocka_unit_test_setup(weights_gone_bad_after_the_last_loss_are_caught, reset_fake),
	    cmocka_unit_test_setup(an_absurd_loss_is_an_accident_too, reset_fake),
	    cmocka_unit_test_setup(a_crash_still_ends_the_log, reset_fake),
	    cmocka_unit_test_setup(a_torn_line_does_not_swallow_the_last_words, reset_fake),
	    cmocka_unit_test_setup(an_exit_still_ends_the_log, reset_fake),
	    cmocka_unit_test_setup(an_interrupt_is_a_stop, reset_fake),
	    cmocka_unit_test_setup(a_stop_after_the_last_iteration_leaves_nothing_out, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
