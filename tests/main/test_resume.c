/* Runs that go on, with the built programs and the real network: stopped, steered, killed. */
#include "job.h"

/* 96 pictures in batches of 7: an epoch has 14 iterations, the last of 5 pictures. */
#define PER_EPOCH 14
#define HEAD_EPOCHS 6
#define ALL_EPOCHS 9
#define PLAN                                                                                       \
	"--runs", runs, "--set", "train.batch=7", "--set", "train.clip=2", "--set",                \
	    "phases.head.epochs=6", "--set", "phases.tune.epochs=3", "--set", "train.keep=100",    \
	    "--set", "train.threads=1"

/* All but the pauses that a test asked for. */
static size_t own_markers(const struct history *h)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_markers; i++)
		n += h->markers[i].kind != MARK_PAUSE;
	return n;
}

static void same_epochs(const char *one, const char *two)
{
	struct history a, b;
	job_history(&a, runs, one);
	job_history(&b, runs, two);
	assert_int_equal(b.end.status, END_FINISHED);
	assert_int_equal(a.n_epochs, b.n_epochs);
	for (size_t i = 0; i < a.n_epochs; i++) {
		assert_memory_equal(&a.epochs[i].train, &b.epochs[i].train,
				    sizeof(a.epochs[i].train));
		assert_memory_equal(&a.epochs[i].valid, &b.epochs[i].valid,
				    sizeof(a.epochs[i].valid));
		assert_string_equal(a.epochs[i].words, b.epochs[i].words);
	}
	assert_int_equal(a.n_steps, b.n_steps);
	for (size_t i = 0; i < a.n_steps; i++)
		assert_memory_equal(PAGES_AT(&a.losses, i, double),
				    PAGES_AT(&b.losses, i, double), sizeof(double));
	assert_int_equal(own_markers(&a), own_markers(&b));
	assert_int_equal(history_digests_changed(&b), 0);
	history_release(&a);
	history_release(&b);
}

/* Start words..., which let it hold, and send SIGTERM there; the status. */
static int run_until_paused(const char *name, const char *const *words)
{
	struct running r;
	run_start(&r, words, NULL);
	job_until_paused(name);
	kill(r.pid, SIGTERM);
	int status = run_wait(&r);
	run_release(&r);
	return status;
}

static int64_t iterations_of(const char *name)
{
	struct history h;
	job_history(&h, runs, name);
	int64_t n = h.end.iters;
	history_release(&h);
	return n;
}

/* In the first epoch, between two, in a later phase. */
static void stopped_and_resumed_is_never_stopped(void **state)
{
	(void)state;
	static const char *const modes[][2] = {
	    {"phases.tune.batchnorm=train", "train.threads=1"},
	    {"phases.tune.batchnorm=folded", "train.class_weights=balanced"},
	    {"phases.tune.batchnorm=folded", "train.optimizer=adam"}};
	for (int m = 0; m < 3; m++) {
		struct running r;
		char *whole = xasprintf("whole-%d", m), *parts = xasprintf("parts-%d", m);
		EXPECT(&r, 0, trainer, "run", shapes, PLAN, "--name", whole, "--set", modes[m][0],
		       "--set", modes[m][1]);
		run_release(&r);
		static const char *const stops[] = {"28", "70", "101"};
		int status = run_until_paused(
		    parts, (const char *const[]){trainer, "run", shapes, PLAN, "--name", parts,
						 "--set", modes[m][0], "--set", modes[m][1],
						 "--pause-at", "5", NULL});
		for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++) {
			assert_int_equal(status, 130);
			status = run_until_paused(
			    parts, (const char *const[]){trainer, "resume", parts, "--runs", runs,
							 "--pause-at", stops[i], NULL});
			assert_int_equal(iterations_of(parts), atoi(stops[i]));
		}
		assert_int_equal(status, 130);
		EXPECT(&r, 0, trainer, "resume", parts, "--runs", runs);
		run_release(&r);
		job_same_files(whole, parts);
		same_epochs(whole, parts);
		free(whole);
		free(parts);
	}
}

static void copy_file(const char *from, const char *from_name, const char *to, const char *to_name)
{
	struct strbuf all;
	char *path = xasprintf("%s/%s/%s", runs, to, to_name);
	read_run_file(&all, from, from_name);
	assert_int_equal(file_write_atomic(path, all.buf, all.len, NULL), ERR_OK);
	strbuf_release(&all);
	free(path);
}

/* The beginning of the line in which iterations are told next, behind the event of epoch `epoch`. */
static char *next_iterations(struct strbuf *text, int64_t epoch)
{
	char *told = xasprintf("\"ev\":\"epoch\",\"epoch\":%lld,", (long long)epoch);
	char *at = strstr(text->buf, told);
	assert_non_null(at);
	at = strstr(at, "\"ev\":\"step");
	assert_non_null(at);
	while (at > text->buf && at[-1] != '\n')
		at--;
	free(told);
	return at;
}

/* The log of `from` up to some iterations after epoch `epoch`, and half a line. */
static void copy_log(const char *from, const char *to, int64_t epoch)
{
	struct strbuf all;
	read_run_file(&all, from, "events.jsonl");
	char *path = xasprintf("%s/%s/events.jsonl", runs, to), *at = next_iterations(&all, epoch);
	long long seq, t;
	assert_int_equal(sscanf(at, "{\"seq\":%lld,\"t\":%lld,", &seq, &t), 2);
	strbuf_remove(&all, (size_t)(at - all.buf), all.len - (size_t)(at - all.buf));
	for (long long i = 1; i <= 4; i++)
		strbuf_addf(&all,
			    "{\"seq\":%lld,\"t\":%lld,\"ev\":\"step\",\"iter\":%lld,"
			    "\"epoch\":%lld,\"loss\":1}\n",
			    seq + i - 1, t, (long long)(epoch * PER_EPOCH) + i,
			    (long long)epoch + 1);
	strbuf_addf(&all, "{\"seq\":%lld,\"t\":%lld,\"ev\":\"st", seq + 4, t);
	assert_int_equal(file_write_atomic(path, all.buf, all.len, NULL), ERR_OK);
	strbuf_release(&all);
	free(path);
}

/* The run directory as kill -9 would have left it in the epoch after `epoch`. */
static void crash(const char *name, const char *copy, int64_t epoch)
{
	static const char *const files[] = {"experiment.yaml", "model.cfg", "labels.txt",
					    "names.data",      "lock",      "best.weights"};
	char *dir = xasprintf("%s/%s/checkpoints", runs, copy);
	char *weights = xasprintf("checkpoints/epoch-%04lld.weights", (long long)epoch),
	     *kept = xasprintf("checkpoints/epoch-%04lld.state", (long long)epoch);
	assert_int_equal(file_mkdirs(dir, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		copy_file(name, files[i], copy, files[i]);
	copy_file(name, weights, copy, "last.weights");
	copy_file(name, kept, copy, "last.state");
	copy_log(name, copy, epoch);
	free(dir);
	free(weights);
	free(kept);
}

/* Layers thawed and the rate lowered by hand; then the machine loses power. */
static void what_was_done_by_hand_survives_a_crash(void **state)
{
	(void)state;
	struct running r, c;
	struct history h;
	char *dir = path_join(runs, "steered"), *crashed = path_join(runs, "crashed");
	run_start(&r,
		  (const char *const[]){trainer, "run", shapes, PLAN, "--name", "steered", "--set",
					"train.optimizer=adamw", "--pause-at", "1", NULL},
		  NULL);
	job_until_paused("steered");
	static const char *const asks[][2] = {
	    {"pause", NULL}, {"unfreeze", "2"}, {"lr", "x0.5"}, {"unpause", NULL}};
	for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
		EXPECT(&c, 0, viewer, "ctl", dir, asks[i][0], asks[i][1]);
		run_release(&c);
	}
	assert_int_equal(run_wait(&r), 0);
	run_release(&r);
	job_history(&h, runs, "steered");
	int64_t epoch = 0;
	for (size_t i = 0; i < h.n_markers; i++)
		if (h.markers[i].cause == CAUSE_USER)
			epoch = h.markers[i].iter / PER_EPOCH + 1;
	assert_true(epoch >= 1 && epoch < HEAD_EPOCHS); /* so that the phase goes on so */
	history_release(&h);
	crash("steered", "crashed", epoch);
	EXPECT(&c, 0, viewer, "ls", "--runs", runs);
	assert_non_null(strstr(c.text[0].buf, "crashed                  crashed"));
	run_release(&c);
	EXPECT(&c, 0, viewer, "resume", "crashed", "--runs", runs, "--headless");
	char *says =
	    xasprintf("resumed after iteration %lld (user)", (long long)(epoch * PER_EPOCH));
	assert_non_null(strstr(c.text[0].buf, says));
	run_release(&c);
	job_same_files("steered", "crashed");
	same_epochs("steered", "crashed");
	EXPECT(&c, 0, viewer, "show", crashed);
	assert_non_null(strstr(c.text[0].buf, "crashed: finished"));
	assert_non_null(strstr(c.text[0].buf, "resumed 1 time\n"));
	run_release(&c);
	EXPECT(&c, 0, viewer, "replay", crashed, "--headless");
	assert_non_null(strstr(c.text[0].buf, says));
	run_release(&c);
	free(says);
	free(dir);
	free(crashed);
}

static pid_t trainer_of(const char *name)
{
	struct strbuf text;
	read_run_file(&text, name, "lock");
	pid_t pid = (pid_t)atoi(text.buf);
	strbuf_release(&text);
	return pid;
}

static void a_killed_run_is_resumed_by_the_viewer(void **state)
{
	(void)state;
	struct running r, c;
	char *dir = path_join(runs, "killed");
	run_start(&r,
		  (const char *const[]){viewer, "run", shapes, "--headless", PLAN, "--name",
					"killed", "--pause-at", "17", NULL},
		  NULL);
	job_until_paused("killed");
	EXPECT(&c, 2, viewer, "resume", dir, "--headless");
	assert_non_null(strstr(c.text[1].buf, "thaw attach"));
	run_release(&c);
	assert_int_equal(kill(trainer_of("killed"), SIGKILL), 0);
	assert_int_equal(run_wait(&r), 1);
	run_release(&r);
	EXPECT(&c, 2, viewer, "attach", dir);
	assert_non_null(strstr(c.text[1].buf, "`thaw resume` goes on with it"));
	run_release(&c);
	EXPECT(&c, 0, viewer, "resume", dir, "--headless");
	assert_non_null(strstr(c.text[0].buf, "finished: all phases are done"));
	run_release(&c);
	job_same_files("whole-0", "killed");
	same_epochs("whole-0", "killed");
	EXPECT(&c, 2, viewer, "resume", dir, "--headless");
	assert_non_null(strstr(c.text[1].buf, "finished already"));
	run_release(&c);
	free(dir);
}

static void another_network_is_refused(void **state)
{
	(void)state;
	struct running r;
	struct strbuf yaml, other = STRBUF_INIT;
	assert_int_equal(
	    run_until_paused("changed",
			     (const char *const[]){trainer, "run", shapes, PLAN, "--name",
						   "changed", "--pause-at", "3", NULL}),
	    130);
	read_run_file(&yaml, "changed", "experiment.yaml");
	char *at = strstr(yaml.buf, "dropout: 0"),
	     *path = xasprintf("%s/changed/experiment.yaml", runs);
	assert_non_null(at);
	strbuf_addf(&other, "%.*sdropout: 0.5%s", (int)(at - yaml.buf), yaml.buf, at + 10);
	assert_int_equal(file_write_atomic(path, other.buf, other.len, NULL), ERR_OK);
	EXPECT(&r, 2, trainer, "resume", "changed", "--runs", runs);
	assert_non_null(strstr(r.text[1].buf, "changed/model.cfg is not what"));
	assert_ptr_equal(strchr(r.text[1].buf, '\n'), r.text[1].buf + r.text[1].len - 1);
	run_release(&r);
	assert_int_equal(file_write_atomic(path, yaml.buf, yaml.len, NULL), ERR_OK);
	EXPECT(&r, 0, trainer, "resume", "changed", "--runs", runs, "--threads", "2");
	run_release(&r);
	struct history h;
	job_history(&h, runs, "changed");
	size_t i = 0;
	while (i < h.n_notes && !strstr(h.notes[i].text, "2 threads instead of 1"))
		i++;
	assert_true(i < h.n_notes);
	history_release(&h);
	strbuf_release(&yaml);
	strbuf_release(&other);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stopped_and_resumed_is_never_stopped),
	    cmocka_unit_test(what_was_done_by_hand_survives_a_crash),
	    cmocka_unit_test(a_killed_run_is_resumed_by_the_viewer),
	    cmocka_unit_test(another_network_is_refused),
	};
	return cmocka_run_group_tests(tests, shapes_open, shapes_close);
}
