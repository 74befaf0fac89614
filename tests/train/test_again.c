/* Runs that are trained again, on a stand-in network: whatever was done to one, the other ends with
 * the same bytes, or says where it parted. */
#include "scripted.h"

#define N_OF(sets) (sizeof(sets) / sizeof(*(sets)))

static enum trainer_status try_again(const char *of, const char *name, struct trainer_options o,
				     struct errinfo *e)
{
	char *path = path_join(runs, of);
	o.again = path;
	o.runs = runs;
	o.name = name;
	o.report_fd = -1;
	fake.steps = 0;
	fake.on_step = live;
	enum trainer_status status = trainer_run(&o, e);
	stop_after = kill_after = 0;
	free(path);
	return status;
}

static void again(const char *of, const char *name, enum trainer_status wanted)
{
	struct errinfo e = {0};
	enum trainer_status status = try_again(of, name, (struct trainer_options){0}, &e);
	if (status != wanted)
		fail_msg("%s again: status %d: %s", of, (int)status, e.msg);
}

/* The same weights and state, and nothing that it would call a difference. */
static void same_run(const char *of, const char *name)
{
	struct log l;
	char *best = run_file(of, "best.weights");
	same_bytes(of, name, "last.weights");
	same_bytes(of, name, "last.state");
	if (file_exists(best))
		same_bytes(of, name, "best.weights");
	free(best);
	log_read(&l, name);
	assert_false(l.h.parted);
	assert_string_equal(l.h.run.again, of);
	log_free(&l);
}

static size_t n_given_again(const char *name)
{
	struct log l;
	size_t n = 0;
	log_read(&l, name);
	for (size_t i = 0; i < l.n; i++)
		n += l.events[i].type == EV_COMMAND && l.events[i].command.cause == CAUSE_RERUN;
	log_free(&l);
	return n;
}

/* ---- by hand ---- */

static const char *const busy_hand[][2] = {{"lr", "x0.7"},	 {"freeze", "0"},
					   {"lr-scale", "2 0.3"}, {"undo", NULL},
					   {"lr", "0.013"},	 {"undo", NULL}};
static const char *const next[][2] = {{"lr", "x3"}, {"next-phase", NULL}};

static void by_hand_at(const char *const (*what)[2], size_t n, int at, size_t n_wanted)
{
	char *of = xasprintf("hand-%zu-%d", n, at), *name = xasprintf("%s-again", of),
	     *third = xasprintf("%s-thrice", of);
	acts = what;
	n_acts = n;
	act_after = at;
	assert_int_equal(train_plan(of), TRAINER_FINISHED);
	again(of, name, TRAINER_FINISHED);
	same_run(of, name);
	assert_int_equal(n_given_again(name), n_wanted);
	again(name, third, TRAINER_FINISHED);
	same_files(of, third);
	assert_int_equal(n_given_again(third), n_wanted);
	free(of);
	free(name);
	free(third);
}

/* At each iteration: within an epoch, at the ends of epochs and phases, in the last one. */
static void test_by_hand(void **state)
{
	(void)state;
	for (int at = 1; at < LAST; at += 3)
		by_hand_at(busy_hand, 6, at, at > 8 ? 6 : 5);
}

static void test_next_phase(void **state)
{
	(void)state;
	for (int at = 1; at < LAST; at += 2)
		by_hand_at(next, 2, at, 2);
}

static void test_stopped(void **state)
{
	(void)state;
	for (int at = 1; at < LAST; at += 4) {
		char *of = xasprintf("stopped-%d", at), *name = xasprintf("%s-again", of);
		stop_after = at;
		assert_int_equal(train_plan(of), TRAINER_STOPPED);
		again(of, name, TRAINER_STOPPED);
		same_run(of, name);
		free(of);
		free(name);
	}
}

/* ---- runs that went on ---- */

/* In a process of its own, which dies in a call of net_step(). */
static void die(const char *name, int after)
{
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		kill_after = after;
		train_plan(name);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	act_after = 0;
}

static void test_killed_and_resumed(void **state)
{
	(void)state;
	for (int at = 6; at < LAST; at += 3) {
		char *of = xasprintf("killed-%d", at), *name = xasprintf("%s-again", of);
		acts = busy_hand;
		n_acts = 5;
		act_after = at - 2;
		die(of, at);
		resume_to_end(of);
		again(of, name, TRAINER_FINISHED);
		same_run(of, name);
		free(of);
		free(name);
	}
}

/* What was done after the checkpoint is not done again. */
static void test_void_is_void(void **state)
{
	static const char *const once[][2] = {{"lr", "x0.5"}};
	(void)state;
	assert_int_equal(train_plan("plain"), TRAINER_FINISHED);
	acts = once;
	n_acts = 1;
	act_after = 10; /* the checkpoint is after 8 */
	die("void", 11);
	resume_to_end("void");
	again("void", "void-again", TRAINER_FINISHED);
	assert_int_equal(n_given_again("void-again"), 0);
	same_run("void", "void-again");
	same_bytes("plain", "void-again", "last.weights");
}

static void test_stopped_and_resumed(void **state)
{
	(void)state;
	for (int at = 2; at < LAST; at += 5) {
		char *of = xasprintf("went-on-%d", at), *name = xasprintf("%s-again", of);
		stop_after = at;
		assert_int_equal(train_plan(of), TRAINER_STOPPED);
		resume_to_end(of);
		again(of, name, TRAINER_FINISHED);
		same_run(of, name);
		free(of);
		free(name);
	}
}

static void test_went_back(void **state)
{
	static const char *const back[][2] = {{"lr", "x0.5"}, {"back", "best"}, {"lr", "x0.25"}};
	(void)state;
	acts = back;
	n_acts = 3;
	act_after = 11;
	assert_int_equal(train_plan("back"), TRAINER_FINISHED);
	again("back", "back-again", TRAINER_FINISHED);
	assert_int_equal(n_given_again("back-again"), 1);
	same_bytes("back", "back-again", "last.weights");
}

static void go_on(const char *name, int more, const char *const *sets, size_t n)
{
	struct trainer_options o = {.runs = runs,
				    .name = name,
				    .report_fd = -1,
				    .more_epochs = more,
				    .sets = sets,
				    .n_sets = n};
	struct errinfo e = {0};
	fake.steps = 0;
	if (trainer_resume(&o, &e) != TRAINER_FINISHED)
		fail_msg("%s: %s", name, e.msg);
}

/* The plan was changed where it stood: within an epoch, at the end of one, after the run's. */
static void test_other_plan(void **state)
{
	static const char *const sets[] = {"phases.tune.lr=0.003", "phases.tune.freeze=0",
					   "stop.patience=7"};
	(void)state;
	for (int at = 3; at <= LAST; at++) {
		char *of = xasprintf("other-%d", at), *name = xasprintf("%s-again", of),
		     *third = xasprintf("%s-thrice", of);
		stop_after = at;
		train_plan(of);
		go_on(of, at == LAST ? 1 : at % 2, sets, 3);
		again(of, name, TRAINER_FINISHED);
		same_run(of, name);
		again(name, third, TRAINER_FINISHED);
		same_bytes(of, third, "last.weights");
		free(of);
		free(name);
		free(third);
	}
}

/* A rerun that is killed goes on with what is left of its commands. */
static void test_rerun_goes_on(void **state)
{
	(void)state;
	acts = busy_hand;
	n_acts = 6;
	act_after = 10;
	assert_int_equal(train_plan("went"), TRAINER_FINISHED);
	for (int at = 6; at < LAST; at += 4) {
		char *name = xasprintf("went-%d", at);
		fflush(NULL);
		pid_t child = fork();
		if (child == 0) {
			kill_after = at;
			again("went", name, TRAINER_FINISHED);
			_exit(0);
		}
		assert_int_equal(waitpid(child, NULL, 0), child);
		resume_to_end(name);
		same_run("went", name);
		free(name);
	}
}

/* ---- rules ---- */

static void test_rules(void **state)
{
	static const char *const lines[] = {"211", "222", "222", "222", NULL};
	static const char *const sets[] = {SCRIPTED, "phases.head.epochs=6", "stop.patience=2",
					   "plateau.patience=1", "stop.ends=phase"};
	(void)state;
	train_scripted("ruled", lines, sets, N_OF(sets));
	follow_script(lines, 0);
	struct errinfo e = {0};
	assert_int_equal(try_again("ruled", "ruled-again", (struct trainer_options){0}, &e),
			 TRAINER_FINISHED);
	same_run("ruled", "ruled-again");
}

/* ---- accidents ---- */

static int bad_from, bad_to; /* calls of net_step() whose loss is NaN, inclusive */

static void run_away(int call, struct net *net, struct step_result *r)
{
	live(call, net, r);
	if (call < bad_from || call > bad_to)
		return;
	net->w[3] = NAN;
	r->loss = NAN;
	r->finite = false;
}

static enum trainer_status again_accident(const char *of, const char *name)
{
	struct errinfo e = {0};
	char *path = path_join(runs, of);
	struct trainer_options o = {.again = path, .runs = runs, .name = name, .report_fd = -1};
	fake.steps = 0;
	fake.on_step = run_away;
	enum trainer_status status = trainer_run(&o, &e);
	free(path);
	return status;
}

/* Three on end, and somebody's decision: it needs nobody to be there a second time. */
static void test_accidents(void **state)
{
	static const char *const decisions[][2][2] = {{{"lr", "x0.5"}, {"lr", "x0.5"}},
						      {{"freeze", "0"}, {"unpause", NULL}},
						      {{"lr", "x0.5"}, {"undo", NULL}}};
	const char *sets[N_PLAN + 1];
	(void)state;
	memcpy(sets, plan, sizeof(plan));
	sets[N_PLAN] = "train.accident_wait=1000";
	for (size_t i = 0; i < N_OF(decisions); i++) {
		char *of = xasprintf("accident-%zu", i), *name = xasprintf("%s-again", of);
		acts = decisions[i];
		n_acts = 2;
		act_after = 12;
		bad_from = 10;
		bad_to = 12;
		fake.on_step = run_away;
		assert_int_equal(train_steered(of, sets, N_PLAN + 1), TRAINER_FINISHED);
		assert_int_equal(again_accident(of, name), TRAINER_FINISHED);
		same_run(of, name);
		free(of);
		free(name);
	}
	bad_from = bad_to = 0;
}

/* ---- where it parts ---- */

static void parts(const char *of, const char *name, struct trainer_options o, int64_t iter,
		  const char *event)
{
	struct errinfo e = {0};
	struct log l;
	assert_int_equal(try_again(of, name, o, &e), TRAINER_FINISHED);
	log_read(&l, name);
	const struct event *ev = find(&l, EV_PARTED, 0);
	assert_non_null(ev);
	assert_null(find(&l, EV_PARTED, 1));
	assert_string_equal(ev->parted.event, event);
	assert_int_equal(ev->parted.iter, iter);
	assert_true(l.h.parted);
	assert_int_equal(l.h.end.iters, LAST);
	log_free(&l);
}

static bool noted(const char *name, const char *says)
{
	struct log l;
	bool any = false;
	log_read(&l, name);
	for (size_t i = 0; i < l.h.n_notes; i++)
		any = any || strstr(l.h.notes[i].text, says);
	log_free(&l);
	return any;
}

static void test_other_settings(void **state)
{
	static const char *const rate[] = {"phases.tune.lr=0.011"}, *const seed[] = {"train.seed=8"};
	(void)state;
	assert_int_equal(train_plan("one"), TRAINER_FINISHED);
	parts("one", "rate", (struct trainer_options){.sets = rate, .n_sets = 1}, 9, "step");
	assert_true(noted("rate", "parted from one at iteration 9: the learning rate was 0.0"));
	parts("one", "seed", (struct trainer_options){.sets = seed, .n_sets = 1}, 1, "step");
	parts("one", "threads", (struct trainer_options){.sets = seed, .n_sets = 1, .threads = 2}, 1,
	      "step");
}

/* One of the pictures has other bytes. */
static void test_other_picture(void **state)
{
	struct strbuf was = STRBUF_INIT, other = STRBUF_INIT;
	char *a = path_join(root, "train/disc/000.png"), *b = path_join(root, "train/frame/000.png");
	(void)state;
	assert_int_equal(file_read(a, &was, NULL), ERR_OK);
	assert_int_equal(file_read(b, &other, NULL), ERR_OK);
	assert_int_equal(file_write_atomic(a, other.buf, other.len, NULL), ERR_OK);
	struct errinfo e = {0};
	assert_int_equal(try_again("one", "picture", (struct trainer_options){0}, &e),
			 TRAINER_FINISHED);
	assert_int_equal(file_write_atomic(a, was.buf, was.len, NULL), ERR_OK);
	assert_true(noted("picture", "as many pictures, but some are changed"));
	assert_true(noted("picture", "parted from one at iteration"));
	assert_true(noted("picture", "iterations"));
	again("one", "one-again", TRAINER_FINISHED);
	same_run("one", "one-again");
	free(a);
	free(b);
	strbuf_release(&was);
	strbuf_release(&other);
}

static void test_until(void **state)
{
	static const struct {
		const char *where;
		int64_t iter;
	} places[] = {{"epoch 3", 12}, {"iter 7", 7}, {"iter=1", 1}};
	(void)state;
	for (size_t i = 0; i < N_OF(places); i++) {
		struct trainer_options o = {.until = places[i].where};
		struct errinfo e = {0};
		struct log l;
		char *name = xasprintf("until-%zu", i);
		assert_int_equal(try_again("one", name, o, &e), TRAINER_STOPPED);
		log_read(&l, name);
		assert_int_equal(l.h.end.iters, places[i].iter);
		assert_false(l.h.parted);
		log_free(&l);
		free(name);
	}
	struct errinfo e = {0};
	assert_int_equal(try_again("one", "no", (struct trainer_options){.until = "epoch 9"}, &e),
			 TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "one did not come to the end of epoch 9"));
	assert_int_equal(try_again("one", "no", (struct trainer_options){.until = "9"}, &e),
			 TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "write epoch 5 or iter 900"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_by_hand, no_life),
	    cmocka_unit_test_setup(test_next_phase, no_life),
	    cmocka_unit_test_setup(test_stopped, no_life),
	    cmocka_unit_test_setup(test_killed_and_resumed, no_life),
	    cmocka_unit_test_setup(test_void_is_void, no_life),
	    cmocka_unit_test_setup(test_stopped_and_resumed, no_life),
	    cmocka_unit_test_setup(test_went_back, no_life),
	    cmocka_unit_test_setup(test_other_plan, no_life),
	    cmocka_unit_test_setup(test_rerun_goes_on, no_life),
	    cmocka_unit_test_setup(test_rules, no_life),
	    cmocka_unit_test_setup(test_accidents, no_life),
	    cmocka_unit_test_setup(test_other_settings, no_life),
	    cmocka_unit_test_setup(test_other_picture, no_life),
	    cmocka_unit_test_setup(test_until, no_life),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
