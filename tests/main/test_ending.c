/* The built programs at the end of a run: commands, a kill, thaw wait; and a run in the sandbox is the
 * run that it is without. */
#include "job.h"

#include <sys/stat.h>

#define PLAN                                                                                       \
	"--runs", runs, "--set", "phases.head.epochs=1", "--set", "phases.tune.epochs=1", "--set", \
	    "train.threads=1", "--set", "data.limit=12"

static char *script, *marks; /* writes what it is told to a file in this folder; that folder */

static void write_script(const char *name, const char *text, char **path)
{
	job_write(name, text, strlen(text));
	*path = path_join(job_dir, name);
	assert_int_equal(chmod(*path, 0755), 0);
}

static int open_all(void **state)
{
	int bad = shapes_open(state);
	char *text;
	marks = path_join(job_dir, "marks");
	assert_int_equal(file_mkdirs(marks, NULL), ERR_OK);
	setenv("XDG_STATE_HOME", job_dir, 1);
	text = xasprintf("#!/bin/sh\n"
			 "echo \"$THAW_STATUS $THAW_EPOCHS $* $THAW_RUN\" > %s/.$THAW_NAME\n"
			 "mv %s/.$THAW_NAME %s/$THAW_NAME\n",
			 marks, marks, marks);
	write_script("tell.sh", text, &script);
	free(text);
	return bad;
}

static int close_all(void **state)
{
	free(script);
	free(marks);
	return shapes_close(state);
}

static void until_there(const char *path)
{
	for (int64_t end = clock_ms() + DEADLINE_S * 1000; !file_exists(path) && clock_ms() < end;)
		poll(NULL, 0, 10);
	if (!file_exists(path))
		fail_msg("no %s", path);
}

/* What the command of the run has been told; begin anew with the next. */
static void want_mark(const char *name, const char *begin)
{
	char *path = path_join(marks, name), *real = realpath(runs, NULL),
	     *wanted = xasprintf("%s %s/%s\n", begin, real, name);
	struct strbuf text = STRBUF_INIT;
	until_there(path);
	assert_int_equal(file_read(path, &text, NULL), ERR_OK);
	assert_string_equal(text.buf, wanted);
	assert_int_equal(remove(path), 0);
	strbuf_release(&text);
	free(path);
	free(real);
	free(wanted);
}

static void want_in(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("no '%s' in: %s", wanted, text);
}

/* Wait until the log is so long; release *h. */
static void until_seq(const char *name, int64_t seq, struct history *h)
{
	int64_t end = clock_ms() + DEADLINE_S * 1000;
	for (job_history(h, runs, name); h->seq < seq && clock_ms() < end;
	     job_history(h, runs, name)) {
		history_release(h);
		poll(NULL, 0, 10);
	}
	assert_int_equal(h->seq, seq);
}

/* A word of a command line. Caller frees. */
static char *set_on_end(const char *second)
{
	return xasprintf("on_end=[%s, \"%s\"]", script, second);
}

static void the_log_of(struct strbuf *out, const char *name)
{
	read_run_file(out, name, "events.jsonl");
}

static void commands_are_run(void **state)
{
	(void)state;
	struct running r;
	struct strbuf log;
	char *set = set_on_end("a b; c"), *line = xasprintf("%s more", script);
	EXPECT(&r, 0, viewer, "run", shapes, PLAN, "--headless", "--name", "ends", "--set", set);
	run_release(&r);
	want_mark("ends", "finished 2 a b; c");
	EXPECT(&r, 0, viewer, "run", shapes, PLAN, "--headless", "--name", "told", "--notify", line,
	       "--pictures", "blocks"); /* which is not the trainer's */
	run_release(&r);
	want_mark("told", "finished 2 more");
	the_log_of(&log, "told");
	want_in(log.buf, "at the end it runs: ");
	strbuf_release(&log);
	free(set);
	free(line);
}

/* Nobody waits for a command, and what fails is a note behind the end. */
static void a_command_that_takes_its_time(void **state)
{
	(void)state;
	struct running r;
	struct history h;
	char *slow, *fifo = path_join(job_dir, "fifo"),
		    *text = xasprintf("#!/bin/sh\nread x < %s\nexit 9\n", fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	write_script("slow.sh", text, &slow);
	EXPECT(&r, 0, viewer, "run", shapes, PLAN, "--headless", "--name", "slow", "--notify",
	       slow);
	run_release(&r); /* its output is at its end: nobody holds it */
	job_history(&h, runs, "slow");
	assert_true(h.ended);
	int64_t seq = h.seq;
	history_release(&h);
	int fd = open(fifo, O_WRONLY); /* once somebody reads there */
	assert_int_equal(write(fd, "x\n", 2), 2);
	close(fd);
	until_seq("slow", seq + 1, &h);
	assert_true(h.ended);
	want_in(h.notes[h.n_notes - 1].text, "slow.sh: ended with status 9");
	history_release(&h);
	EXPECT(&r, 0, viewer, "wait", "slow", "--runs", runs);
	run_release(&r);
	free(text);
	free(slow);
	free(fifo);
}

/* Start the trainer, which holds after an iteration. */
static pid_t start_held(struct running *r, const char *name, const char *set)
{
	run_start(r,
		  (const char *const[]){trainer, "run", shapes, PLAN, "--name", name, "--pause-at",
					"2", "--set", set, NULL},
		  NULL);
	job_until_paused(name);
	return r->pid;
}

/* A run that is killed is told of, too; its log stays as it was, and it goes on to the same files. */
static void a_killed_run(void **state)
{
	(void)state;
	struct running r;
	struct strbuf before, after;
	char *set = set_on_end("x");
	pid_t pid = start_held(&r, "killed", set);
	the_log_of(&before, "killed");
	kill(pid, SIGKILL);
	assert_int_equal(run_wait(&r), 128 + SIGKILL);
	run_release(&r);
	want_mark("killed", "crashed 0 x");
	the_log_of(&after, "killed");
	assert_string_equal(before.buf, after.buf);
	EXPECT(&r, 1, viewer, "wait", "killed", "--runs", runs);
	want_in(r.text[0].buf, "killed: crashed");
	run_release(&r);
	strbuf_release(&before);
	strbuf_release(&after);
	free(set);
}

/* A directory that came from elsewhere runs no command of its own. */
static void a_copied_run(void **state)
{
	(void)state;
	struct running r;
	char *known = set_on_end("mine"), *named = xasprintf("%s given", script), *from, *to, *edit;
	pid_t pid = start_held(&r, "copied", known);
	kill(pid, SIGTERM);
	assert_int_equal(run_wait(&r), 130);
	run_release(&r);
	want_mark("copied", "stopped 0 mine");
	from = xasprintf("%s/copied/experiment.yaml", runs);
	to = xasprintf("s|\"mine\"|\"his\"|");
	EXPECT(&r, 0, "sed", "-i", to, from);
	run_release(&r);
	EXPECT(&r, 0, viewer, "resume", "copied", "--runs", runs, "--headless", "--notify", named);
	want_in(r.text[0].buf, "on_end is not run: ");
	run_release(&r);
	want_mark("copied", "finished 2 given");
	edit = xasprintf("s|\"his\"|\"mine\"|");
	EXPECT(&r, 0, "sed", "-i", edit, from);
	run_release(&r);
	EXPECT(&r, 0, viewer, "resume", "copied", "--runs", runs, "--headless", "--epochs", "1");
	run_release(&r);
	want_mark("copied", "finished 3 mine");
	free(known);
	free(named);
	free(from);
	free(to);
	free(edit);
}

static void a_command_that_is_not_there(void **state)
{
	(void)state;
	struct running r;
	struct strbuf yaml = STRBUF_INIT;
	char *path = path_join(job_dir, "bad.yaml");
	assert_int_equal(file_read(shapes, &yaml, NULL), ERR_OK);
	strbuf_addstr(&yaml, "on_end: [no-such-program]\n");
	job_write("bad.yaml", yaml.buf, yaml.len);
	static const char *const commands[] = {"check", "run"};
	for (size_t i = 0; i < 2; i++) {
		EXPECT(&r, 2, viewer, commands[i], path, "--runs", runs);
		want_in(r.text[1].buf,
			"bad.yaml:8:9: on_end: no-such-program: no such program in PATH");
		run_release(&r);
	}
	EXPECT(&r, 2, viewer, "run", shapes, PLAN, "--notify", "no-such-program x");
	want_in(r.text[1].buf, "--notify: no-such-program: no such program");
	run_release(&r);
	strbuf_release(&yaml);
	free(path);
}

/* ---- thaw wait ---- */

static void waiting_for_runs(void **state)
{
	(void)state;
	struct running r, w;
	EXPECT(&r, 0, trainer, "run", shapes, PLAN, "--name", "done");
	run_release(&r);
	pid_t pid = start_held(&r, "held", "train.seed=4");
	EXPECT(&w, 124, viewer, "wait", "done", "held", "--runs", runs, "--timeout", "0.2");
	want_in(w.text[0].buf, "done: finished");
	want_in(w.text[1].buf, "a run is still going on");
	run_release(&w);
	run_start(&w, (const char *const[]){viewer, "wait", "held", "done", "--runs", runs, NULL},
		  NULL);
	while (!strstr(w.text[0].buf, "done: finished") && w.fd[0] >= 0)
		run_pump(&w, 50);
	kill(pid, SIGTERM);
	assert_int_equal(run_wait(&w), 130);
	want_in(w.text[0].buf, "held: stopped by a signal: Terminated");
	run_release(&w);
	assert_int_equal(run_wait(&r), 130);
	run_release(&r);
}

static void an_interrupted_wait(void **state)
{
	(void)state;
	struct running r, w;
	pid_t pid = start_held(&r, "goes-on", "train.seed=4");
	run_start(&w,
		  (const char *const[]){viewer, "wait", "goes-on", "done", "--runs", runs, NULL},
		  NULL);
	while (!strstr(w.text[0].buf, "done: finished") && w.fd[0] >= 0)
		run_pump(&w, 50);
	kill(w.pid, SIGINT);
	assert_int_equal(run_wait(&w), 130);
	run_release(&w);
	assert_int_equal(kill(pid, 0), 0); /* the run does not mind */
	kill(pid, SIGTERM);
	run_wait(&r);
	run_release(&r);
	EXPECT(&w, 2, viewer, "wait", "nowhere", "--runs", runs);
	run_release(&w);
	EXPECT(&w, 2, viewer, "wait", "done", "--runs", runs, "--timeout", "soon");
	run_release(&w);
}

/* ---- the sandbox ---- */

/* Pictures that are links to elsewhere are read all the same. */
static void linked_pictures(char **folder)
{
	struct running r;
	char *command =
	    xasprintf("cd %s && cp -r train away && mkdir linked && cd away && for c in *; do "
		      "mkdir ../linked/$c; for p in $c/*; do ln -s ../../away/$p ../linked/$c/; "
		      "done; done",
		      job_dir);
	EXPECT(&r, 0, "sh", "-c", command);
	run_release(&r);
	*folder = path_join(job_dir, "linked");
	free(command);
}

static void with_and_without(void **state)
{
	(void)state;
	struct running r;
	char *linked, *images;
	linked_pictures(&linked);
	images = xasprintf("data.images=%s", linked);
	EXPECT(&r, 0, trainer, "run", shapes, PLAN, "--name", "in", "--set", images);
	run_release(&r);
	EXPECT(&r, 0, trainer, "run", shapes, PLAN, "--name", "out", "--set", images,
	       "--no-sandbox");
	run_release(&r);
	job_same_files("in", "out");
	struct history in, out;
	struct strbuf told = STRBUF_INIT;
	job_history(&in, runs, "in");
	job_history(&out, runs, "out");
	assert_null(out.run.sandbox);
	assert_non_null(in.run.sandbox);
	strbuf_addf(&told, "sandbox     %s", in.run.sandbox);
	EXPECT(&r, 0, viewer, "check", shapes, "--runs", runs);
	want_in(r.text[0].buf, told.buf);
	run_release(&r);
	history_release(&in);
	history_release(&out);
	strbuf_release(&told);
	free(linked);
	free(images);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands_are_run),
	    cmocka_unit_test(a_command_that_takes_its_time),
	    cmocka_unit_test(a_killed_run),
	    cmocka_unit_test(a_copied_run),
	    cmocka_unit_test(a_command_that_is_not_there),
	    cmocka_unit_test(waiting_for_runs),
	    cmocka_unit_test(an_interrupted_wait),
	    cmocka_unit_test(with_and_without),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
