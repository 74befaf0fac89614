#include "runs.h"

#include "thaw/base/alloc.h"
#include "thaw/base/clock.h"
#include "thaw/base/file.h"
#include "thaw/event/log_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 2, VALID_IMAGES = 50 };

/* Whatever it prints is kept beside the run. */
static pid_t spawn(const struct bench *b, const char *const *argv)
{
	char *out = scratch_path(b, "run.out");
	pid_t pid = fork();
	if (pid == 0) {
		union {
			const char *const *in;
			char *const *out; /* execvp() does not write to the words */
		} words = {argv};
		int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		dup2(fd, 1);
		dup2(fd, 2);
		execvp(argv[0], words.out);
		_exit(127);
	}
	if (pid < 0)
		die("cannot start %s", argv[0]);
	free(out);
	return pid;
}

/* Shape: more ends with NULL; NULL: nothing more */
static pid_t start(const struct bench *b, const char *experiment, const char *name,
		   const char *const *more)
{
	enum { MOST = 32 };
	char *runs = scratch_path(b, "runs"), *threads = xasprintf("%d", b->threads);
	const char *argv[MOST] = {b->thaw,     "run",      experiment, "--headless",
				  "--runs",    runs,       "--name",   name,
				  "--threads", threads,    "--device", b->device};
	int n = 12;
	while (more && *more && n < MOST - 1)
		argv[n++] = *more++;
	pid_t pid = spawn(b, argv);
	free(runs);
	free(threads);
	return pid;
}

static void finish(const struct bench *b, const char *what, pid_t pid, int wanted)
{
	int status;
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != wanted)
		die("%s failed; %s/run.out tells why", what, b->scratch);
}

double run_command(const struct bench *b, const char *const *argv)
{
	double began = clock_seconds();
	finish(b, argv[0], spawn(b, argv), 0);
	return clock_seconds() - began;
}

static void take(struct run *run, const struct event *ev)
{
	if (ev->type == EV_EPOCH && run->n_epochs < MAX_EPOCHS)
		run->train_s[run->n_epochs++] = ev->epoch.seconds.train.value;
	if (ev->type == EV_END) {
		run->peak_bytes = ev->end.peak_rss;
		run->best_acc = ev->end.best_acc.value;
	}
}

static void read_log(struct run *run, const char *path)
{
	struct log_reader *log = NULL;
	struct event ev;
	struct errinfo e;
	if (log_reader_open(&log, path, &e))
		die("%s", e.msg);
	for (enum log_next next; (next = log_reader_next(log, &ev, &e)) != LOG_WAIT;) {
		if (next == LOG_BROKEN)
			die("%s", e.msg);
		take(run, &ev);
		event_release(&ev);
	}
	log_reader_close(log);
}

/* Read on; false while there is no step yet. */
static bool has_step(struct log_reader *log, double began, struct run *run)
{
	struct event ev;
	struct errinfo e;
	while (run->first_step_s == 0 && log_reader_next(log, &ev, &e) == LOG_EVENT) {
		if (ev.type == EV_RUN)
			run->run_event_s = clock_seconds() - began;
		if (ev.type == EV_STEP || ev.type == EV_STEPS)
			run->first_step_s = clock_seconds() - began;
		event_release(&ev);
	}
	return run->first_step_s > 0;
}

/* The run of this process id, begun then, whose log is at `path`. */
static void wait_for_step(const struct bench *b, pid_t pid, double began, const char *path,
			  struct run *run)
{
	struct log_reader *log = NULL;
	struct errinfo e;
	for (;;) {
		if (!log && log_reader_open(&log, path, &e) == ERR_OK)
			continue;
		if (log && has_step(log, began, run))
			break;
		if (waitpid(pid, NULL, WNOHANG) != 0)
			die("a run ended before its first step; %s/run.out tells why", b->scratch);
		poll(NULL, 0, LOOK_MS);
	}
	log_reader_close(log);
}

/* A run under a name that is free: its process, when it began, its log. */
struct begun {
	double at;
	pid_t pid;
	char *log;
};

static struct begun begin(const struct bench *b, const char *experiment, const char *const *more)
{
	static int number;
	struct begun run;
	char *name = xasprintf("bench-%d-%d", (int)getpid(), ++number),
	     *file = xasprintf("runs/%s/events.jsonl", name);
	run.log = scratch_path(b, file);
	run.at = clock_seconds();
	run.pid = start(b, experiment, name, more);
	free(name);
	free(file);
	return run;
}

struct run run_experiment(const struct bench *b, const char *experiment, bool to_first_step)
{
	struct run run = {0};
	struct begun begun = begin(b, experiment, NULL);
	if (to_first_step) {
		wait_for_step(b, begun.pid, begun.at, begun.log, &run);
		end_beside(b, (struct background){begun.pid, experiment});
	} else {
		finish(b, experiment, begun.pid, 0);
		run.seconds = clock_seconds() - begun.at;
		read_log(&run, begun.log);
	}
	free(begun.log);
	return run;
}

struct background train_beside(const struct bench *b, const char *experiment,
			       const char *const *more)
{
	struct run run = {0};
	struct begun begun = begin(b, experiment, more);
	wait_for_step(b, begun.pid, begun.at, begun.log, &run);
	free(begun.log);
	return (struct background){begun.pid, experiment};
}

void end_beside(const struct bench *b, struct background run)
{
	kill(run.pid, SIGINT);
	finish(b, run.experiment, run.pid, 130);
}

/* Tiny Darknet 224x224 from scratch, batch 16, one phase. */
static char *write_experiment(const struct bench *b, const char *images, const char *valid,
			      const char *freeze, int epochs)
{
	char *path = scratch_path(b, "bench.yaml");
	struct strbuf text = STRBUF_INIT;
	struct errinfo e = {0};
	strbuf_addf(&text,
		    "network: {cfg: /usr/share/darknet/cfg/tiny.cfg, weights: none, input: 224}\n"
		    "data: {images: %s, valid: %s}\n"
		    "train: {batch: 16}\n"
		    "phases:\n"
		    "  - {name: only, freeze: %s, epochs: %d, lr: 0.0001}\n",
		    images, valid, freeze, epochs);
	if (file_write_atomic(path, text.buf, text.len, &e))
		die("%s", e.msg);
	strbuf_release(&text);
	return path;
}

struct run train_made_up(const struct bench *b, int n, const char *freeze, int epochs)
{
	char *images = make_photographs(b, n), *valid = make_photographs(b, VALID_IMAGES),
	     *experiment = write_experiment(b, images, valid, freeze, epochs);
	struct run run = run_experiment(b, experiment, false);
	if (run.n_epochs != epochs)
		die("%s: %d epochs of %d are in the log", experiment, run.n_epochs, epochs);
	free(images);
	free(valid);
	free(experiment);
	return run;
}
