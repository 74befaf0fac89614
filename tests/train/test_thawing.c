/* Gradual unfreezing as a plan, on a stand-in network whose base is one block. */
#include "saying.h"

/* The base thaws when the second epoch of the second phase begins: after iteration 12. */
static const char *const gradual[] = {"train.batch=7",           "data.augment.flip=true",
				      "phases.tune.freeze=base", "phases.tune.thaw_every=1",
				      "train.keep=0"};
#define N_GRADUAL (sizeof(gradual) / sizeof(*gradual))
#define THAWS_AT 12

static void train_gradual(const char *name, const struct said *what)
{
	no_life(NULL);
	assert_int_equal(what ? train_saying(name, what, gradual, N_GRADUAL)
			      : train_steered(name, gradual, N_GRADUAL),
			 TRAINER_FINISHED);
}

/* The newest freeze event of a run, and what the newest thaw event says is left. */
static void want_end(const char *name, const char *frozen, size_t n_left)
{
	struct log l;
	log_read(&l, name);
	const char *now = find(&l, EV_FREEZE, count(&l, EV_FREEZE) - 1)->freeze.frozen;
	if (strcmp(now, frozen) != 0)
		fail_msg("%s: frozen %s at the end, wanted %s", name, now, frozen);
	assert_int_equal(find(&l, EV_THAW, count(&l, EV_THAW) - 1)->thaw.n_steps, n_left);
	assert_int_equal(history_digests_changed(&l.h), 0);
	log_free(&l);
}

static void a_block_thaws_when_it_is_due(void **state)
{
	(void)state;
	struct log l;
	train_gradual("gradual", NULL);
	log_read(&l, "gradual");
	const struct event_freeze *f = &find(&l, EV_FREEZE, count(&l, EV_FREEZE) - 1)->freeze;
	assert_int_equal(f->iter, THAWS_AT);
	assert_int_equal(f->cause, CAUSE_PHASE);
	assert_string_equal(f->was, "0-1");
	assert_string_equal(f->frozen, "1");
	const struct event_thaw *t = &find(&l, EV_THAW, 0)->thaw;
	assert_int_equal(t->every, 1);
	assert_int_equal(t->n_steps, 1);
	assert_int_equal(t->steps[0].epoch, 4);
	assert_string_equal(t->steps[0].layers, "0");
	assert_int_equal(find(&l, EV_EPOCH, 2)->epoch.n_frozen, 1);
	assert_int_equal(find(&l, EV_EPOCH, 3)->epoch.n_frozen, 0);
	/* The head is trained until then, and fine-tuned from there on. */
	assert_int_equal(l.h.stages[STAGE_HEAD].state, STAGE_DONE);
	assert_int_equal(l.h.stages[STAGE_TUNE].state, STAGE_DONE);
	assert_non_null(strstr(l.h.stages[STAGE_TUNE].in, "579 parameters learn"));
	assert_float_equal(l.h.layers[0].lr_scale, 0.5, 1e-12); /* layer_decay */
	assert_int_equal(history_digests_changed(&l.h), 0);
	log_free(&l);
	want_end("gradual", "1", 0);
}

/* Before, at and behind the epoch's begin at which the block thaws. */
static void stopped_anywhere_it_goes_on_to_the_bit(void **state)
{
	(void)state;
	train_gradual("whole", NULL);
	for (int i = THAWS_AT - 2; i <= THAWS_AT + 2; i++) {
		char name[32];
		snprintf(name, sizeof(name), "cut-%d", i);
		no_life(NULL);
		stop_after = i;
		assert_int_equal(train_steered(name, gradual, N_GRADUAL), TRAINER_STOPPED);
		resume_to_end(name);
		same_files("whole", name);
		want_end(name, "1", 0);
	}
}

/* What is done by hand before the block is due, and what is frozen in the end. */
static void a_hand_goes_before_the_plan(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct said what[4];
		const char *frozen;
		bool same; /* in the end all is as if nothing had been done */
	} cases[] = {
	    {"held", {{10, "freeze", "0"}}, "0-1", false},
	    {"held-undone", {{10, "freeze", "0"}, {11, "undo", NULL}}, "1", true},
	    {"held-thawed", {{10, "freeze", "0"}, {11, "unfreeze", "0"}}, "1", false},
	    {"off", {{10, "thaw-every", "off"}}, "0-1", false},
	    {"off-undone", {{10, "thaw-every", "off"}, {11, "undo", NULL}}, "1", true},
	    {"later", {{10, "thaw-every", "2"}}, "0-1", false},
	    {"undone-after", {{10, "unfreeze", "1"}, {14, "undo", NULL}}, "1", false},
	    {"early", {{10, "unfreeze", "0"}}, "1", false},
	};
	train_gradual("by-plan", NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		train_gradual(cases[i].name, cases[i].what);
		want_end(cases[i].name, cases[i].frozen, 0);
		if (cases[i].same)
			same_files("by-plan", cases[i].name);
	}
}

/* A run without the setting is given a plan, which its next epoch follows. */
static void a_plan_can_be_made_by_hand(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.batch=7", "phases.tune.freeze=base"};
	static const struct said what[] = {{10, "thaw-every", "1"}, {0, NULL, NULL}};
	struct log l;
	no_life(NULL);
	assert_int_equal(train_saying("made", what, sets, 2), TRAINER_FINISHED);
	log_read(&l, "made");
	assert_int_equal(find(&l, EV_THAW, 0)->thaw.cause, CAUSE_USER);
	assert_int_equal(find(&l, EV_THAW, 0)->thaw.iter, 10);
	log_free(&l);
	want_end("made", "1", 0);
}

static void what_a_hand_holds_is_held_after_a_resume(void **state)
{
	(void)state;
	static const struct said what[] = {{9, "freeze", "0"}, {0, NULL, NULL}},
				 every[] = {{9, "thaw-every", "off"}, {0, NULL, NULL}};
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "off-on" : "held-on";
		no_life(NULL);
		stop_after = 10;
		assert_int_equal(train_saying(name, i ? every : what, gradual, N_GRADUAL),
				 TRAINER_STOPPED);
		no_life(NULL);
		resume_to_end(name);
		want_end(name, "0-1", 0);
	}
}

static void a_plan_that_means_nothing_is_told(void **state)
{
	(void)state;
	static const char *const bare[] = {"phases.tune.thaw_every=1"};
	struct errinfo e = {0};
	assert_int_equal(train("bare", bare, 1, &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "--set phases.tune.thaw_every=1: phase tune: thaw_every:"));
	assert_non_null(strstr(e.msg, "nothing is frozen"));
	static const char *const late[] = {"phases.tune.freeze=base", "phases.tune.thaw_every=2"};
	const struct trainer_options o = {
	    .experiment = yaml, .runs = runs, .sets = late, .n_sets = 2, .report_fd = -1};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_int_equal(trainer_check(&o, out, &e), ERR_OK);
	fclose(out);
	assert_non_null(strstr(text, "would thaw after 2 epochs, but the phase has 2"));
	free(text);
}

static void a_check_prints_the_schedule(void **state)
{
	(void)state;
	struct errinfo e;
	const struct trainer_options o = {
	    .experiment = yaml, .runs = runs, .sets = gradual, .n_sets = N_GRADUAL, .report_fd = -1};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_int_equal(trainer_check(&o, out, &e), ERR_OK);
	fclose(out);
	assert_non_null(strstr(
	    text, "thaws 0 at epoch 2 of the phase; then frozen 1: 579 parameters learn"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_block_thaws_when_it_is_due, no_life),
	    cmocka_unit_test_setup(stopped_anywhere_it_goes_on_to_the_bit, no_life),
	    cmocka_unit_test_setup(a_hand_goes_before_the_plan, no_life),
	    cmocka_unit_test_setup(a_plan_can_be_made_by_hand, no_life),
	    cmocka_unit_test_setup(what_a_hand_holds_is_held_after_a_resume, no_life),
	    cmocka_unit_test_setup(a_plan_that_means_nothing_is_told, reset_fake),
	    cmocka_unit_test_setup(a_check_prints_the_schedule, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
