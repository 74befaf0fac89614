/* Runs that go on, on a stand-in network: wherever one was stopped or killed, it ends as one that
 * never was; and what cannot go on is refused and left as it was. */
#include "fake_run.h"

#include "../../src/train/checkpoint.h"

#include "thaw/wire/control_client.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/wait.h>

/* 24 pictures in batches of 7: the last of an epoch's four is smaller. */
static const char *const plan[] = {"train.batch=7",         "data.augment.flip=true",
				   "data.augment.crop=1.2", "phases.tune.schedule=cosine",
				   "train.keep=0",          "phases.tune.batchnorm=train"};
#define N_PLAN (sizeof(plan) / sizeof(*plan))
#define LAST 16 /* iterations in all */

/* --- what happens to a run, at which of its iterations --- */

static int stop_after, kill_after; /* calls of net_step(); 0 = never */
static int act_after;              /* the commands below are sent in this call */
static const char *const (*acts)[2];
static size_t n_acts;
static struct control_client *hand;
static atomic_bool in_hand;
static char *hand_path;

static void *take_in_hand(void *arg)
{
	(void)arg;
	while (control_client_open(&hand, hand_path, NULL))
		poll(NULL, 0, 1);
	atomic_store(&in_hand, true);
	return NULL;
}

static void act(void)
{
	for (size_t i = 0; i < n_acts; i++) {
		struct command cmd;
		assert_int_equal(command_parse(&cmd, acts[i][0], acts[i][1], NULL), ERR_OK);
		assert_int_equal(control_client_send(hand, &cmd, NULL), ERR_OK);
		command_release(&cmd);
	}
}

static void live(int call, struct net *net, struct step_result *r)
{
	(void)net, (void)r;
	for (int waits = 0; call < act_after && !atomic_load(&in_hand) && waits < 500; waits++)
		poll(NULL, 0, 1); /* the trainer answers between two steps */
	if (call == act_after) {
		assert_true(atomic_load(&in_hand));
		act();
	}
	if (call == stop_after)
		raise(SIGTERM);
	if (call == kill_after)
		raise(SIGKILL);
}

static int no_life(void **state)
{
	reset_fake(state);
	fake.on_step = live;
	stop_after = kill_after = act_after = 0;
	return 0;
}

static enum trainer_status train_plan(const char *name)
{
	pthread_t thread;
	fake.steps = 0;
	hand = NULL;
	atomic_store(&in_hand, false);
	hand_path = run_file(name, "control.sock");
	if (act_after)
		assert_int_equal(pthread_create(&thread, NULL, take_in_hand, NULL), 0);
	struct errinfo e = {0};
	enum trainer_status status = train(name, plan, N_PLAN, &e);
	if (status == TRAINER_BAD_INPUT || status == TRAINER_FAILED)
		fail_msg("%s: %s", name, e.msg);
	if (act_after)
		pthread_join(thread, NULL);
	control_client_close(hand);
	free(hand_path);
	act_after = stop_after = kill_after = 0;
	return status;
}

static enum trainer_status resume_run(const char *name, struct errinfo *e)
{
	struct trainer_options o = {.runs = runs, .name = name, .report_fd = -1};
	fake.steps = 0;
	return trainer_resume(&o, e);
}

static void resume_to_end(const char *name)
{
	struct errinfo e = {0};
	enum trainer_status status = resume_run(name, &e);
	if (status != TRAINER_FINISHED)
		fail_msg("resuming %s: status %d: %s", name, (int)status, e.msg);
}

/* In a process of its own, which dies. */
static void train_and_die(const char *name, int after)
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

/* --- is it the same run --- */

static void same_files(const char *a, const char *b)
{
	static const char *const files[] = {"last.weights", "best.weights", "last.state"};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
		char *p = run_file(a, files[i]), *q = run_file(b, files[i]);
		assert_int_equal(file_read(p, &one, NULL), ERR_OK);
		assert_int_equal(file_read(q, &two, NULL), ERR_OK);
		if (one.len != two.len || memcmp(one.buf, two.buf, one.len) != 0)
			fail_msg("%s and %s differ", p, q);
		strbuf_release(&one);
		strbuf_release(&two);
		free(p);
		free(q);
	}
}

static bool same_number(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static void same_epoch(const struct history_epoch *a, const struct history_epoch *b)
{
	assert_int_equal(a->epoch, b->epoch);
	assert_int_equal(a->iter, b->iter);
	assert_string_equal(a->phase, b->phase);
	assert_true(same_number(a->train.loss, b->train.loss));
	assert_true(same_number(a->train.acc, b->train.acc));
	assert_true(same_number(a->valid.loss, b->valid.loss));
	assert_true(same_number(a->valid.acc, b->valid.acc));
	assert_true(same_number(a->lr, b->lr));
	assert_string_equal(a->words, b->words);
}

/* The screen is a function of the log: both must tell the same story. */
static void same_story(const char *name_a, const char *name_b, int n_resumed)
{
	struct log a, b;
	log_read(&a, name_a);
	log_read(&b, name_b);
	assert_int_equal(b.h.n_resumed, n_resumed);
	assert_int_equal(count(&b, EV_RUN), 1 + n_resumed);
	assert_int_equal(b.h.end.status, END_FINISHED);
	assert_int_equal(a.h.n_steps, b.h.n_steps);
	for (size_t i = 0; i < a.h.n_steps; i++) {
		assert_int_equal(a.h.steps[i].iter, b.h.steps[i].iter);
		assert_int_equal(a.h.steps[i].epoch, b.h.steps[i].epoch);
		assert_true(same_number(a.h.steps[i].loss, b.h.steps[i].loss));
		assert_true(same_number(a.h.steps[i].lr, b.h.steps[i].lr));
	}
	assert_int_equal(a.h.n_epochs, b.h.n_epochs);
	for (size_t i = 0; i < a.h.n_epochs; i++)
		same_epoch(&a.h.epochs[i], &b.h.epochs[i]);
	assert_int_equal(a.h.best_epoch, b.h.best_epoch);
	assert_int_equal(a.h.n_markers, b.h.n_markers);
	for (size_t i = 0; i < a.h.n_markers; i++) {
		assert_int_equal(a.h.markers[i].iter, b.h.markers[i].iter);
		assert_string_equal(a.h.markers[i].text, b.h.markers[i].text);
	}
	assert_int_equal(a.h.n_probe_epochs, b.h.n_probe_epochs);
	for (size_t i = 0; i < a.h.n_probes; i++)
		assert_memory_equal(a.h.probes[i].probs, b.h.probes[i].probs,
				    a.h.n_probe_epochs * a.h.n_probe_classes * sizeof(double));
	assert_true(layerset_equal(&a.h.frozen, &b.h.frozen));
	for (size_t i = 0; i < a.h.n_layers; i++)
		assert_true(same_number(a.h.layers[i].lr_scale, b.h.layers[i].lr_scale));
	assert_int_equal(history_digests_changed(&b.h), 0);
	assert_int_equal(a.h.end.iters, b.h.end.iters);
	for (int i = 0; i < STAGE_N; i++)
		assert_int_equal(b.h.stages[i].state, STAGE_DONE);
	log_free(&a);
	log_free(&b);
}

/* --- stopped --- */

static void stopped_anywhere_it_ends_the_same(void **state)
{
	(void)state;
	assert_int_equal(train_plan("never"), TRAINER_FINISHED);
	for (int k = 1; k <= LAST; k++) {
		char name[32];
		snprintf(name, sizeof(name), "stopped-%d", k);
		stop_after = k;
		assert_int_equal(train_plan(name), TRAINER_STOPPED);
		resume_to_end(name);
		same_files("never", name);
		same_story("never", name, 1);
	}
}

static void stopped_again_and_again_it_ends_the_same(void **state)
{
	(void)state;
	int parts = 1;
	stop_after = 1;
	assert_int_equal(train_plan("again"), TRAINER_STOPPED);
	for (enum trainer_status status = TRAINER_STOPPED; status == TRAINER_STOPPED; parts++) {
		stop_after = 1;
		status = resume_run("again", NULL);
		assert_true(status == TRAINER_STOPPED || status == TRAINER_FINISHED);
	}
	assert_int_equal(parts, LAST + 1); /* one for each iteration, the last to validate */
	stop_after = 0;
	same_files("never", "again");
	same_story("never", "again", LAST);
}

/* After `act_after` iterations and before the stop. */
static void with_interventions(const char *name, const char *const (*what)[2], size_t n, int after)
{
	acts = what;
	n_acts = n;
	act_after = after;
	assert_int_equal(train_plan(name), TRAINER_FINISHED);
	for (int k = after + 1; k <= LAST; k++) {
		char *other = xasprintf("%s-%d", name, k);
		act_after = after;
		stop_after = k;
		assert_int_equal(train_plan(other), TRAINER_STOPPED);
		resume_to_end(other);
		same_files(name, other);
		same_story(name, other, 1);
		free(other);
	}
}

static void interventions_before_the_stop_hold_on(void **state)
{
	(void)state;
	static const char *const thaw[][2] = {{"unfreeze", "0"}, {"lr", "x0.3"}};
	static const char *const freeze[][2] = {{"freeze", "0"}, {"lr", "0.02"}};
	static const char *const scale[][2] = {{"lr-scale", "0 0.3"}, {"lr-scale", "head x0.1"}};
	with_interventions("thawed", thaw, 2, 5);
	with_interventions("scaled", scale, 2, 3);
	with_interventions("frozen", freeze, 2, 10);
}

static void a_phase_ended_by_hand_stays_ended(void **state)
{
	(void)state;
	static const char *const next[][2] = {{"next-phase", NULL}};
	static const char *const next_and_stop[][2] = {{"next-phase", NULL}, {"stop", NULL}};
	acts = next;
	n_acts = 1;
	act_after = 6;
	assert_int_equal(train_plan("left"), TRAINER_FINISHED);
	for (int k = 7; k <= 6 + LAST / 2; k++) {
		char *name = xasprintf("left-%d", k);
		act_after = 6;
		stop_after = k;
		assert_int_equal(train_plan(name), TRAINER_STOPPED);
		resume_to_end(name);
		same_files("left", name);
		same_story("left", name, 1);
		free(name);
	}
	acts = next_and_stop;
	n_acts = 2;
	act_after = 6;
	assert_int_equal(train_plan("left-at-once"), TRAINER_STOPPED);
	resume_to_end("left-at-once");
	same_files("left", "left-at-once");
	same_story("left", "left-at-once", 1);
}

/* --- killed --- */

static void killed_anywhere_it_repeats_and_ends_the_same(void **state)
{
	(void)state;
	for (int k = 1; k <= LAST; k++) {
		char name[32];
		struct errinfo e = {0};
		snprintf(name, sizeof(name), "killed-%d", k);
		train_and_die(name, k);
		if (k <= 4) { /* before the first checkpoint */
			assert_int_equal(resume_run(name, &e), TRAINER_BAD_INPUT);
			assert_non_null(strstr(e.msg, "no checkpoint yet"));
			continue;
		}
		resume_to_end(name);
		same_files("never", name);
		same_story("never", name, 1);
		struct log l;
		log_read(&l, name);
		size_t at = 0;
		while (l.events[at].type != EV_CONTROL)
			at++;
		assert_int_equal(l.events[at].control.what, CONTROL_CONTINUED);
		assert_int_equal(l.events[at].control.iter, (k - 1) / 4 * 4);
		assert_int_equal(l.events[at - 1].type, EV_RUN);
		log_free(&l);
	}
}

/* What was done by hand after the last checkpoint died with the trainer: files and log agree. */
static void interventions_after_the_checkpoint_are_void(void **state)
{
	(void)state;
	static const char *const thaw[][2] = {
	    {"unfreeze", "0"}, {"lr", "x0.3"}, {"lr-scale", "head 0.2"}};
	acts = thaw;
	n_acts = 3;
	act_after = 5;
	train_and_die("lost", 7);
	struct log l;
	log_read(&l, "lost");
	assert_int_equal(l.h.markers[l.h.n_markers - 1].cause, CAUSE_USER);
	log_free(&l);
	resume_to_end("lost");
	same_files("never", "lost");
	same_story("never", "lost", 1);
}

static void a_torn_last_line_is_cut(void **state)
{
	(void)state;
	train_and_die("torn", 10);
	char *path = run_file("torn", "events.jsonl");
	FILE *f = fopen(path, "ae");
	fputs("{\"seq\":999,\"t\":5,\"ev\":\"st", f);
	fclose(f);
	free(path);
	resume_to_end("torn");
	same_files("never", "torn");
	same_story("never", "torn", 1);
}

static void poison(int call, struct net *net, struct step_result *r)
{
	(void)net;
	if (call > 1)
		*r = (struct step_result){.loss = NAN};
}

/* It had lowered the rate before it gave up. */
static void a_failed_run_goes_on_where_it_was_good(void **state)
{
	(void)state;
	struct log l;
	fake.on_step = poison;
	assert_int_equal(train("unlucky", plan, N_PLAN, NULL), TRAINER_FAILED);
	fake.on_step = NULL;
	resume_to_end("unlucky");
	log_read(&l, "unlucky");
	assert_int_equal(l.h.n_epochs, 4);
	assert_int_equal(l.h.end.iters, LAST);
	assert_true(same_number(l.h.steps[3].lr, 0.1 / 2 / 2));
	assert_true(same_number(l.h.steps[4].lr, 0.1 / 2 / 2 / 2)); /* after three accidents */
	log_free(&l);
}

/* --- refused --- */

/* Every name and byte below a directory, in no order. */
static uint64_t sum_of(const char *dir)
{
	uint64_t sum = 0;
	DIR *d = opendir(dir);
	for (struct dirent *ent; (ent = readdir(d));) {
		if (ent->d_name[0] == '.')
			continue;
		char *path = path_join(dir, ent->d_name);
		struct strbuf all = STRBUF_INIT;
		strbuf_addstr(&all, ent->d_name);
		if (file_is_dir(path))
			sum += sum_of(path);
		else
			assert_int_equal(file_read(path, &all, NULL), ERR_OK);
		uint64_t h = UINT64_C(0xcbf29ce484222325);
		for (size_t i = 0; i < all.len; i++)
			h = (h ^ (unsigned char)all.buf[i]) * UINT64_C(0x100000001b3);
		sum += h;
		strbuf_release(&all);
		free(path);
	}
	closedir(d);
	return sum;
}

static void refused(const char *name, const char *says)
{
	struct errinfo e = {0};
	char *dir = run_file(name, "");
	uint64_t before = sum_of(dir);
	assert_int_equal(resume_run(name, &e), TRAINER_BAD_INPUT);
	if (!strstr(e.msg, says))
		fail_msg("%s: wanted '%s', got: %s", name, says, e.msg);
	assert_true(sum_of(dir) == before);
	free(dir);
}

static void read_file(const char *name, const char *file, struct strbuf *out)
{
	char *path = run_file(name, file);
	assert_int_equal(file_read(path, out, NULL), ERR_OK);
	free(path);
}

static void write_file(const char *name, const char *file, const char *data, size_t len)
{
	char *path = run_file(name, file);
	assert_int_equal(file_write_atomic(path, data, len, NULL), ERR_OK);
	free(path);
}

static void damaged_checkpoints_are_refused(void **state)
{
	(void)state;
	struct strbuf good = STRBUF_INIT, weights_file = STRBUF_INIT;
	stop_after = 6;
	assert_int_equal(train_plan("damaged"), TRAINER_STOPPED);
	read_file("damaged", "last.state", &good);
	read_file("damaged", "last.weights", &weights_file);
	for (size_t n = 0; n < good.len; n += n < 600 ? 37 : 499) {
		write_file("damaged", "last.state", good.buf, n);
		refused("damaged", "damaged");
	}
	write_file("damaged", "last.state", good.buf, good.len);
	weights_file.buf[100] ^= 1;
	write_file("damaged", "last.weights", weights_file.buf, weights_file.len);
	refused("damaged", "belong together");
	write_file("damaged", "last.weights", weights_file.buf, weights_file.len - 4);
	refused("damaged", "belong together");
	char *path = run_file("damaged", "last.weights"),
	     *state_path = run_file("damaged", "last.state");
	unlink(path);
	refused("damaged", "last.weights");
	unlink(state_path);
	refused("damaged", "no checkpoint yet");
	weights_file.buf[100] ^= 1;
	write_file("damaged", "last.weights", weights_file.buf, weights_file.len);
	refused("damaged", "last.state");
	/* Killed between the renames of the two: the state has its other name yet. */
	write_file("damaged", "next.state", good.buf, good.len);
	struct state other;
	assert_int_equal(state_decode(&other, good.buf, good.len, NULL), ERR_OK);
	struct strbuf stale = STRBUF_INIT;
	other.weights_sum++;
	state_encode(&other, &stale);
	write_file("damaged", "last.state", stale.buf, stale.len);
	resume_to_end("damaged");
	same_files("never", "damaged");
	state_release(&other);
	strbuf_release(&stale);
	strbuf_release(&good);
	strbuf_release(&weights_file);
	free(path);
	free(state_path);
}

/* Put `to` in the place of the first `from` of the run's experiment.yaml. */
static void edit(const char *name, const char *from, const char *to)
{
	struct strbuf text = STRBUF_INIT, out = STRBUF_INIT;
	read_file(name, "experiment.yaml", &text);
	char *at = strstr(text.buf, from);
	if (!at)
		fail_msg("no '%s' in: %s", from, text.buf);
	strbuf_add(&out, text.buf, (size_t)(at - text.buf));
	strbuf_addf(&out, "%s%s", to, at + strlen(from));
	write_file(name, "experiment.yaml", out.buf, out.len);
	strbuf_release(&text);
	strbuf_release(&out);
}

static void edits_of_what_cannot_change_are_refused(void **state)
{
	(void)state;
	stop_after = 10;
	assert_int_equal(train_plan("edited"), TRAINER_STOPPED);
	char *images = path_join(root, "train"), *other = path_join(root, "valid"),
	     *longer = xasprintf("images: %s", images), *shorter = xasprintf("images: %s", other);
	const struct {
		const char *from, *to, *says;
	} edits[] = {
	    {"batch: 7", "batch: 8", "train.batch is 8, but the run was begun with 7"},
	    {"seed: 7", "seed: 8", "train.seed is 8, but the run was begun with 7"},
	    {longer, shorter, "data.images is"},
	    {"base.weights", "shapes.yaml", "network.cfg is"},
	    {"epochs: 2", "epochs: two", "epochs"},
	};
	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		edit("edited", edits[i].from, edits[i].to);
		refused("edited", edits[i].says);
		edit("edited", edits[i].to, edits[i].from);
	}
	write_file("edited", "model.cfg", "[net]\nbatch=8\n", 14);
	refused("edited", "model.cfg");
	write_file("edited", "model.cfg", "[net]\nbatch=7\n", 14);
	edit("edited", "  - name: head",
	     "  - name: tune\n    epochs: 3\n    lr: 0.1\nrest: 0\nold:\n  - name: head");
	refused("edited", "rest");
	free(images);
	free(other);
	free(longer);
	free(shorter);
}

static void a_plan_may_be_made_longer(void **state)
{
	(void)state;
	struct log l;
	stop_after = 10;
	assert_int_equal(train_plan("longer"), TRAINER_STOPPED);
	struct strbuf text = STRBUF_INIT;
	read_file("longer", "experiment.yaml", &text);
	char *tune = strstr(text.buf, "name: tune"), *epochs = strstr(tune, "epochs: 2");
	epochs[8] = '3';
	write_file("longer", "experiment.yaml", text.buf, text.len);
	strbuf_release(&text);
	resume_to_end("longer");
	log_read(&l, "longer");
	assert_int_equal(l.h.n_epochs, 5);
	assert_int_equal(l.h.run.epochs, 5);
	assert_int_equal(l.h.phases[1].epochs, 3);
	log_free(&l);
}

static void another_data_set_is_refused(void **state)
{
	(void)state;
	stop_after = 6;
	assert_int_equal(train_plan("moved"), TRAINER_STOPPED);
	char *one = path_join(root, "train/disc/003.png"), *there = path_join(root, "003.png"),
	     *renamed = path_join(root, "train/disc/zzz.png");
	char *disc = path_join(root, "train/disc"), *dish = path_join(root, "train/dish"),
	     *disc2 = path_join(root, "valid/disc"), *dish2 = path_join(root, "valid/dish");
	assert_int_equal(rename(one, there), 0);
	refused("moved", "23 training and 12 validation images now, 24 and 12 when");
	assert_int_equal(rename(there, renamed), 0);
	refused("moved", "under other names");
	assert_int_equal(rename(renamed, one), 0);
	assert_int_equal(rename(disc, dish), 0);
	assert_int_equal(rename(disc2, dish2), 0);
	refused("moved", "is dish now, disc when");
	assert_int_equal(rename(dish, disc), 0);
	assert_int_equal(rename(dish2, disc2), 0);
	resume_to_end("moved");
	same_files("never", "moved");
	char *all[] = {one, there, renamed, disc, dish, disc2, dish2};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		free(all[i]);
}

static void what_does_not_wait_is_refused(void **state)
{
	(void)state;
	struct errinfo e = {0};
	refused("never", "finished already, after 4 epochs");
	assert_int_equal(resume_run("nothing-of-that-name", &e), TRAINER_BAD_INPUT);
	assert_non_null(strstr(e.msg, "not a run directory"));
	stop_after = 6;
	assert_int_equal(train_plan("held"), TRAINER_STOPPED);
	char *lock = run_file("held", "lock");
	int fd = open(lock, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	refused("held", "thaw attach");
	close(fd);
	free(lock);
	/* By the path of its directory, too, with a slash that a shell completes. */
	char *dir = run_file("held", "");
	struct trainer_options o = {.runs = "nowhere", .name = dir, .report_fd = -1};
	assert_int_equal(trainer_resume(&o, &e), TRAINER_FINISHED);
	same_files("never", "held");
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(stopped_anywhere_it_ends_the_same, no_life),
	    cmocka_unit_test_setup(stopped_again_and_again_it_ends_the_same, no_life),
	    cmocka_unit_test_setup(interventions_before_the_stop_hold_on, no_life),
	    cmocka_unit_test_setup(a_phase_ended_by_hand_stays_ended, no_life),
	    cmocka_unit_test_setup(killed_anywhere_it_repeats_and_ends_the_same, no_life),
	    cmocka_unit_test_setup(interventions_after_the_checkpoint_are_void, no_life),
	    cmocka_unit_test_setup(a_torn_last_line_is_cut, no_life),
	    cmocka_unit_test_setup(a_failed_run_goes_on_where_it_was_good, no_life),
	    cmocka_unit_test_setup(damaged_checkpoints_are_refused, no_life),
	    cmocka_unit_test_setup(edits_of_what_cannot_change_are_refused, no_life),
	    cmocka_unit_test_setup(a_plan_may_be_made_longer, no_life),
	    cmocka_unit_test_setup(another_data_set_is_refused, no_life),
	    cmocka_unit_test_setup(what_does_not_wait_is_refused, no_life),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
