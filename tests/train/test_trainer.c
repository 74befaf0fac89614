/* The trainer's own logic on a stand-in network: phases, commands, refusals, endings. */
#include "fake_run.h"

#include "thaw/base/clock.h"
#include "../sockets.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define DEADLINE_MS 300000 /* only ends a test that fails */

static void a_whole_run_tells_everything(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct log l;
	assert_int_equal(train("whole", NULL, 0, &e), TRAINER_FINISHED);
	log_read(&l, "whole");
	assert_int_equal(l.events[0].type, EV_RUN);
	assert_int_equal(l.events[l.n - 1].type, EV_END);
	assert_int_equal(l.h.end.status, END_FINISHED);
	assert_int_equal(l.h.run.n_train, N_TRAIN);
	assert_int_equal(l.h.run.iterations, ITERS);
	assert_int_equal(count(&l, EV_STEP), 4 * ITERS);
	assert_int_equal(count(&l, EV_EPOCH), 4);
	assert_int_equal(count(&l, EV_PROBE), 5);
	assert_int_equal(count(&l, EV_THUMBS), 1);
	for (int i = 0; i < STAGE_N; i++)
		assert_int_equal(l.h.stages[i].state, STAGE_DONE);
	assert_int_equal(history_digests_changed(&l.h), 0);
	const struct event_epoch *first = &find(&l, EV_EPOCH, 0)->epoch,
				 *third = &find(&l, EV_EPOCH, 2)->epoch;
	assert_int_equal(first->n_frozen, 1);
	assert_int_equal(first->frozen[0].layer, 0);
	assert_int_equal(third->n_frozen, 0);
	assert_string_equal(third->phase, "tune");
	assert_true(l.h.epochs[3].valid.acc.value > 0.9);
	assert_true(l.h.epochs[l.h.best_epoch].best);
	log_free(&l);
	static const char *const files[] = {"experiment.yaml",
					    "model.cfg",
					    "labels.txt",
					    "names.data",
					    "best.weights",
					    "last.weights",
					    "last.state",
					    "lock",
					    "checkpoints/epoch-0004.weights",
					    "checkpoints/epoch-0004.state"};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *path = run_file("whole", files[i]);
		assert_true(file_exists(path));
		free(path);
	}
	char *old = run_file("whole", "checkpoints/epoch-0003.weights"),
	     *sock = run_file("whole", "control.sock");
	assert_false(file_exists(old));
	assert_false(file_exists(sock));
	free(old);
	free(sock);
}

static void the_same_seed_gives_the_same_bits(void **state)
{
	(void)state;
	static const char *const names[] = {"bits-a", "bits-b", "bits-c"};
	static const char *const files[] = {"last.weights", "last.state"};
	static const char *other_seed[] = {"train.seed=8"};
	struct strbuf bytes[3][2];
	for (int i = 0; i < 3; i++) {
		assert_int_equal(train(names[i], other_seed, i == 2, NULL), TRAINER_FINISHED);
		for (int k = 0; k < 2; k++) {
			strbuf_init(&bytes[i][k]);
			char *path = run_file(names[i], files[k]);
			assert_int_equal(file_read(path, &bytes[i][k], NULL), ERR_OK);
			free(path);
		}
	}
	for (int k = 0; k < 2; k++) {
		assert_int_equal(bytes[0][k].len, bytes[1][k].len);
		assert_memory_equal(bytes[0][k].buf, bytes[1][k].buf, bytes[0][k].len);
	}
	assert_memory_not_equal(bytes[0][0].buf, bytes[2][0].buf, bytes[0][0].len);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 2; k++)
			strbuf_release(&bytes[i][k]);
}

/* --- commands --- */

struct asked {
	const char *cmd, *arg;
	bool ok;
	int64_t iter;
	char *msg;
};

struct script {
	const char *run;
	struct asked *asked;
	size_t n;
	bool failed;
};

/* Ask one after the other, as `thaw ctl` would. Runs beside the trainer. */
static void *ask_all(void *arg)
{
	struct script *s = arg;
	char *path = run_file(s->run, "control.sock");
	struct control_client *c = NULL;
	int64_t end = clock_ms() + DEADLINE_MS;
	while (connect_at(&c, path, NULL) && clock_ms() < end)
		poll(NULL, 0, 1); /* it trains until the script stops it */
	free(path);
	s->failed = !c;
	for (size_t i = 0; c && i < s->n; i++) {
		struct asked *q = &s->asked[i];
		struct command cmd;
		struct reply r;
		if (command_parse(&cmd, q->cmd, q->arg, NULL) ||
		    control_client_send(c, &cmd, NULL) ||
		    control_client_wait(c, cmd.id, 30000, &r, NULL)) {
			s->failed = true;
			break;
		}
		q->ok = r.ok;
		q->iter = r.iter;
		q->msg = xstrdup(r.msg);
		reply_release(&r);
		command_release(&cmd);
	}
	control_client_close(c);
	return NULL;
}

static enum trainer_status train_and_ask(struct script *s, const char *const *sets, size_t n_sets)
{
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, ask_all, s), 0);
	enum trainer_status status = train(s->run, sets, n_sets, NULL);
	pthread_join(thread, NULL);
	assert_false(s->failed);
	return status;
}

static const char *const endless[] = {"phases.0.epochs=100000", "train.keep=0", "data.probes=0"};

/* An endless run, stopped by the last thing that is asked: which answers were good, and its log. */
static void want_answers(struct script *s, const bool *ok, struct log *l)
{
	assert_int_equal(train_and_ask(s, endless, 3), TRAINER_STOPPED);
	for (size_t i = 0; i < s->n; i++)
		if (s->asked[i].ok != ok[i])
			fail_msg("%zu %s %s: %s", i, s->asked[i].cmd,
				 s->asked[i].arg ? s->asked[i].arg : "", s->asked[i].msg);
	log_read(l, s->run);
}

/* The sets that were frozen, one after the other. */
static void assert_frozen(const struct log *l, const char *const *sets, size_t n)
{
	assert_int_equal(count(l, EV_FREEZE), n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(find(l, EV_FREEZE, i)->freeze.frozen, sets[i]);
}

static void script_free(struct script *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->asked[i].msg);
}

static void interventions_take_effect_and_are_undone(void **state)
{
	(void)state;
	struct asked asked[] = {
	    {.cmd = "unfreeze", .arg = "0"},
	    {.cmd = "freeze", .arg = "head"},
	    {.cmd = "freeze", .arg = "0"},
	    {.cmd = "lr", .arg = "0.05"},
	    {.cmd = "lr", .arg = "x0.5"},
	    {.cmd = "undo"},
	    {.cmd = "undo"},
	    {.cmd = "undo"},
	    {.cmd = "undo"},
	    {.cmd = "undo"},
	    {.cmd = "undo"},
	    {.cmd = "freeze", .arg = "9"},
	    {.cmd = "stop"},
	};
	const bool ok[] = {1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1};
	struct script s = {.run = "hands", .asked = asked, .n = sizeof(asked) / sizeof(*asked)};
	struct log l;
	want_answers(&s, ok, &l);
	assert_non_null(strstr(asked[0].msg, "579 of 579 parameters learn from iteration"));
	assert_non_null(strstr(asked[2].msg, "nothing to learn"));
	assert_non_null(strstr(asked[9].msg, "nothing to undo"));
	assert_non_null(strstr(asked[11].msg, "layers 0-3"));
	static const char *const frozen[] = {"0-1", "1", "1-3", "1", "0-1"};
	assert_frozen(&l, frozen, 5);
	static const double rates[] = {0.1, 0.05, 0.025, 0.05, 0.1};
	assert_int_equal(count(&l, EV_LR), 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(fabs(find(&l, EV_LR, i)->lr.value - rates[i]) < 1e-12);
	assert_int_equal(find(&l, EV_FREEZE, 1)->freeze.iter, asked[0].iter);
	assert_int_equal(find(&l, EV_FREEZE, 1)->freeze.cause, CAUSE_USER);
	assert_int_equal(find(&l, EV_FREEZE, 3)->freeze.cause, CAUSE_UNDO);
	assert_int_equal(find(&l, EV_LR, 1)->lr.iter, asked[3].iter);
	for (size_t i = 0; i < count(&l, EV_STEP); i++) { /* each step has the rate that was said */
		const struct event_step *st = &find(&l, EV_STEP, i)->step;
		double want = st->iter <= asked[3].iter   ? 0.1
			      : st->iter <= asked[4].iter ? 0.05
			      : st->iter <= asked[5].iter ? 0.025
			      : st->iter <= asked[6].iter ? 0.05
							  : 0.1;
		assert_true(fabs(st->lr.value - want) < 1e-12);
	}
	assert_int_equal(history_digests_changed(&l.h), 0);
	assert_int_equal(l.h.end.iters, asked[s.n - 1].iter);
	log_free(&l);
	script_free(&s);
}

/* Layers frozen and others thawed by one command are taken back by one undo. */
static void a_swap_is_one_intervention(void **state)
{
	(void)state;
	struct asked asked[] = {
	    {.cmd = "freeze-only", .arg = "head"}, {.cmd = "freeze-only", .arg = "head"},
	    {.cmd = "freeze-only", .arg = "all"},  {.cmd = "undo"},
	    {.cmd = "freeze-only", .arg = "none"}, {.cmd = "stop"},
	};
	const bool ok[] = {1, 1, 0, 1, 1, 1};
	struct script s = {.run = "swap", .asked = asked, .n = sizeof(asked) / sizeof(*asked)};
	struct log l;
	want_answers(&s, ok, &l);
	assert_non_null(strstr(asked[1].msg, "nothing to do"));
	assert_non_null(strstr(asked[2].msg, "nothing to learn"));
	static const char *const frozen[] = {"0-1", "2-3", "0-1", "none"};
	assert_frozen(&l, frozen, 4);
	assert_int_equal(history_digests_changed(&l.h), 0);
	log_free(&l);
	script_free(&s);
}

struct scales {
	double base, head;
	enum cause cause;
	size_t asked; /* at whose iteration */
};

static void assert_scales(const struct log *l, const struct scales *want, size_t n,
			  const struct asked *asked)
{
	assert_int_equal(count(l, EV_SCALE), n);
	for (size_t i = 0; i < n; i++) {
		const struct event_scale *e = &find(l, EV_SCALE, i)->scale;
		assert_float_equal(e->values[0], want[i].base, 1e-12);
		assert_float_equal(e->values[FAKE_HEAD], want[i].head, 1e-12);
		assert_float_equal(e->was[0], i ? want[i - 1].base : 1, 1e-12);
		assert_float_equal(e->values[1], 1, 0);
		assert_int_equal(e->cause, want[i].cause);
		assert_int_equal(e->iter, asked[want[i].asked].iter);
	}
}

static void multipliers_take_effect_and_are_undone(void **state)
{
	(void)state;
	struct asked asked[] = {
	    {.cmd = "lr-scale", .arg = "head 0.1"},
	    {.cmd = "lr-scale", .arg = "head x0.5"},
	    {.cmd = "lr-scale", .arg = "0-3 4"},
	    {.cmd = "lr-scale", .arg = "1 4"}, /* dropout */
	    {.cmd = "lr-scale", .arg = "7 4"},
	    {.cmd = "lr-scale", .arg = "0 x1e-7"},
	    {.cmd = "lr-scale", .arg = "0 4"}, /* it is already */
	    {.cmd = "undo"},
	    {.cmd = "undo"},
	    {.cmd = "undo"},
	    {.cmd = "undo"},
	    {.cmd = "stop"},
	};
	const bool ok[] = {1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1};
	struct script s = {.run = "scaled", .asked = asked, .n = sizeof(asked) / sizeof(*asked)};
	struct log l;
	want_answers(&s, ok, &l);
	assert_non_null(strstr(asked[0].msg, "layer 2: learning rate x0.1 from iteration"));
	assert_non_null(strstr(asked[1].msg, "layer 2: learning rate x0.05 from iteration"));
	assert_non_null(strstr(asked[2].msg, "layers 0,2: learning rate x4 from iteration"));
	assert_non_null(strstr(asked[3].msg, "no layer of 1 has weights"));
	assert_non_null(strstr(asked[4].msg, "layers 0-3"));
	assert_non_null(strstr(asked[6].msg, "nothing to do"));
	static const struct scales want[] = {
	    {1, 0.1, CAUSE_USER, 0}, {1, 0.05, CAUSE_USER, 1}, {4, 4, CAUSE_USER, 2},
	    {1, 0.05, CAUSE_UNDO, 7}, {1, 0.1, CAUSE_UNDO, 8}, {1, 1, CAUSE_UNDO, 9},
	};
	assert_scales(&l, want, sizeof(want) / sizeof(*want), asked);
	log_free(&l);
	script_free(&s);
}

/* The second phase has a layer_decay of 0.5; what was set by hand stands above it, and stays. */
static void a_multiplier_set_by_hand_outlives_its_phase(void **state)
{
	(void)state;
	struct asked asked[] = {{.cmd = "lr-scale", .arg = "head 0.1"}, {.cmd = "next-phase"}};
	static const struct scales want[] = {{1, 0.1, CAUSE_USER, 0}, {0.5, 0.1, CAUSE_PHASE, 1}};
	struct script s = {.run = "outlives", .asked = asked, .n = 2};
	struct log l;
	assert_int_equal(train_and_ask(&s, endless, 3), TRAINER_FINISHED);
	log_read(&l, "outlives");
	assert_scales(&l, want, 2, asked);
	assert_float_equal(l.h.layers[FAKE_HEAD].lr_scale, 0.1, 1e-12);
	log_free(&l);
	script_free(&s);
}

static void a_paused_run_stands_still_and_answers(void **state)
{
	(void)state;
	struct asked asked[] = {{.cmd = "unpause"}, {.cmd = "pause"},
				{.cmd = "pause"},   {.cmd = "lr", .arg = "0.02"},
				{.cmd = "unpause"}, {.cmd = "next-phase"}};
	struct script s = {.run = "paused", .asked = asked, .n = sizeof(asked) / sizeof(*asked)};
	struct log l;
	assert_int_equal(train_and_ask(&s, endless, 3), TRAINER_FINISHED);
	assert_false(asked[0].ok);
	for (size_t i = 1; i < s.n; i++)
		assert_true(asked[i].ok);
	assert_int_equal(asked[1].iter, asked[2].iter);
	assert_int_equal(asked[1].iter, asked[3].iter);
	assert_int_equal(asked[1].iter, asked[4].iter);
	log_read(&l, "paused");
	assert_int_equal(find(&l, EV_CONTROL, 0)->control.what, CONTROL_PAUSED);
	assert_int_equal(find(&l, EV_CONTROL, 1)->control.what, CONTROL_UNPAUSED);
	assert_int_equal(find(&l, EV_CONTROL, 2)->control.what, CONTROL_NEXT_PHASE);
	const struct event_phase_plan *tune = &find(&l, EV_PHASE, 1)->phase;
	assert_string_equal(tune->name, "tune");
	assert_int_equal(tune->first_epoch + 1, l.h.end.epochs);
	const struct event_epoch *partial =
	    &find(&l, EV_EPOCH, (size_t)tune->first_epoch - 2)->epoch;
	assert_string_equal(partial->phase, "head");
	assert_int_equal(partial->iter, asked[5].iter);
	log_free(&l);
	script_free(&s);
}

/* --- refusals --- */

static void bad_input_leaves_no_run(void **state)
{
	(void)state;
	static const struct {
		const char *set, *says;
	} bad[] = {
	    {"phases.0.freeze=all", "leaves nothing to learn"},
	    {"phases.1.freeze=0-9", "layers 0-3"},
	    {"data.images=/nonexistent", "/nonexistent"},
	    {"train.batch=0", "train.batch"},
	    {"train.batches=4", "train.batch"},
	    {"data.valid=0", "--set data.valid=0: data.valid: no pictures are left to validate"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct errinfo e = {0};
		assert_int_equal(train("refused", &bad[i].set, 1, &e), TRAINER_BAD_INPUT);
		if (!strstr(e.msg, bad[i].says))
			fail_msg("%s: %s", bad[i].set, e.msg);
		char *dir = run_file("refused", "");
		assert_false(file_exists(dir));
		free(dir);
	}
	struct errinfo e = {0};
	char *set = xasprintf("network.weights=%s", yaml);
	const char *sets[] = {set};
	assert_int_equal(train("refused", sets, 1, &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "too short"));
	free(set);
}

static void a_check_reports_and_leaves_nothing(void **state)
{
	(void)state;
	char *nowhere = path_join(root, "nowhere"), *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct trainer_options o = {.experiment = yaml, .runs = nowhere, .report_fd = -1};
	assert_int_equal(trainer_check(&o, out, NULL), ERR_OK);
	fclose(out);
	assert_non_null(strstr(text, "3 classes, 24 training and 12 validation images"));
	assert_non_null(strstr(text, "1,000 bytes expected, 1,000 found; 1 layer loaded"));
	assert_non_null(strstr(text, "576 of 579 parameters learn"));
	assert_false(file_exists(nowhere));
	free(text);
	free(nowhere);
}

static void a_ridge_start_is_better_than_chance_and_its_refusal_a_note(void **state)
{
	(void)state;
	static const char *sets[] = {"head.init=ridge", "data.augment.flip=true",
				     "train.eval_flip=true"};
	struct log l;
	assert_int_equal(train("ridge", sets, 3, NULL), TRAINER_FINISHED);
	log_read(&l, "ridge");
	assert_non_null(strstr(l.h.stages[STAGE_REPLACE].out, "ridge regression on 48 x 192"));
	log_free(&l);
	fake.refuse_head = true;
	assert_int_equal(train("ridge-not", sets, 3, NULL), TRAINER_FINISHED);
	log_read(&l, "ridge-not");
	assert_non_null(strstr(find(&l, EV_NOTE, 0)->note.text, "3x3 convolution"));
	assert_non_null(strstr(l.h.stages[STAGE_REPLACE].out, "at random"));
	log_free(&l);
}

static void a_detached_run_reports_and_goes_on(void **state)
{
	(void)state;
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		setpgid(0, 0); /* as a shell does: a group leader, which setsid() refuses */
		close(fds[0]);
		struct trainer_options o = {
		    .experiment = yaml, .runs = runs, .name = "detached", .report_fd = fds[1]};
		_exit((int)trainer_run(&o, NULL));
	}
	close(fds[1]);
	char text[4096];
	size_t n = 0;
	ssize_t got;
	while ((got = read(fds[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(fds[0]);
	char *want = xasprintf("run %s/detached\n", runs);
	assert_string_equal(text, want);
	free(want);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	struct log l = {0};
	for (int64_t end = clock_ms() + DEADLINE_MS; clock_ms() < end; poll(NULL, 0, 5)) {
		log_read(&l, "detached");
		if (l.h.ended)
			break;
		log_free(&l);
	}
	assert_true(l.h.ended);
	assert_int_equal(l.h.end.status, END_FINISHED);
	log_free(&l);
}

/* Whoever reads the report may close the terminal at once. */
static void the_report_comes_from_a_session_of_its_own(void **state)
{
	(void)state;
	int fds[2], status;
	char line[4096] = "", *link, out[4096] = "";
	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		close(fds[0]);
		struct trainer_options o = {.experiment = yaml,
					    .runs = runs,
					    .name = "apart",
					    .sets = endless,
					    .n_sets = 3,
					    .report_fd = fds[1]};
		_exit((int)trainer_run(&o, NULL));
	}
	close(fds[1]);
	FILE *report = fdopen(fds[0], "r");
	assert_non_null(fgets(line, sizeof(line), report));
	assert_int_equal(getsid(child), child);
	link = xasprintf("/proc/%d/fd/1", (int)child);
	assert_true(readlink(link, out, sizeof(out) - 1) > 0);
	assert_non_null(strstr(out, "/apart/trainer.log"));
	fclose(report);
	free(link);
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == TRAINER_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_whole_run_tells_everything, reset_fake),
	    cmocka_unit_test_setup(the_same_seed_gives_the_same_bits, reset_fake),
	    cmocka_unit_test_setup(interventions_take_effect_and_are_undone, reset_fake),
	    cmocka_unit_test_setup(a_swap_is_one_intervention, reset_fake),
	    cmocka_unit_test_setup(multipliers_take_effect_and_are_undone, reset_fake),
	    cmocka_unit_test_setup(a_multiplier_set_by_hand_outlives_its_phase, reset_fake),
	    cmocka_unit_test_setup(a_paused_run_stands_still_and_answers, reset_fake),
	    cmocka_unit_test_setup(bad_input_leaves_no_run, reset_fake),
	    cmocka_unit_test_setup(a_check_reports_and_leaves_nothing, reset_fake),
	    cmocka_unit_test_setup(a_ridge_start_is_better_than_chance_and_its_refusal_a_note,
				   reset_fake),
	    cmocka_unit_test_setup(a_detached_run_reports_and_goes_on, reset_fake),
	    cmocka_unit_test_setup(the_report_comes_from_a_session_of_its_own, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
