/* The program `thaw` from outside: subcommands, exit statuses, headless output, and how it treats
 * its trainer.
 *
 * The trainer is a shell script (THAW_TRAIN), or this test itself, which then holds the lock,
 * writes the log and answers at control.sock. Nothing sleeps: every wait is for a condition, with a
 * deadline.
 */
#include "../sockets.h"
#include "program.h"

#include "thaw/base/file.h"
#include "thaw/base/version.h"
#include "thaw/event/log_writer.h"
#include "thaw/wire/control_server.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

/* ---- runs ---- */

static char *in_dir(const char *name)
{
	return path_join(dir, name);
}

static struct log_writer *new_log(const char *run)
{
	struct errinfo e;
	struct log_writer *w = NULL;
	struct folder f;
	char *path = in_dir(run);
	assert_int_equal(file_mkdirs(path, &e), ERR_OK);
	assert_int_equal(folder_open(&f, path, &e), ERR_OK);
	assert_int_equal(log_writer_open(&w, &f, false, &e), ERR_OK);
	folder_close(&f);
	free(path);
	return w;
}

static void append(struct log_writer *w, struct event ev)
{
	assert_int_equal(log_writer_append(w, &ev, NULL), ERR_OK);
}

static void append_start(struct log_writer *w)
{
	const char *classes[] = {"cat", "dog"};
	struct event ev = {.type = EV_RUN};
	ev.run = (struct event_run){.version = 1,
				    .name = "pets-1",
				    .classes = classes,
				    .n_classes = 2,
				    .n_train = 40,
				    .n_valid = 20,
				    .epochs = 2,
				    .iterations = 5,
				    .batch = 8,
				    .device = "cpu",
				    .threads = 1};
	append(w, ev);
	struct event_layer layers[4] = {{.kind = "convolutional"}};
	append(w, (struct event){.type = EV_LAYERS, .layers = {layers, 4, 3}});
	append(w, (struct event){.type = EV_FREEZE,
				 .freeze = {.frozen = "0-2", .was = "none", .trainable = 42}});
}

static void append_epoch(struct log_writer *w, int64_t number, double acc, const char *digest)
{
	struct event_class classes[] = {{"cat", 10, 8, 2}, {"dog", 10, 8, 2}};
	struct event_frozen frozen[] = {{1, digest}};
	struct event ev = {.type = EV_STEP,
			   .step = {.iter = 5 * number,
				    .epoch = number,
				    .loss = {0.5, true},
				    .lr = {0.01, true},
				    .ips = {40, true},
				    .wait = {number == 1 ? 0.5 : 0.1, true}}};
	append(w, ev);
	append(w,
	       (struct event){
		   .type = EV_CACHE,
		   .cache = {number, 2, 1500, 2500000, 0, 0, 60, {number == 1 ? 0 : 0.8, true}}});
	ev = (struct event){.type = EV_EPOCH};
	ev.epoch = (struct event_epoch){
	    .epoch = number,
	    .phase = "head",
	    .iter = 5 * number,
	    .lr = {0.01, true},
	    .train = {.loss = {0.5, true}, .acc = {0.9, true}},
	    .valid = {.loss = {0.6, true}, .acc = {acc, true}, .top2 = {1, true}},
	    .seconds = {{2, true}, {1, true}},
	    .classes = classes,
	    .n_classes = 2,
	    .frozen = frozen,
	    .n_frozen = 1};
	append(w, ev);
}

static void append_end(struct log_writer *w, enum end_status status, const char *reason)
{
	struct event ev = {.type = EV_END};
	ev.end = (struct event_end){
	    .status = status, .reason = reason, .epochs = 2, .iters = 10, .seconds = {6, true}};
	append(w, ev);
}

/* A whole run under runs/; `status` END_STATUS_N leaves the end away. */
static void make_run(const char *run, enum end_status status, const char *reason)
{
	struct log_writer *w = new_log(run);
	append_start(w);
	append_epoch(w, 1, 0.70, "0123456789abcdef");
	append_epoch(w, 2, 0.85, "0123456789abcdef");
	if (status != END_STATUS_N)
		append_end(w, status, reason);
	assert_int_equal(log_writer_close(w, NULL), ERR_OK);
}

/* ---- this test as a trainer ---- */

struct trainer {
	struct log_writer *log;
	struct control_server *server;
	int lock;
	int n_stops, n_unpaused;
	bool refuse;
	bool busy; /* a command waits for something */
};

static void trainer_start(struct trainer *t)
{
	struct errinfo e;
	*t = (struct trainer){.log = new_log("runs/live-1")};
	char *lock = in_dir("runs/live-1/lock"), *sock = in_dir("runs/live-1/control.sock");
	t->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(t->lock, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(serve_at(&t->server, sock, "live-1", &e), ERR_OK);
	append_start(t->log);
	free(lock);
	free(sock);
}

static void trainer_stop(struct trainer *t)
{
	control_server_close(t->server);
	close(t->lock);
	log_writer_close(t->log, NULL);
}

static void on_command(void *arg, uint64_t client, const struct command *c)
{
	struct trainer *t = arg;
	struct reply r = {.id = c->id,
			  .ok = !t->refuse,
			  .iter = 12,
			  .msg = t->refuse ? "layer 9 is not in this network"
					   : "done at iteration 12"};
	if (t->busy)
		control_server_tell(t->server, client, 12,
				    "freeze takes effect after validation, ~3s");
	t->n_stops += c->type == CMD_STOP;
	t->n_unpaused += c->type == CMD_UNPAUSE;
	control_server_reply(t->server, client, &r);
}

static void serve(struct trainer *t, struct child *c)
{
	control_server_poll(t->server, 20, on_command, t);
	pump(c, 0);
}

static void until_stop_asked(struct trainer *t, struct child *c)
{
	int64_t end = deadline();
	while (!t->n_stops && clock_ms() < end)
		serve(t, c);
	assert_int_equal(t->n_stops, 1);
}

/* ---- tests ---- */

static void write_trainer(const char *script)
{
	char *path = in_dir("trainer.sh");
	struct strbuf sb = STRBUF_INIT;
	strbuf_addf(&sb, "#!/bin/sh\n%s\n", script);
	assert_int_equal(file_write_atomic(path, sb.buf, sb.len, NULL), ERR_OK);
	assert_int_equal(chmod(path, 0700), 0);
	setenv("THAW_TRAIN", path, 1);
	strbuf_release(&sb);
	free(path);
}

static void test_usage(void **state)
{
	(void)state;
	EXPECT(0, "usage: thaw COMMAND", NULL, "--help");
	EXPECT(0, "usage: thaw run EXPERIMENT", NULL, "help", "run");
	EXPECT(0, "next-phase", NULL, "ctl", "--help");
	EXPECT(0, "thaw " THAW_VERSION "\n", NULL, "--version");
	EXPECT(2, NULL, "did you mean 'run'?", "rnu");
	EXPECT(2, NULL, "unknown command 'xyzzy'", "help", "xyzzy");
	EXPECT(2, NULL, "did you mean --headless?", "run", "a.yaml", "--headles");
	EXPECT(2, NULL, "too few arguments", "run");
	EXPECT(2, NULL, "unexpected argument 'b'", "show", "a", "b");
	EXPECT(2, NULL, "--name needs NAME", "run", "a.yaml", "--name");
	EXPECT(2, NULL, "--set needs KEY=VALUE", "run", "a.yaml", "--set", "x");
	EXPECT(2, NULL, "--threads needs a number", "run", "a.yaml", "--threads", "0");
	EXPECT(2, NULL, "speed is a number from 0.25 to 1000", "replay", "a",
	       "--speed=-1");
	EXPECT(2, NULL, "--follow needs a terminal", "replay", "a", "-f");
	EXPECT(2, NULL, "`thaw attach ssh://b/c` follows a run there", "replay", "ssh://b/c", "--follow");
	EXPECT(2, NULL, "no run nowhere", "show", "nowhere");
	EXPECT(2, NULL, "--json takes no value", "show", "a", "--json=1");
}

static cJSON *json_of(const char *const *words)
{
	struct child c = start(words);
	assert_int_equal(reap(&c), 0);
	cJSON *json = cJSON_Parse(c.text[0].buf);
	if (!json)
		fail_msg("not JSON: %s", c.text[0].buf);
	release(&c);
	return json;
}

static double number(const cJSON *o, const char *key)
{
	const cJSON *n = cJSON_GetObjectItem(o, key);
	assert_true(cJSON_IsNumber(n));
	return n->valuedouble;
}

static void test_show_json(void **state)
{
	(void)state;
	make_run("runs/pets-1", END_FINISHED, "all phases done");
	cJSON *o = json_of((const char *const[]){"show", "pets-1", "--json", NULL});
	assert_string_equal(cJSON_GetObjectItem(o, "name")->valuestring, "pets-1");
	assert_string_equal(cJSON_GetObjectItem(o, "status")->valuestring, "finished");
	assert_float_equal(number(o, "epochs"), 2, 0);
	assert_float_equal(number(o, "iterations"), 10, 0);
	assert_float_equal(number(o, "seconds"), 6, 0);
	assert_float_equal(number(o, "trainable"), 42, 0);
	assert_float_equal(number(cJSON_GetObjectItem(o, "best"), "acc"), 0.85, 1e-12);
	assert_float_equal(number(cJSON_GetObjectItem(o, "last"), "epoch"), 2, 0);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(o, "digests_changed")), 0);
	const cJSON *cat = cJSON_GetArrayItem(cJSON_GetObjectItem(o, "classes"), 0);
	assert_string_equal(cJSON_GetObjectItem(cat, "name")->valuestring, "cat");
	assert_float_equal(number(cat, "n"), 10, 0);
	assert_float_equal(number(cat, "f1"), 0.8, 1e-12);
	assert_float_equal(number(cJSON_GetObjectItem(o, "cache"), "layer"), 2, 0);
	assert_float_equal(number(cJSON_GetObjectItem(o, "cache"), "saved"), 0.4, 1e-12);
	assert_float_equal(number(o, "wait"), 0.3, 1e-12);
	cJSON_Delete(o);
	EXPECT(0, "\ncache 0-2: 1,500 images, 2.5 MB, saves 80 % of the forward pass; 40 % over",
	       NULL, "show", "runs/pets-1");
	EXPECT(0, "\ndata: 30 % of the training time went by in waiting for pictures: data-bound\n",
	       NULL, "show", "runs/pets-1");
	EXPECT(0, "best: epoch 2, validation accuracy 85.0 %", NULL, "show", "runs/pets-1");
}

static void test_show_changed(void **state)
{
	(void)state;
	struct log_writer *w = new_log("runs/bad-1");
	append_start(w);
	append_epoch(w, 1, 0.7, "0123456789abcdef");
	append_epoch(w, 2, 0.7, "0123456789abcdee");
	log_writer_close(w, NULL);
	cJSON *o = json_of((const char *const[]){"show", "bad-1", "--json", NULL});
	const cJSON *changed = cJSON_GetObjectItem(o, "digests_changed");
	assert_int_equal(cJSON_GetArraySize(changed), 1);
	assert_float_equal(cJSON_GetArrayItem(changed, 0)->valuedouble, 1, 0);
	cJSON_Delete(o);
	EXPECT(0, "layer 1 CHANGED while frozen", NULL, "show", "bad-1");
}

static void test_ls(void **state)
{
	(void)state;
	EXPECT(0, "no runs in runs", NULL, "ls");
	EXPECT(2, NULL, "nowhere", "ls", "--runs", "nowhere");
	make_run("runs/pets-2", END_FAILED, "loss not finite three times");
	make_run("runs/pets-10", END_STATUS_N, "");
	make_run("runs/pets-1", END_STOPPED, "asked for");
	struct trainer t;
	trainer_start(&t);
	static const char *const wanted[][2] = {{"live-1", "running"},
						{"pets-1", "stopped"},
						{"pets-2", "failed"},
						{"pets-10", "crashed"}};
	cJSON *list = json_of((const char *const[]){"ls", "--json", NULL});
	assert_int_equal(cJSON_GetArraySize(list), 4);
	for (int i = 0; i < 4; i++) {
		const cJSON *o = cJSON_GetArrayItem(list, i);
		assert_string_equal(cJSON_GetObjectItem(o, "name")->valuestring, wanted[i][0]);
		assert_string_equal(cJSON_GetObjectItem(o, "status")->valuestring, wanted[i][1]);
	}
	cJSON_Delete(list);
	EXPECT(0, "crashed", NULL, "ls");
	trainer_stop(&t);
}

static void test_replay(void **state)
{
	(void)state;
	make_run("runs/pets-1", END_FINISHED, "all phases done");
	EXPECT(0,
	       "epoch 2/2 head, training loss 0.500 acc 90.0 %, validation loss 0.600 acc 85.0 %, "
	       "lr 0.01, 3.0s; improving: validation accuracy 70.0 -> 85.0 %, best so far\n"
	       "finished: all phases done: 2 epochs, 10 iterations",
	       NULL, "replay", "pets-1", "--headless");
	make_run("runs/pets-2", END_FAILED, "no \033[31mmemory\302\233 left");
	EXPECT(1, "failed: no \\x1b[31mmemory\\u009b left", NULL, "replay",
	       "pets-2"); /* no terminal: plain lines */
	make_run("runs/pets-3", END_STATUS_N, "");
	EXPECT(1, "epoch 2/2", "gone without an end", "replay", "pets-3");
}

#define MAKES_RUN "mkdir -p made; cp runs/done/events.jsonl made/; echo 'run made' >&3; exec 3>&-"

static void test_run(void **state)
{
	(void)state;
	make_run("runs/done", END_FINISHED, "all phases done");
	write_trainer("echo \"$@\" >args; echo 'checking pictures' >&2; " MAKES_RUN);
	EXPECT(0, "finished: all phases done", "checking pictures", "run", "a.yaml", "--headless",
	       "--set", "a.b=1", "--name=x", "--set", "c=2", "--threads", "2");
	struct strbuf args = STRBUF_INIT;
	char *path = in_dir("args");
	assert_int_equal(file_read(path, &args, NULL), ERR_OK);
	assert_string_equal(args.buf,
			    "run a.yaml --runs runs --set a.b=1 --name x --set c=2 --threads 2 "
			    "--report-fd 3\n");
	strbuf_release(&args);
	free(path);
}

static void test_run_fails(void **state)
{
	(void)state;
	make_run("runs/done", END_FAILED, "no space on the disk");
	write_trainer(MAKES_RUN);
	EXPECT(1, "failed: no space on the disk", NULL, "run", "a.yaml", "--headless");
	write_trainer("echo 'a.yaml:3:1: unknown key' >&2; exit 2");
	EXPECT(2, NULL, "a.yaml:3:1: unknown key", "run", "a.yaml");
	write_trainer("exit 0");
	EXPECT(1, NULL, NULL, "run", "a.yaml");
	write_trainer("kill -SEGV $$");
	EXPECT(1, NULL, "the trainer was killed", "run", "a.yaml");
	setenv("THAW_TRAIN", "/nowhere/thaw-train", 1);
	EXPECT(1, NULL, "cannot start the trainer /nowhere/thaw-train", "run", "a.yaml");
}

static void test_run_crashes(void **state)
{
	(void)state;
	make_run("runs/done", END_STATUS_N, "");
	write_trainer(MAKES_RUN);
	EXPECT(1, "epoch 2/2", "gone without an end", "run", "a.yaml", "--headless");
}

/* A signal to us alone, while the trainer still checks, ends the trainer. */
static void test_run_interrupted(void **state)
{
	(void)state;
	write_trainer("trap 'echo trainer interrupted >&2; exit 130' INT\necho ready >&2\n"
		      "while :; do read -r x <fifo; done");
	char *fifo = in_dir("fifo");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	int keep = open(fifo, O_RDWR | O_CLOEXEC);
	struct child c = START("run", "a.yaml");
	until_prints(&c, 1, "ready");
	kill(c.pid, SIGINT);
	assert_int_equal(reap(&c), 130);
	assert_non_null(strstr(c.text[1].buf, "trainer interrupted"));
	release(&c);
	close(keep);
	free(fifo);
}

static void test_check_predict_eval(void **state)
{
	(void)state;
	write_trainer("echo \"$@\"; exit 2");
	EXPECT(2, "check --set x=1 -- a.yaml\n", NULL, "check", "a.yaml", "--set", "x=1");
	EXPECT(2, "profile --batches 3 -- a.yaml\n", NULL, "profile", "a.yaml", "--batches=3");
	EXPECT(2, NULL, "no run pets-1", "predict", "pets-1", "a.jpg");
	make_run("runs/pets-1", END_FINISHED, "all phases done");
	EXPECT(2, "predict --json -- runs/pets-1 a.jpg -b.jpg\n", NULL, "predict", "pets-1",
	       "--json", "a.jpg", "--", "-b.jpg");
	EXPECT(2, NULL, "too few arguments", "predict", "pets-1");
	EXPECT(0, "usage: thaw predict", NULL, "predict", "--help");
	EXPECT(2, "eval --json --weights last -- runs/pets-1 more\n", NULL, "eval", "pets-1",
	       "more", "--json", "--weights=last", "--runs", "runs");
	EXPECT(2, NULL, "unexpected argument 'c'", "eval", "pets-1", "b", "c");
}

static void test_attach(void **state)
{
	(void)state;
	struct trainer t;
	trainer_start(&t);
	struct child c = START("attach", "live-1", "--headless");
	until_prints(&c, 0, "iteration 0: 0-2 frozen (phase)\n");
	append_epoch(t.log, 1, 0.7, "0123456789abcdef");
	until_prints(&c, 0, "epoch 1/2");
	append(t.log,
	       (struct event){.type = EV_LR,
			      .lr = {.iter = 7, .cause = CAUSE_USER, .value = 0.001, .was = 0.01}});
	until_prints(&c, 0, "iteration 7: learning rate 0.01 -> 0.001 (user)\n");
	append(t.log, (struct event){.type = EV_NOTE,
				     .note = {.level = NOTE_WARN, .text = "a picture is missing"}});
	until_prints(&c, 0, "warning: a picture is missing\n");
	append_end(t.log, END_FINISHED, "all phases done");
	assert_int_equal(reap(&c), 0);
	release(&c);
	trainer_stop(&t);
	EXPECT(2, NULL, "is not running (finished)", "attach", "live-1", "--headless");
}

static void test_stopped_by_others(void **state)
{
	(void)state;
	struct trainer t;
	trainer_start(&t);
	struct child c = START("attach", "live-1", "--headless");
	until_prints(&c, 0, "frozen");
	append_end(t.log, END_STOPPED, "asked for");
	assert_int_equal(reap(&c), 130);
	release(&c);
	trainer_stop(&t);
}

static void test_interrupt_stops(void **state)
{
	(void)state;
	struct trainer t;
	trainer_start(&t);
	struct child c = START("attach", "live-1", "--headless");
	until_prints(&c, 0, "frozen");
	kill(c.pid, SIGINT);
	until_stop_asked(&t, &c);
	append_end(t.log, END_STOPPED, "asked for");
	assert_int_equal(reap(&c), 130);
	assert_non_null(strstr(c.text[0].buf, "stopped: asked for"));
	release(&c);
	trainer_stop(&t);
}

static void test_interrupt_twice_leaves(void **state)
{
	(void)state;
	struct trainer t;
	trainer_start(&t);
	struct child c = START("attach", "live-1", "--headless");
	until_prints(&c, 0, "frozen");
	kill(c.pid, SIGTERM);
	until_stop_asked(&t, &c);
	kill(c.pid, SIGINT);
	assert_int_equal(reap(&c), 130);
	assert_non_null(strstr(c.text[1].buf, "live-1 goes on"));
	release(&c);
	trainer_stop(&t);
}

static void test_trainer_dies(void **state)
{
	(void)state;
	struct trainer t;
	trainer_start(&t);
	struct child c = START("attach", "live-1", "--headless");
	until_prints(&c, 0, "frozen");
	trainer_stop(&t);
	assert_int_equal(reap(&c), 1);
	assert_non_null(strstr(c.text[1].buf, "gone without an end"));
	release(&c);
}

/* `thaw attach … | head -1`: quiet, and the run is left alone. */
static void test_closed_output(void **state)
{
	(void)state;
	struct trainer t;
	trainer_start(&t);
	struct child c = START("attach", "live-1", "--headless");
	until_prints(&c, 0, "frozen");
	close(c.fd[0]);
	c.fd[0] = -1;
	append_epoch(t.log, 1, 0.7, "0123456789abcdef");
	assert_int_equal(reap(&c), 130);
	assert_int_equal(c.text[1].len, 0);
	assert_int_equal(t.n_stops, 0);
	release(&c);
	trainer_stop(&t);
}

static void serve_to_end(struct trainer *t, struct child *c)
{
	int64_t end = deadline();
	while (c->fd[0] >= 0 && clock_ms() < end)
		serve(t, c);
}

/* The end of a pause by its name and by the one of earlier versions. */
static void test_ctl_unpause(void **state)
{
	(void)state;
	static const char *const names[] = {"unpause", "resume"};
	struct trainer t;
	trainer_start(&t);
	for (int i = 0; i < 2; i++) {
		struct child c = START("ctl", "live-1", names[i]);
		serve_to_end(&t, &c);
		assert_int_equal(reap(&c), 0);
		assert_int_equal(t.n_unpaused, i + 1);
		release(&c);
	}
	trainer_stop(&t);
	struct child c = START("ctl", "--help");
	assert_int_equal(reap(&c), 0);
	assert_non_null(strstr(c.text[0].buf, "\n  unpause  "));
	assert_null(strstr(c.text[0].buf, "resume"));
	release(&c);
}

static void test_ctl(void **state)
{
	(void)state;
	struct trainer t;
	trainer_start(&t);
	for (int refuse = 0; refuse < 2; refuse++) {
		t.refuse = refuse;
		struct child c = START("ctl", "live-1", "freeze", "0-2");
		serve_to_end(&t, &c);
		assert_int_equal(reap(&c), refuse);
		assert_string_equal(c.text[0].buf, refuse ? "" : "done at iteration 12\n");
		assert_string_equal(c.text[1].buf,
				    refuse ? "layer 9 is not in this network\n" : "");
		release(&c);
	}
	t.refuse = false;
	t.busy = true;
	struct child c = START("ctl", "live-1", "freeze", "0-2");
	serve_to_end(&t, &c);
	assert_int_equal(reap(&c), 0);
	assert_string_equal(c.text[0].buf, "done at iteration 12\n");
	assert_string_equal(c.text[1].buf, "freeze takes effect after validation, ~3s\n");
	release(&c);
	EXPECT(2, NULL, "commands are", "ctl", "live-1", "pasue");
	EXPECT(2, NULL, "'-1' is not a learning rate", "ctl", "live-1", "lr", "-1");
	EXPECT(2, NULL, "too few arguments", "ctl", "live-1");
	trainer_stop(&t);
	EXPECT(1, NULL, "thaw ctl:", "ctl", "live-1", "pause");
	EXPECT(2, NULL, "no run other", "ctl", "other", "pause");
}

#define CLI(f) cmocka_unit_test_setup_teardown(f, program_setup, program_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CLI(test_usage),
	    CLI(test_show_json),
	    CLI(test_show_changed),
	    CLI(test_ls),
	    CLI(test_replay),
	    CLI(test_run),
	    CLI(test_run_fails),
	    CLI(test_run_crashes),
	    CLI(test_run_interrupted),
	    CLI(test_check_predict_eval),
	    CLI(test_attach),
	    CLI(test_stopped_by_others),
	    CLI(test_interrupt_stops),
	    CLI(test_interrupt_twice_leaves),
	    CLI(test_trainer_dies),
	    CLI(test_closed_output),
	    CLI(test_ctl),
	    CLI(test_ctl_unpause),
	};
	return run_program_tests(tests, NULL, NULL);
}
