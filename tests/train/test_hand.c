/* What is done by hand and goes wrong, on a stand-in network: taken back, asked about, gone back
 * from, undone over phases and resumes. */
#include "resumed.h"

static int bad_from, bad_to; /* calls of net_step() whose loss is NaN, inclusive */

static int later_after; /* as act_after, for what is done then */
static const char *const (*later_acts)[2];
static size_t n_later;

static void later(int after, const char *const (*what)[2], size_t n)
{
	later_after = after;
	later_acts = what;
	n_later = n;
}

/* A rate above 1 ruins the network, as do the calls above. */
static void run_away(int call, struct net *net, struct step_result *r)
{
	live(call, net, r);
	if (call == later_after) {
		acts = later_acts;
		n_acts = n_later;
		act();
	}
	if (!(fake.last_lr > 1) && (call < bad_from || call > bad_to))
		return;
	net->w[3] = NAN;
	r->loss = NAN;
	r->finite = false;
}

static int calm(void **state)
{
	no_life(state);
	fake.on_step = run_away;
	bad_from = bad_to = later_after = 0;
	return 0;
}

static void steer(int after, const char *const (*what)[2], size_t n)
{
	act_after = after;
	acts = what;
	n_acts = n;
}
#define STEER(after, ...)                                                                          \
	static const char *const steering[][2] = {__VA_ARGS__};                                    \
	steer(after, steering, sizeof(steering) / sizeof(*steering))

static size_t n_of(const struct log *l, enum cause cause)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		n += (l->events[i].type == EV_LR && l->events[i].lr.cause == cause) ||
		     (l->events[i].type == EV_FREEZE && l->events[i].freeze.cause == cause);
	return n;
}

static const struct event *with_cause(const struct log *l, enum event_type type, enum cause cause)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->events[i].type == type &&
		    (type == EV_LR ? l->events[i].lr.cause : l->events[i].freeze.cause) == cause)
			return &l->events[i];
	fail_msg("no such event with cause %s", cause_name(cause));
	return NULL;
}

static bool is_noted(const struct log *l, const char *text)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->events[i].type == EV_NOTE && strstr(l->events[i].note.text, text))
			return true;
	return false;
}

/* A slip of the finger: the weights and the rate before it are put back, and that is all. */
static void a_rate_set_by_hand_is_taken_back(void **state)
{
	(void)state;
	struct log l;
	STEER(6, {"lr", "10"});
	assert_int_equal(train_plan("slip"), TRAINER_FINISHED);
	log_read(&l, "slip");
	const struct event *lr = with_cause(&l, EV_LR, CAUSE_ACCIDENT);
	assert_true(lr->lr.value == 0.1 && lr->lr.was == 10);
	assert_int_equal(lr->lr.iter, 7);
	assert_int_equal(fake.restores, 1);
	assert_int_equal(n_of(&l, CAUSE_NONFINITE), 0);
	assert_true(is_noted(&l, "taking back what was done by hand: learning rate x100"));
	assert_int_equal(count(&l, EV_STEP), LAST);
	log_free(&l);
}

/* Key repeat, from somewhere that does not add it up. */
static void many_steps_are_taken_back_as_one(void **state)
{
	(void)state;
	struct log l;
	STEER(6, {"lr", "x2"}, {"lr", "x2"}, {"lr", "x2"}, {"lr", "x2"}, {"lr", "x2"},
	      {"undo", NULL}, {"lr", "x2"});
	assert_int_equal(train_plan("repeat"), TRAINER_FINISHED);
	log_read(&l, "repeat");
	assert_true(with_cause(&l, EV_LR, CAUSE_ACCIDENT)->lr.value == 0.1);
	assert_int_equal(n_of(&l, CAUSE_ACCIDENT), 1);
	assert_int_equal(n_of(&l, CAUSE_NONFINITE), 0);
	log_free(&l);
}

static void layers_thawed_by_hand_are_frozen_again(void **state)
{
	(void)state;
	struct log l;
	STEER(4, {"unfreeze", "0"});
	bad_from = bad_to = 6;
	assert_int_equal(train_plan("thawed"), TRAINER_FINISHED);
	log_read(&l, "thawed");
	const struct event *freeze = with_cause(&l, EV_FREEZE, CAUSE_ACCIDENT);
	assert_string_equal(freeze->freeze.frozen, "0-1");
	assert_int_equal(freeze->freeze.iter, 6);
	assert_int_equal(n_of(&l, CAUSE_NONFINITE), 0);
	assert_int_equal(history_digests_changed(&l.h), 0);
	log_free(&l);
}

/* Who lowers the rate is not to blame. */
static void a_lower_rate_is_not_taken_back(void **state)
{
	(void)state;
	struct log l;
	STEER(4, {"lr", "x0.5"});
	bad_from = bad_to = 6;
	assert_int_equal(train_plan("lowered"), TRAINER_FINISHED);
	log_read(&l, "lowered");
	assert_int_equal(n_of(&l, CAUSE_ACCIDENT), 0);
	assert_true(with_cause(&l, EV_LR, CAUSE_NONFINITE)->lr.value == 0.1 / 4);
	log_free(&l);
}

/* --- it asks --- */

#define N_ASKING (N_PLAN + 1)
static const char **asking(void)
{
	static const char *sets[N_ASKING];
	memcpy(sets, plan, sizeof(plan));
	sets[N_PLAN] = "train.accident_wait=1000";
	return sets;
}

/* Three accidents on end; the answer is there already. From a kept point it trains what it would
 * have trained, to the bit. */
static void going_back_ends_as_if_nothing_had_been(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train_plan("plain"), TRAINER_FINISHED);
	STEER(10, {"lr", "x0.5"}, {"back", NULL});
	bad_from = 10;
	bad_to = 10;
	assert_int_equal(train_steered("back", asking(), N_ASKING), TRAINER_FINISHED);
	same_files("plain", "back");
	log_read(&l, "back");
	assert_int_equal(l.h.n_back, 1);
	assert_int_equal(l.h.n_steps, LAST);
	assert_true(is_noted(&l, "back to the end of epoch 2"));
	assert_true(is_noted(&l, "dropped: learning rate x0.5 at iteration 10"));
	for (size_t i = 1; i < l.h.n_steps; i++)
		assert_true(history_step_at(&l.h, i).iter == history_step_at(&l.h, i - 1).iter + 1);
	assert_int_equal(history_digests_changed(&l.h), 0);
	log_free(&l);
}

static void it_pauses_and_goes_on_when_told(void **state)
{
	(void)state;
	struct log l;
	STEER(12, {"back", "best"});
	bad_from = 10;
	bad_to = 12;
	assert_int_equal(train_steered("asked", asking(), N_ASKING), TRAINER_FINISHED);
	same_files("plain", "asked");
	log_read(&l, "asked");
	size_t n = 0;
	for (size_t i = 0; i < l.n; i++) {
		const struct event_control *c = &l.events[i].control;
		if (l.events[i].type != EV_CONTROL || !c->why)
			continue;
		n++;
		assert_int_equal(c->what, CONTROL_PAUSED);
		assert_int_equal(c->cause, CAUSE_NONFINITE);
		assert_non_null(strstr(c->why, "3 accidents in a row"));
	}
	assert_int_equal(n, 1);
	assert_int_equal(n_of(&l, CAUSE_NONFINITE), 3);
	assert_false(l.h.trouble.on);
	log_free(&l);
}

static void nobody_answers_and_the_best_is_kept(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct log l;
	const char *sets[] = {"train.accident_wait=0.05"};
	bad_from = 10;
	bad_to = 100;
	assert_int_equal(train("alone", sets, 1, &e), TRAINER_FAILED);
	assert_non_null(strstr(e.msg, "nobody decided within"));
	log_read(&l, "alone");
	assert_int_equal(l.h.end.status, END_FAILED);
	assert_false(l.h.trouble.on);
	log_free(&l);
	char *best = run_file("alone", "best.weights");
	assert_true(file_exists(best));
	free(best);
}

static void asked_to_stop_it_does_not_ask(void **state)
{
	(void)state;
	const char *sets[] = {"train.on_accident=stop", "train.accident_wait=1000"};
	bad_from = 10;
	bad_to = 100;
	assert_int_equal(train("firm", sets, 2, NULL), TRAINER_FAILED);
}

/* --- resume --from --- */

static enum trainer_status resume_from(const char *name, const char *from, struct errinfo *e)
{
	struct trainer_options o = {.runs = runs, .name = name, .from = from, .report_fd = -1};
	fake.steps = 0;
	bad_from = bad_to = 0;
	return trainer_resume(&o, e);
}

static void a_failed_run_goes_on_from_its_best(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct log l;
	const char *sets[N_PLAN];
	memcpy(sets, plan, sizeof(plan));
	bad_from = 10;
	bad_to = 100;
	struct trainer_options o = {.experiment = yaml, .runs = runs, .name = "lost", .sets = sets,
				    .n_sets = N_PLAN, .report_fd = -1};
	assert_int_equal(trainer_run(&o, &e), TRAINER_FAILED);
	assert_int_equal(resume_from("lost", "epoch 1", &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "epoch 1 is not kept; what is: epoch 2"));
	assert_int_equal(resume_from("lost", "best", &e), TRAINER_FINISHED);
	same_files("plain", "lost");
	log_read(&l, "lost");
	assert_true(is_noted(&l, "went back to the end of epoch 2"));
	assert_int_equal(l.h.n_steps, LAST);
	log_free(&l);
}

static void any_kept_epoch_will_do(void **state)
{
	(void)state;
	struct errinfo e = {0};
	struct log l;
	const char *sets[N_PLAN];
	memcpy(sets, plan, sizeof(plan));
	for (size_t i = 0; i < N_PLAN; i++)
		sets[i] = strcmp(sets[i], "train.keep=0") ? sets[i] : "train.keep=9";
	struct trainer_options o = {.experiment = yaml, .runs = runs, .name = "kept", .sets = sets,
				    .n_sets = N_PLAN, .report_fd = -1};
	assert_int_equal(trainer_run(&o, &e), TRAINER_FINISHED);
	log_read(&l, "kept");
	struct opt_double was = l.h.epochs[3].train.loss;
	log_free(&l);
	assert_int_equal(resume_from("kept", "epoch 1", &e), TRAINER_FINISHED);
	log_read(&l, "kept");
	assert_true(l.h.epochs[3].train.loss.value == was.value); /* to the bit */
	assert_int_equal(l.h.n_epochs, 4);
	log_free(&l);
	assert_int_equal(resume_from("kept", "epoch 9", &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "epoch 9 is not kept; what is: "));
	assert_int_equal(resume_from("kept", "worst", &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "'worst' is no point to go back to"));
}

/* --- undo --- */

static void undo_reaches_over_the_start_of_a_phase(void **state)
{
	(void)state;
	struct log l;
	static const char *const undone[][2] = {{"undo", NULL}};
	STEER(2, {"unfreeze", "0"}, {"lr", "x0.5"}, {"next-phase", NULL});
	later(6, undone, 1);
	assert_int_equal(train_plan("over"), TRAINER_FINISHED);
	log_read(&l, "over");
	const struct event *freeze = with_cause(&l, EV_FREEZE, CAUSE_UNDO);
	assert_string_equal(freeze->freeze.frozen, "0"); /* as before; the phase thawed the rest */
	assert_int_equal(freeze->freeze.iter, 6);
	for (size_t i = 0; i < l.n; i++) /* the rate by hand ended with its phase */
		assert_false(l.events[i].type == EV_LR && l.events[i].lr.cause == CAUSE_UNDO);
	log_free(&l);
}

static enum trainer_status resume_steered(const char *name)
{
	struct trainer_options o = {.runs = runs, .name = name, .pause = true, .report_fd = -1};
	pthread_t thread;
	fake.steps = 0;
	hand = NULL;
	hand_path = run_file(name, "control.sock");
	assert_int_equal(pthread_create(&thread, NULL, take_in_hand, NULL), 0);
	enum trainer_status status = trainer_resume(&o, NULL);
	pthread_join(thread, NULL);
	control_client_close(hand);
	free(hand_path);
	return status;
}

static void undo_reaches_over_a_resume(void **state)
{
	(void)state;
	struct log l;
	static const char *const undone[][2] = {{"undo", NULL}, {"undo", NULL}, {"undo", NULL}};
	STEER(2, {"unfreeze", "0"}, {"lr", "x0.5"}, {"lr-scale", "2 0.25"});
	stop_after = 3;
	assert_int_equal(train_plan("gone"), TRAINER_STOPPED);
	steer(1, undone, 3);
	assert_int_equal(resume_steered("gone"), TRAINER_FINISHED);
	log_read(&l, "gone");
	assert_true(with_cause(&l, EV_LR, CAUSE_UNDO)->lr.value == 0.1);
	assert_string_equal(with_cause(&l, EV_FREEZE, CAUSE_UNDO)->freeze.frozen, "0-1");
	assert_true(l.h.layers[2].lr_scale == 1);
	log_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_rate_set_by_hand_is_taken_back, calm),
	    cmocka_unit_test_setup(many_steps_are_taken_back_as_one, calm),
	    cmocka_unit_test_setup(layers_thawed_by_hand_are_frozen_again, calm),
	    cmocka_unit_test_setup(a_lower_rate_is_not_taken_back, calm),
	    cmocka_unit_test_setup(going_back_ends_as_if_nothing_had_been, calm),
	    cmocka_unit_test_setup(it_pauses_and_goes_on_when_told, calm),
	    cmocka_unit_test_setup(nobody_answers_and_the_best_is_kept, calm),
	    cmocka_unit_test_setup(asked_to_stop_it_does_not_ask, calm),
	    cmocka_unit_test_setup(a_failed_run_goes_on_from_its_best, calm),
	    cmocka_unit_test_setup(any_kept_epoch_will_do, calm),
	    cmocka_unit_test_setup(undo_reaches_over_the_start_of_a_phase, calm),
	    cmocka_unit_test_setup(undo_reaches_over_a_resume, calm),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
