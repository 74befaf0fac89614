/* Rules that end a phase or the run, or cut the rate, on a stand-in network with scripted figures. */
#include "scripted.h"

#define N_OF(sets) (sizeof(sets) / sizeof(*(sets)))

/* No gain of 0.1 in accuracy after the second epoch. */
static const char *const idle[] = {"222", "333", "333", "433", "333", NULL};

static void want_reason(const struct log *l, const char *reason)
{
	assert_int_equal(l->h.end.status, END_FINISHED);
	assert_string_equal(l->h.end.reason, reason);
}

/* ---- stop ---- */

static const char *const stops[] = {SCRIPTED, "phases.head.epochs=6", "stop.patience=2",
				    "stop.min_delta=0.1"};
static const char no_gain[] =
    "stopped early: no gain of 0.1 in accuracy for 2 epochs (best 0.8333 at epoch 4)";

static void without_a_gain_the_run_finishes(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train_scripted("idle", idle, stops, N_OF(stops)), TRAINER_FINISHED);
	log_read(&l, "idle");
	want_reason(&l, no_gain);
	assert_int_equal(l.h.end.epochs, 4);
	assert_int_equal(l.h.end.iters, 4 * PER_EPOCH);
	const struct event_control *ending = &find_control(&l, CONTROL_ENDING, 0)->control;
	assert_int_equal(ending->cause, CAUSE_RULE);
	assert_int_equal(ending->iter, 4 * PER_EPOCH);
	assert_string_equal(ending->why, no_gain);
	assert_null(find_control(&l, CONTROL_ENDING, 1));
	assert_int_equal(l.h.markers[l.h.n_markers - 1].kind, MARK_RULE);
	assert_string_equal(l.h.run.stop,
			    "the run ends after 2 epochs without a gain of 0.1 in accuracy");
	assert_int_equal(l.h.stages[STAGE_HEAD].state, STAGE_DONE);
	assert_int_equal(l.h.phase, 0);
	assert_false(l.h.ending.on);
	log_free(&l);
}

static void or_the_phase_ends_and_the_next_counts_anew(void **state)
{
	(void)state;
	static const char *const sets[] = {
	    SCRIPTED,          "phases.head.epochs=6", "phases.tune.epochs=6",
	    "stop.patience=2", "stop.min_delta=0.1",   "stop.ends=phase"};
	static const char *const lines[] = {"222", "333", "333", "433", /* head */
					    "222", "222", "222", NULL};
	struct log l;
	assert_int_equal(train_scripted("phases", lines, sets, N_OF(sets)), TRAINER_FINISHED);
	log_read(&l, "phases");
	want_reason(&l,
		    "stopped early: no gain of 0.1 in accuracy for 2 epochs (best 0.5 at epoch 5)");
	assert_int_equal(l.h.end.epochs, 7);
	const struct event_control *ending = &find_control(&l, CONTROL_ENDING, 0)->control;
	assert_string_equal(ending->why, "phase head ends early: no gain of 0.1 in accuracy for 2 "
					 "epochs (best 0.8333 at epoch 4)");
	assert_int_equal(find_control(&l, CONTROL_NEXT_PHASE, 0)->control.cause, CAUSE_RULE);
	assert_string_equal(find(&l, EV_EPOCH, 4)->epoch.phase, "tune");
	assert_int_equal(l.h.stages[STAGE_TUNE].state, STAGE_DONE);
	log_free(&l);
}

/* The figure that counts, and what of it. */
static void a_metric_decides(void **state)
{
	(void)state;
	static const struct {
		const char *name, *metric, *after;
		int64_t epochs;
	} cases[] = {
	    {"by-accuracy", "stop.metric=accuracy", "stop.after=0", 3},
	    {"by-loss", "stop.metric=loss", "stop.after=0", 3},
	    {"by-f1", "stop.metric=f1", "stop.after=0", 5},
	    {"by-recall", "stop.metric=recall:stripes", "stop.after=0", 7},
	    {"after-3", "stop.metric=accuracy", "stop.after=3", 6},
	};
	/* As many hits in each, better spread from epoch to epoch. */
	static const char *const lines[] = {"440", "431", "332", "323", "224", "044", NULL};
	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *const sets[] = {SCRIPTED, "phases.head.epochs=9", "stop.patience=2",
					    cases[i].metric, cases[i].after};
		struct log l;
		train_scripted(cases[i].name, lines, sets, N_OF(sets));
		log_read(&l, cases[i].name);
		if (l.h.end.epochs != cases[i].epochs)
			fail_msg("%s: ended after %lld epochs: %s", cases[i].name,
				 (long long)l.h.end.epochs, l.h.end.reason);
		log_free(&l);
	}
}

static void in_the_last_epoch_there_is_nothing_to_end(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED,          "phases.head.epochs=4",
					   "stop.patience=2", "stop.min_delta=0.1",
					   "stop.ends=phase", "phases.tune.until.acc=0.8"};
	static const char *const lines[] = {"222", "333", "333", "433", "333", "444", NULL};
	struct log l;
	assert_int_equal(train_scripted("last", lines, sets, N_OF(sets)), TRAINER_FINISHED);
	log_read(&l, "last");
	want_reason(&l, "all phases are done");
	assert_int_equal(l.h.end.epochs, 6);
	assert_null(find_control(&l, CONTROL_ENDING, 0));
	log_free(&l);
}

/* ---- until ---- */

static void a_phase_ends_once_all_goals_are_reached(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED, "phases.head.epochs=6",
					   "phases.head.until.acc=0.75",
					   "phases.head.until.recall={stripes: 0.5}"};
	static const char *const lines[] = {"222", "441", "333", "222", NULL};
	struct log l;
	assert_int_equal(train_scripted("until", lines, sets, N_OF(sets)), TRAINER_FINISHED);
	log_read(&l, "until");
	want_reason(&l, "all phases are done");
	assert_int_equal(l.h.end.epochs, 5);
	assert_string_equal(find(&l, EV_EPOCH, 3)->epoch.phase, "tune");
	assert_string_equal(find_control(&l, CONTROL_ENDING, 0)->control.why,
			    "phase head ends early: reached accuracy 0.75 (0.75), "
			    "recall of stripes 0.5 (0.75)");
	assert_string_equal(l.h.phases[0].until, "accuracy 0.75, recall of stripes 0.5");
	log_free(&l);
}

static void a_loss_is_reached_from_above(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED, "phases.tune.epochs=5",
					   "phases.tune.until.loss=0.2"};
	static const char *const lines[] = {"444", "333", "333", "433", "444", NULL};
	struct log l;
	assert_int_equal(train_scripted("loss", lines, sets, N_OF(sets)), TRAINER_FINISHED);
	log_read(&l, "loss");
	want_reason(&l, "stopped early: reached loss 0.2 (0.1054)");
	assert_int_equal(l.h.end.epochs, 5);
	log_free(&l);
}

/* ---- plateau ---- */

static void without_a_gain_the_rate_is_cut(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED,
					   "phases.head.epochs=9",
					   "phases.head.lr=0.1",
					   "plateau.patience=2",
					   "plateau.cooldown=1",
					   "plateau.min_lr=0.03",
					   "plateau.factor=0.5"};
	static const char *const lines[] = {"222", NULL};
	struct log l;
	assert_int_equal(train_scripted("cut", lines, sets, N_OF(sets)), TRAINER_FINISHED);
	log_read(&l, "cut");
	const struct event_lr *cut[3] = {0};
	size_t n = 0;
	for (size_t i = 0; i < l.n; i++)
		if (l.events[i].type == EV_LR && l.events[i].lr.cause == CAUSE_RULE && n < 3)
			cut[n++] = &l.events[i].lr;
	assert_int_equal(n, 2); /* the third would fall below min_lr */
	assert_int_equal(cut[0]->iter, 3 * PER_EPOCH);
	assert_int_equal(cut[1]->iter, 6 * PER_EPOCH); /* an epoch is not counted */
	assert_true(cut[0]->was == 0.1 && cut[0]->value == 0.05);
	assert_float_equal(cut[1]->value, 0.03, 1e-12);
	assert_string_equal(cut[0]->why, "no gain in accuracy for 2 epochs (best 0.5 at epoch 1)");
	assert_true(find(&l, EV_STEP, 3 * PER_EPOCH)->step.lr.value == 0.05);
	assert_true(find(&l, EV_STEP, 9 * PER_EPOCH)->step.lr.value == 0.01); /* tune's own */
	log_free(&l);
}

/* ---- killed, stopped ---- */

static const char *const all[] = {SCRIPTED,
				  "phases.head.epochs=5",
				  "phases.head.until.acc=0.9",
				  "phases.tune.epochs=7",
				  "phases.tune.schedule=cosine",
				  "train.best=f1",
				  "stop.patience=3",
				  "stop.metric=loss",
				  "plateau.patience=1",
				  "plateau.cooldown=1"};
static const char *const story[] = {"222", "444",               /* until */
				    "443", "444", "443", NULL}; /* stop */
#define STORY_END (7 * PER_EPOCH)

static void train_story(const char *name)
{
	struct log l;
	assert_int_equal(train_scripted(name, story, all, N_OF(all)), TRAINER_FINISHED);
	log_read(&l, name);
	assert_int_equal(l.h.end.iters, STORY_END);
	assert_non_null(strstr(l.h.end.reason, "stopped early: no gain in loss for 3 epochs"));
	assert_non_null(find_control(&l, CONTROL_NEXT_PHASE, 0));
	log_free(&l);
}

/* The decisions that the log tells of, in words. */
static void decisions(const char *name, struct strbuf *out)
{
	struct log l;
	log_read(&l, name);
	for (size_t i = 0; i < l.h.n_markers; i++)
		strbuf_addf(out, "%lld %s\n", (long long)l.h.markers[i].iter, l.h.markers[i].text);
	strbuf_addf(out, "%s, best %lld\n", l.h.end.reason, (long long)history_best(&l.h).epoch);
	log_free(&l);
}

static void same_decisions(const char *a, const char *b)
{
	struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
	decisions(a, &one);
	decisions(b, &two);
	assert_string_equal(one.buf, two.buf);
	strbuf_release(&one);
	strbuf_release(&two);
}

static void killed_anywhere_the_rules_decide_the_same(void **state)
{
	(void)state;
	train_story("story");
	for (int k = PER_EPOCH + 1; k <= STORY_END; k += PER_EPOCH) { /* behind each checkpoint */
		char name[32];
		snprintf(name, sizeof(name), "story-killed-%d", k);
		die_scripted(name, story, all, N_OF(all), k);
		resume_scripted_to_end(name, story, k - 1, (struct trainer_options){0});
		same_files("story", name);
		same_decisions("story", name);
	}
}

static void stopped_anywhere_too(void **state)
{
	(void)state;
	train_story("whole");
	for (int k = PER_EPOCH; k <= STORY_END; k += PER_EPOCH) { /* before the rules decide */
		char name[32];
		snprintf(name, sizeof(name), "story-stopped-%d", k);
		stop_looking = k;
		assert_int_equal(train_scripted(name, story, all, N_OF(all)), TRAINER_STOPPED);
		resume_scripted_to_end(name, story, k, (struct trainer_options){0});
		same_bytes("whole", name, "last.weights");
		if (k < STORY_END) /* else its last state is that of the stop: no epoch's end */
			same_files("whole", name);
		same_decisions("whole", name);
	}
}

/* ---- by hand ---- */

/* Somebody who answers each `ending` in the log with the next of these. */
static struct {
	const char *run;
	const char *const *answers;
	volatile bool gone;
} person;

static size_t endings_in(const char *path)
{
	struct strbuf text = STRBUF_INIT;
	size_t n = 0;
	file_read(path, &text, NULL);
	for (const char *p = text.buf; (p = strstr(p, "\"what\":\"ending\"")); p++)
		n++;
	strbuf_release(&text);
	return n;
}

static void *answer(void *arg)
{
	char *log = run_file(person.run, "events.jsonl"),
	     *path = run_file(person.run, "control.sock");
	struct control_client *c;
	(void)arg;
	while (connect_at(&c, path, NULL))
		poll(NULL, 0, 1);
	assert_int_equal(control_client_introduce(c, NULL, true, false, NULL), ERR_OK);
	control_client_send(c, &(struct command){.type = CMD_UNPAUSE}, NULL);
	for (size_t i = 0; person.answers[i]; i++) {
		struct command cmd;
		while (endings_in(log) <= i && !person.gone)
			poll(NULL, 0, 1);
		assert_int_equal(command_parse_line(&cmd, person.answers[i], NULL), ERR_OK);
		control_client_send(c, &cmd, NULL);
		command_release(&cmd);
	}
	while (!person.gone)
		poll(NULL, 0, 1);
	control_client_close(c);
	free(log);
	free(path);
	return NULL;
}

static enum trainer_status train_answered(const char *name, const char *const *lines,
					  const char *const *answers, const char *const *sets,
					  size_t n_sets)
{
	struct trainer_options o = {.experiment = yaml,
				    .runs = runs,
				    .name = name,
				    .sets = sets,
				    .n_sets = n_sets,
				    .pause = true,
				    .report_fd = -1};
	struct errinfo e = {0};
	pthread_t thread;
	person.run = name;
	person.answers = answers;
	person.gone = false;
	follow_script(lines, 0);
	fake.steps = 0;
	assert_int_equal(pthread_create(&thread, NULL, answer, NULL), 0);
	enum trainer_status status = trainer_run(&o, &e);
	person.gone = true;
	pthread_join(thread, NULL);
	if (status == TRAINER_BAD_INPUT || status == TRAINER_FAILED)
		fail_msg("%s: %s", name, e.msg);
	return status;
}

static const char *const unruled[] = {SCRIPTED, "phases.head.epochs=8"};

/* Trained again nobody is there, and what was answered then is the answer. */
static void same_again(const char *of, const char *name, const char *const *lines)
{
	struct errinfo e = {0};
	struct log l;
	char *path = path_join(runs, of);
	struct trainer_options o = {.again = path, .runs = runs, .name = name, .report_fd = -1};
	follow_script(lines, 0);
	fake.steps = 0;
	assert_int_equal(trainer_run(&o, &e), TRAINER_FINISHED);
	same_bytes(of, name, "last.weights");
	same_bytes(of, name, "last.state");
	log_read(&l, name);
	assert_false(l.h.parted);
	log_free(&l);
	free(path);
}

/* It waits for an answer as long as somebody is there; what is taken back has changed no bit. */
static void an_end_is_taken_back(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED, "phases.head.epochs=8", "stop.patience=2",
					   "stop.min_delta=0.1", "train.rule_wait=1000"};
	static const char *const answers[] = {"undo", "keep-going", NULL};
	struct log l;
	train_scripted("unruled", idle, unruled, N_OF(unruled));
	assert_int_equal(train_answered("answered", idle, answers, sets, N_OF(sets)),
			 TRAINER_FINISHED);
	log_read(&l, "answered");
	want_reason(&l, "all phases are done");
	assert_int_equal(l.h.end.epochs, 10);
	const struct event_control *undone = &find_control(&l, CONTROL_KEEP_GOING, 0)->control,
				   *going = &find_control(&l, CONTROL_KEEP_GOING, 1)->control;
	assert_int_equal(undone->cause, CAUSE_UNDO);
	assert_int_equal(undone->iter, 4 * PER_EPOCH);
	assert_int_equal(find_control(&l, CONTROL_ENDING, 1)->control.iter, 6 * PER_EPOCH);
	assert_int_equal(going->cause, CAUSE_USER);
	assert_string_equal(going->why, "no rule ends phase head early any more");
	log_free(&l);
	same_bytes("unruled", "answered", "last.weights");
	same_bytes("unruled", "answered", "best.weights");
	same_again("answered", "answered-again", idle);
}

static void keep_going_lasts_through_its_phase(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED, "phases.head.epochs=8",
					   "phases.head.until.acc=0.7", "train.rule_wait=1000"};
	static const char *const answers[] = {"keep-going", "next-phase", NULL};
	struct log l;
	act_after = 0;
	assert_int_equal(train_answered("again", idle, answers, sets, N_OF(sets)),
			 TRAINER_FINISHED);
	log_read(&l, "again");
	assert_int_equal(l.h.end.epochs, 10); /* the second end never came: no next-phase */
	log_free(&l);
}

static void watched_without_an_answer_it_ends(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED, "phases.head.epochs=6", "stop.patience=2",
					   "stop.min_delta=0.1", "train.rule_wait=0.5"};
	static const char *const silence[] = {NULL};
	struct log l;
	assert_int_equal(train_answered("silent", idle, silence, sets, N_OF(sets)),
			 TRAINER_FINISHED);
	log_read(&l, "silent");
	want_reason(&l, no_gain);
	const struct event *ending = find_control(&l, CONTROL_ENDING, 0);
	assert_true(l.h.t_ms - ending->t_ms >= 500);
	log_free(&l);
}

/* ---- going on with what a rule has ended ---- */

static void an_early_end_is_an_end(void **state)
{
	(void)state;
	struct errinfo e = {0};
	train_scripted("early", idle, stops, N_OF(stops));
	assert_int_equal(resume_scripted("early", idle, 16, (struct trainer_options){0}, &e),
			 TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "has finished already, after 4 epochs (a rule ended it)"));
	assert_non_null(strstr(e.msg, "--set stop.patience=0"));
}

static void without_the_rule_it_goes_on_as_planned(void **state)
{
	(void)state;
	static const char *const off[] = {"stop.patience=0"};
	static const char *const plan_6[] = {SCRIPTED, "phases.head.epochs=6"};
	train_scripted("planned", idle, plan_6, N_OF(plan_6));
	train_scripted("off", idle, stops, N_OF(stops));
	resume_scripted_to_end("off", idle, 16, (struct trainer_options){.sets = off, .n_sets = 1});
	same_bytes("planned", "off", "last.weights");
	struct log l;
	log_read(&l, "off");
	want_reason(&l, "all phases are done");
	assert_int_equal(l.h.end.epochs, 8);
	log_free(&l);
}

static void with_more_patience_it_counts_on(void **state)
{
	(void)state;
	static const char *const more[] = {"stop.patience=3"};
	train_scripted("patient", idle, stops, N_OF(stops));
	resume_scripted_to_end("patient", idle, 16,
			       (struct trainer_options){.sets = more, .n_sets = 1});
	struct log l;
	log_read(&l, "patient");
	want_reason(
	    &l, "stopped early: no gain of 0.1 in accuracy for 3 epochs (best 0.8333 at epoch 4)");
	assert_int_equal(l.h.end.epochs, 5);
	log_free(&l);
}

/* Whoever asks for more epochs gets them: the rule counts anew. */
static void more_epochs_are_given(void **state)
{
	(void)state;
	static const char *const sets[] = {SCRIPTED, "phases.tune.epochs=6", "stop.patience=2",
					   "stop.min_delta=0.1", "phases.head.epochs=1"};
	static const char *const lines[] = {"222", NULL};
	train_scripted("more", lines, sets, N_OF(sets)); /* it ends after epoch 4 */
	resume_scripted_to_end("more", lines, 16, (struct trainer_options){.more_epochs = 2});
	struct log l;
	log_read(&l, "more");
	assert_int_equal(l.h.end.epochs, 6);
	log_free(&l);
}

/* Nor does the rule keep anybody from going on from a point that is asked for; it counts on there. */
static void a_point_is_gone_on_from(void **state)
{
	(void)state;
	train_scripted("point", idle, stops, N_OF(stops));
	resume_scripted_to_end("point", idle, 16, (struct trainer_options){.from = "best"});
	struct log l;
	log_read(&l, "point");
	assert_int_equal(l.h.n_resumed, 1);
	assert_int_equal(l.h.end.epochs, 5);
	log_free(&l);
}

/* ---- what cannot be ---- */

static void wrong_rules_are_named_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *set, *says;
	} cases[] = {
	    {"stop.metric=recall:disk",
	     "--set stop.metric=recall:disk: stop.metric: no class is called 'disk'; did you mean "
	     "'disc'?"},
	    {"phases.head.until.recall={discs: 0.5}",
	     "--set phases.head.until.recall={discs: 0.5}: phases.0.until.recall: no class is "
	     "called "
	     "'discs'; did you mean 'disc'?"},
	    {"stop.metric=los",
	     "is not best, accuracy, loss, f1, or recall: and the name of a class; "
	     "did you mean 'loss'?"},
	    {"train.best=recall:", "is not accuracy, loss, f1, or recall: and the name of a class"},
	    {"phases.head.until.recall={disc: 2}",
	     "disc: '2' is no share; it must be a number above 0, from 1e-6 to 1"},
	};
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct errinfo e = {0};
		assert_int_equal(train("wrong", &cases[i].set, 1, &e), TRAINER_BAD_INPUT);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("%s: got: %s", cases[i].set, e.msg);
	}
}

static void a_check_tells_the_rules(void **state)
{
	(void)state;
	static const char *const sets[] = {"train.best=f1",
					   "stop.patience=1",
					   "stop.after=1",
					   "phases.head.epochs=3",
					   "plateau.patience=3",
					   "plateau.min_lr=1e-5",
					   "phases.head.until.acc=0.9"};
	static const char *const says[] = {
	    "best by     macro F1\n",
	    "stop        the run ends after 1 epoch without a gain in macro F1, a phase's first 1 "
	    "epoch not counted\n",
	    "plateau     learning rate x0.5 after 3 epochs without a gain in macro F1, not below "
	    "1e-05\n",
	    "            ends early once it reaches accuracy 0.9\n",
	    "stop: it may end the run in phase head, before tune; with stop.ends: phase the next "
	    "one "
	    "follows",
	};
	const struct trainer_options o = {
	    .experiment = yaml, .runs = runs, .sets = sets, .n_sets = N_OF(sets), .report_fd = -1};
	struct errinfo e = {0};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_int_equal(trainer_check(&o, out, &e), ERR_OK);
	fclose(out);
	for (size_t i = 0; i < N_OF(says); i++)
		if (!strstr(text, says[i]))
			fail_msg("wanted '%s' in:\n%s", says[i], text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(without_a_gain_the_run_finishes, no_life),
	    cmocka_unit_test_setup(or_the_phase_ends_and_the_next_counts_anew, no_life),
	    cmocka_unit_test_setup(a_metric_decides, no_life),
	    cmocka_unit_test_setup(in_the_last_epoch_there_is_nothing_to_end, no_life),
	    cmocka_unit_test_setup(a_phase_ends_once_all_goals_are_reached, no_life),
	    cmocka_unit_test_setup(a_loss_is_reached_from_above, no_life),
	    cmocka_unit_test_setup(without_a_gain_the_rate_is_cut, no_life),
	    cmocka_unit_test_setup(killed_anywhere_the_rules_decide_the_same, no_life),
	    cmocka_unit_test_setup(stopped_anywhere_too, no_life),
	    cmocka_unit_test_setup(an_end_is_taken_back, no_life),
	    cmocka_unit_test_setup(keep_going_lasts_through_its_phase, no_life),
	    cmocka_unit_test_setup(watched_without_an_answer_it_ends, no_life),
	    cmocka_unit_test_setup(an_early_end_is_an_end, no_life),
	    cmocka_unit_test_setup(without_the_rule_it_goes_on_as_planned, no_life),
	    cmocka_unit_test_setup(with_more_patience_it_counts_on, no_life),
	    cmocka_unit_test_setup(more_epochs_are_given, no_life),
	    cmocka_unit_test_setup(a_point_is_gone_on_from, no_life),
	    cmocka_unit_test_setup(wrong_rules_are_named_with_their_place, reset_fake),
	    cmocka_unit_test_setup(a_check_tells_the_rules, reset_fake),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
