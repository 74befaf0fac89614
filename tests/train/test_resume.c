/* Runs that go on, on a stand-in network: wherever one was stopped or killed, it ends as one that
 * never was. */
#include "resumed.h"

#include <sys/wait.h>

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

static bool same_number(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static void same_epoch(const struct history_epoch *a, const struct history_epoch *b)
{
	assert_int_equal(a->epoch, b->epoch);
	assert_int_equal(a->iter, b->iter);
	assert_string_equal(a->phase, b->phase);
	assert_true(same_number(a->train.loss.value, b->train.loss.value));
	assert_true(same_number(a->train.acc.value, b->train.acc.value));
	assert_true(same_number(a->valid.loss.value, b->valid.loss.value));
	assert_true(same_number(a->valid.acc.value, b->valid.acc.value));
	assert_true(same_number(a->lr.value, b->lr.value));
	assert_string_equal(a->words, b->words);
}

/* Markers, but for the pause in which a run waits to be steered. Shape: out[h->n_markers] */
static size_t markers_of(const struct history *h, const struct history_marker **out)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_markers; i++)
		if (h->markers[i].kind != MARK_PAUSE)
			out[n++] = &h->markers[i];
	return n;
}

static void same_markers(const struct history *a, const struct history *b)
{
	const struct history_marker **of_a = xcalloc(a->n_markers + 1, sizeof(*of_a)),
				    **of_b = xcalloc(b->n_markers + 1, sizeof(*of_b));
	size_t n = markers_of(a, of_a);
	assert_int_equal(n, markers_of(b, of_b));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(of_a[i]->iter, of_b[i]->iter);
		assert_string_equal(of_a[i]->text, of_b[i]->text);
	}
	free(of_a);
	free(of_b);
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
		assert_int_equal(history_step_at(&a.h, i).iter, history_step_at(&b.h, i).iter);
		assert_int_equal(history_step_at(&a.h, i).epoch, history_step_at(&b.h, i).epoch);
		assert_true(same_number(history_step_at(&a.h, i).loss.value, history_step_at(&b.h, i).loss.value));
		assert_true(same_number(history_step_at(&a.h, i).lr.value, history_step_at(&b.h, i).lr.value));
	}
	assert_int_equal(a.h.n_epochs, b.h.n_epochs);
	for (size_t i = 0; i < a.h.n_epochs; i++)
		same_epoch(&a.h.epochs[i], &b.h.epochs[i]);
	assert_int_equal(a.h.best_epoch, b.h.best_epoch);
	same_markers(&a.h, &b.h);
	assert_int_equal(a.h.n_probe_epochs, b.h.n_probe_epochs);
	for (size_t i = 0; i < a.h.n_probes * a.h.n_probe_epochs; i++)
		assert_memory_equal(
		    history_probe_probs(&a.h, i % a.h.n_probes, i / a.h.n_probes),
		    history_probe_probs(&b.h, i % a.h.n_probes, i / a.h.n_probes),
		    a.h.n_probe_classes * sizeof(double));
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
	assert_true(same_number(history_step_at(&l.h, 3).lr.value, 0.1 / 2 / 2));
	assert_true(
	    same_number(history_step_at(&l.h, 4).lr.value, 0.1 / 2 / 2 / 2)); /* after three accidents */
	log_free(&l);
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
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
