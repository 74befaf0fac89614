/* Runs that are to do more than was planned: longer, at other rates, with their pictures in another
 * place. */
#include "resumed.h"

/* Rates that do not depend on the phase's length. */
static const char *const steady[] = {"train.batch=7", "data.augment.flip=true", "train.keep=0"};
static const char *const steady_6[] = {"train.batch=7", "data.augment.flip=true", "train.keep=0",
				       "phases.tune.epochs=6"};
#define N_STEADY (sizeof(steady) / sizeof(*steady))

static enum trainer_status go_on(const char *name, int more, const char *const *sets, size_t n,
				 struct errinfo *e)
{
	struct trainer_options o = {.runs = runs,
				    .name = name,
				    .report_fd = -1,
				    .more_epochs = more,
				    .sets = sets,
				    .n_sets = n};
	fake.steps = 0;
	return trainer_resume(&o, e);
}

static void go_on_to_end(const char *name, int more, const char *const *sets, size_t n)
{
	struct errinfo e = {0};
	enum trainer_status status = go_on(name, more, sets, n, &e);
	if (status != TRAINER_FINISHED)
		fail_msg("%s: status %d: %s", name, (int)status, e.msg);
}

static void refused(const char *name, int more, const char *const *sets, size_t n, const char *says)
{
	struct errinfo e = {0};
	assert_int_equal(go_on(name, more, sets, n, &e), TRAINER_BAD_INPUT);
	if (!strstr(e.msg, says))
		fail_msg("%s: wanted '%s', got: %s", name, says, e.msg);
}

static void begin(const char *name)
{
	assert_int_equal(train(name, steady, N_STEADY, NULL), TRAINER_FINISHED);
}

/* Put `to` in the place of the last `from` of the run's experiment.yaml. */
static void edit(const char *name, const char *from, const char *to)
{
	struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	char *path = run_file(name, "experiment.yaml"), *at = NULL;
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	for (char *p = text.buf; (p = strstr(p, from)); p++)
		at = p;
	assert_non_null(at);
	strbuf_add(&out, text.buf, (size_t)(at - text.buf));
	strbuf_addf(&out, "%s%s", to, at + strlen(from));
	assert_int_equal(file_write_atomic(path, out.buf, out.len, NULL), ERR_OK);
	strbuf_release(&text);
	strbuf_release(&out);
	free(path);
}

static bool noted(const struct log *l, const char *says)
{
	for (size_t i = 0; i < l->h.n_notes; i++)
		if (strstr(l->h.notes[i].text, says))
			return true;
	return false;
}

/* --- more epochs --- */

static void longer_after_the_end_is_longer_from_the_start(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(train("long", steady_6, N_STEADY + 1, NULL), TRAINER_FINISHED);
	begin("asked");
	refused("asked", 0, NULL, 0, "finished already, after 4 epochs; `thaw resume");
	refused("asked", 0, NULL, 0, "--epochs N` goes on for N more");
	go_on_to_end("asked", 4, NULL, 0);
	same_files("long", "asked");
	begin("twice");
	go_on_to_end("twice", 1, NULL, 0);
	go_on_to_end("twice", 3, NULL, 0);
	same_files("long", "twice");
	begin("edited");
	edit("edited", "    epochs: 2", "    epochs: 6");
	go_on_to_end("edited", 0, NULL, 0);
	same_files("long", "edited");
	begin("set");
	go_on_to_end("set", 0, (const char *const[]){"phases.tune.epochs=6"}, 1);
	same_files("long", "set");
	log_read(&l, "asked");
	assert_int_equal(l.h.n_epochs, 8);
	assert_int_equal(l.h.run.epochs, 8);
	assert_int_equal(l.h.end.status, END_FINISHED);
	assert_int_equal(l.h.end.epochs, 8);
	assert_int_equal(l.h.n_resumed, 1);
	assert_int_equal(l.h.phases[1].epochs, 6);
	assert_int_equal(history_digests_changed(&l.h), 0);
	assert_true(noted(&l, "resumed with --epochs 4"));
	assert_true(noted(&l, "plan changed: phase tune: epochs 2 -> 6"));
	log_free(&l);
}

static void more_than_can_be_is_refused(void **state)
{
	(void)state;
	begin("endless");
	refused("endless", 100000, NULL, 0, "phase tune would have 100002 epochs");
	refused("endless", 0, (const char *const[]){"phases.tune.epochs=1"}, 1, "finished already");
	refused("endless", 0, (const char *const[]){"phases.mine.epochs=9"}, 1,
		"there is no phase 'mine'");
	refused("endless", 1, (const char *const[]){"train.batch=8"}, 1,
		"train.batch is 8, but the run was begun with 7");
	refused("endless", 1, (const char *const[]){"data.resize=crop"}, 1,
		"data.resize is crop, but the run was begun with letterbox");
	refused("endless", 1, (const char *const[]){"network.weights=none"}, 1,
		"network.weights is none, but");
}

/* What is planned comes first, then the more. */
static void a_stopped_run_is_made_longer(void **state)
{
	(void)state;
	stop_after = 6;
	fake.steps = 0;
	assert_int_equal(train("halted", steady, N_STEADY, NULL), TRAINER_STOPPED);
	stop_after = 0;
	go_on_to_end("halted", 4, NULL, 0);
	same_files("long", "halted");
}

static enum trainer_status ended_by_hand(const char *name, int in_call)
{
	static const char *const next[][2] = {{"next-phase", NULL}};
	acts = next;
	n_acts = 1;
	act_after = in_call;
	return train_steered(name, steady, N_STEADY);
}

/* An epoch that was cut short counts as none of the phase's; it can go on again and again. */
static void an_end_by_hand_is_no_end(void **state)
{
	(void)state;
	struct log l;
	assert_int_equal(ended_by_hand("cut", 10), TRAINER_FINISHED);
	log_read(&l, "cut");
	assert_int_equal(l.h.n_epochs, 3);
	assert_int_equal(l.h.end.iters, 10);
	log_free(&l);
	refused("cut", 0, NULL, 0, "finished already, after 3 epochs");
	go_on_to_end("cut", 2, NULL, 0);
	go_on_to_end("cut", 1, NULL, 0);
	log_read(&l, "cut");
	assert_int_equal(l.h.n_epochs, 6);
	assert_int_equal(l.h.end.iters, 10 + 3 * 4);
	assert_int_equal(l.h.phases[1].epochs, 3);
	log_free(&l);
}

/* --- another plan --- */

static struct history_step first_step_of(const struct log *l, int64_t epoch)
{
	for (size_t i = 0; i < l->h.n_steps; i++)
		if (history_step_at(&l->h, i).epoch == epoch)
			return history_step_at(&l->h, i);
	fail_msg("no step of epoch %lld", (long long)epoch);
	return (struct history_step){0};
}

static void a_schedule_is_stretched_over_its_new_length(void **state)
{
	(void)state;
	struct log l, whole;
	static const char *const cosine[] = {"train.batch=7", "phases.tune.schedule=cosine"};
	static const char *const cosine_4[] = {"train.batch=7", "phases.tune.schedule=cosine",
					       "phases.tune.epochs=4"};
	assert_int_equal(train("cosine", cosine, 2, NULL), TRAINER_FINISHED);
	assert_int_equal(train("cosine-4", cosine_4, 3, NULL), TRAINER_FINISHED);
	go_on_to_end("cosine", 2, NULL, 0);
	log_read(&l, "cosine");
	log_read(&whole, "cosine-4");
	assert_int_equal(l.h.n_steps, whole.h.n_steps);
	double rate = first_step_of(&l, 5).lr.value;
	assert_true(rate > history_step_at(&l.h, 15).lr.value); /* it had come down */
	assert_true(rate == first_step_of(&whole, 5).lr.value);
	const struct event *told = NULL;
	for (size_t i = 0; i < l.n; i++)
		if (l.events[i].type == EV_LR && l.events[i].lr.cause == CAUSE_RESUME)
			told = &l.events[i];
	assert_non_null(told);
	assert_true(told->lr.value == rate && told->lr.was == history_step_at(&l.h, 15).lr.value);
	log_free(&l);
	log_free(&whole);
}

static void what_was_set_holds_on(void **state)
{
	(void)state;
	struct log l;
	begin("other");
	go_on_to_end("other", 1,
		     (const char *const[]){"phases.tune.lr=0.005", "phases.tune.freeze=base",
					   "train.decay=0.001"},
		     3);
	go_on_to_end("other", 1, NULL, 0);
	log_read(&l, "other");
	assert_true(first_step_of(&l, 4).lr.value == 0.01);
	assert_true(first_step_of(&l, 5).lr.value == 0.005);
	assert_true(first_step_of(&l, 6).lr.value == 0.005);
	assert_string_equal(l.h.phases[1].freeze, l.h.phases[0].freeze);
	assert_true(layerset_has(&l.h.frozen, 0));
	assert_int_equal(history_digests_changed(&l.h), 0);
	assert_true(noted(&l, "resumed with --epochs 1 --set phases.tune.lr=0.005 --set"));
	assert_true(noted(&l, "phase tune: epochs 2 -> 3, lr 0.01 -> 0.005, frozen none -> 0"));
	assert_true(noted(&l, "phase tune: epochs 3 -> 4"));
	log_free(&l);
	struct strbuf text = STRBUF_INIT;
	char *path = run_file("other", "experiment.yaml");
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	assert_non_null(strstr(text.buf, "decay: 0.001"));
	assert_non_null(strstr(text.buf, "epochs: 4"));
	strbuf_release(&text);
	free(path);
}

/* Whoever sets a rate means that rate, whatever it was lowered by before. */
static void a_rate_that_is_set_is_the_rate(void **state)
{
	(void)state;
	static const char *const half[][2] = {{"lr", "x0.5"}};
	struct log l;
	acts = half;
	n_acts = 1;
	act_after = 10;
	stop_after = 13;
	assert_int_equal(train_plan("lowered"), TRAINER_STOPPED);
	go_on_to_end("lowered", 0,
		     (const char *const[]){"phases.tune.lr=0.004", "phases.tune.schedule=constant"},
		     2);
	log_read(&l, "lowered");
	assert_true(history_step_at(&l.h, LAST - 1).lr.value == 0.004);
	log_free(&l);
}

/* What one optimiser remembers is nothing to another; the same one goes on with it. */
static void another_optimizer_is_told(void **state)
{
	(void)state;
	static const char moments[] = "train.optimizer is adam, and was sgd: its moments start";
	static const char *const adam[] = {"train.optimizer=adam"};
	struct log l;
	begin("optimizer");
	go_on_to_end("optimizer", 1, NULL, 0);
	log_read(&l, "optimizer");
	assert_false(noted(&l, "its moments start"));
	assert_string_equal(l.h.run.optimizer, "sgd");
	log_free(&l);
	go_on_to_end("optimizer", 1, adam, 1);
	log_read(&l, "optimizer");
	assert_true(noted(&l, moments));
	assert_string_equal(l.h.run.optimizer, "adam");
	assert_true(l.h.run.b1.valid && !l.h.run.momentum.valid);
	log_free(&l);
	go_on_to_end("optimizer", 1, NULL, 0);
	log_read(&l, "optimizer");
	assert_int_equal(count(&l, EV_RUN), 4);
	size_t n = 0;
	for (size_t i = 0; i < l.h.n_notes; i++)
		n += strstr(l.h.notes[i].text, "its moments start") != NULL;
	assert_int_equal(n, 1);
	log_free(&l);
}

static void a_phase_is_added(void **state)
{
	(void)state;
	struct log l;
	begin("more");
	edit("more", "  - name: tune",
	     "  - {name: warm, freeze: none, epochs: 1, lr: 0.02}\n  - name: tune");
	/* That is another phase in the place of the last one; put in their order: */
	edit("more", "name: tune", "name: third");
	edit("more", "name: warm, freeze: none, epochs: 1, lr: 0.02",
	     "name: tune, freeze: none, epochs: 2, lr: 0.01, layer_decay: 0.5");
	go_on_to_end("more", 0, NULL, 0);
	log_read(&l, "more");
	assert_int_equal(l.h.n_epochs, 6);
	assert_string_equal(l.h.epochs[5].phase, "third");
	assert_true(noted(&l, "plan changed: phase third: new, 2 epochs, lr 0.01"));
	log_free(&l);
}

/* --- pictures that lie elsewhere --- */

static char *train_dir, *valid_dir;

static void move_pictures(const char *to)
{
	char *there = path_join(root, to);
	char *train_to = path_join(there, "train"), *valid_to = path_join(there, "valid");
	assert_int_equal(file_mkdirs(there, NULL), ERR_OK);
	assert_int_equal(rename(train_dir, train_to), 0);
	assert_int_equal(rename(valid_dir, valid_to), 0);
	free(there);
	free(train_dir);
	free(valid_dir);
	train_dir = train_to;
	valid_dir = valid_to;
}

static void moved_pictures_are_the_same(void **state)
{
	(void)state;
	train_dir = path_join(root, "train");
	valid_dir = path_join(root, "valid");
	stop_after = 6;
	assert_int_equal(train("away", steady_6, N_STEADY + 1, NULL), TRAINER_STOPPED);
	stop_after = 0;
	char *old_train = xstrdup(train_dir), *old_valid = xstrdup(valid_dir);
	move_pictures("other place");
	refused("away", 0, NULL, 0, "if the pictures were moved: `thaw resume");
	char *at_train = xasprintf("data.images=%s", train_dir),
	     *at_valid = xasprintf("data.valid=%s", valid_dir);
	stop_after = 6;
	assert_int_equal(
	    go_on("away", 0, (const char *const[]){at_train, at_valid}, 2, &(struct errinfo){0}),
	    TRAINER_STOPPED);
	stop_after = 0;
	char *from_train = xasprintf("\"%s\"", train_dir),
	     *from_valid = xasprintf("\"%s\"", valid_dir);
	move_pictures("third");
	edit("away", from_train, train_dir);
	edit("away", from_valid, valid_dir);
	char *one = path_join(train_dir, "disc/003.png"),
	     *two = path_join(train_dir, "disc/004.png");
	char *aside = path_join(root, "aside.png");
	struct strbuf was = STRBUF_INIT, other = STRBUF_INIT;
	assert_int_equal(file_read(one, &was, NULL) | file_read(two, &other, NULL), ERR_OK);
	assert_true(other.len != was.len || memcmp(other.buf, was.buf, was.len) != 0);
	assert_int_equal(file_write_atomic(one, other.buf, other.len, NULL), ERR_OK);
	refused("away", 0, NULL, 0, "some are changed");
	assert_int_equal(file_write_atomic(one, was.buf, was.len, NULL), ERR_OK);
	assert_int_equal(rename(one, aside), 0);
	refused("away", 0, NULL, 0, "23 training and 12 validation images now, 24 and 12 when");
	assert_int_equal(rename(aside, one), 0);
	go_on_to_end("away", 0, NULL, 0);
	same_files("long", "away");
	strbuf_release(&was);
	strbuf_release(&other);
	char *all[] = {old_train, old_valid, at_train, at_valid,  from_train, from_valid,
		       one,       two,       aside,    train_dir, valid_dir};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(longer_after_the_end_is_longer_from_the_start, no_life),
	    cmocka_unit_test_setup(more_than_can_be_is_refused, no_life),
	    cmocka_unit_test_setup(a_stopped_run_is_made_longer, no_life),
	    cmocka_unit_test_setup(an_end_by_hand_is_no_end, no_life),
	    cmocka_unit_test_setup(a_schedule_is_stretched_over_its_new_length, no_life),
	    cmocka_unit_test_setup(what_was_set_holds_on, no_life),
	    cmocka_unit_test_setup(a_rate_that_is_set_is_the_rate, no_life),
	    cmocka_unit_test_setup(another_optimizer_is_told, no_life),
	    cmocka_unit_test_setup(a_phase_is_added, no_life),
	    cmocka_unit_test_setup(moved_pictures_are_the_same, no_life),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
