/* A whole job for tests: pictures, a small pretrained network, an experiment; and running the
 * built programs on it. */
#ifndef THAW_TESTS_MAIN_JOB_H
#define THAW_TESTS_MAIN_JOB_H

#include "built.h"

#include "../train/pictures.h"
#include "../train/scratch.h"

#include "thaw/base/clock.h"
#include "thaw/event/log_reader.h"
#include "thaw/history/history.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#define DEADLINE_S 300 /* of one program; a sanitized build on a busy machine is slow */
#define MAX_WORDS 96

static char *job_dir;                 /* scratch */
static char *trainer, *viewer, *runs; /* the two programs, and a folder for runs in job_dir */

/* Set-up and tear-down of a group of tests. */
static inline int job_open(void **state)
{
	(void)state;
	job_dir = scratch_new();
	trainer = built_program("thaw-train");
	viewer = built_program("thaw");
	runs = path_join(job_dir, "runs");
	if (file_exists(trainer) && file_exists(viewer))
		return 0;
	fprintf(stderr, "%s and %s are not both built\n", trainer, viewer);
	return 1;
}

static inline int job_close(void **state)
{
	(void)state;
	scratch_free(job_dir);
	free(trainer);
	free(viewer);
	free(runs);
	return 0;
}

struct running {
	pid_t pid;
	int fd[2]; /* its stdout and stderr, -1 once at their end */
	struct strbuf text[2];
};

/* Start words[0] (a path, or a name in PATH), stdin from `input` (NULL: nothing to read). */
static inline void run_start(struct running *r, const char *const *words, const char *input)
{
	int out[2], err[2];
	char *argv[MAX_WORDS + 1] = {0};
	for (size_t i = 0; words[i]; i++)
		argv[i] = xstrdup(words[i]);
	*r = (struct running){.text = {STRBUF_INIT, STRBUF_INIT}};
	assert_int_equal(pipe2(out, O_CLOEXEC) | pipe2(err, O_CLOEXEC), 0);
	r->pid = fork();
	if (r->pid == 0) {
		int in = open(input ? input : "/dev/null", O_RDONLY);
		dup2(in, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(99);
	}
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
	close(out[1]);
	close(err[1]);
	r->fd[0] = out[0];
	r->fd[1] = err[0];
}

static inline void run_pump(struct running *r, int wait_ms)
{
	built_pump(r->fd, r->text, wait_ms);
}

/* Its exit status; a signal's number + 128. */
static inline int run_wait(struct running *r)
{
	int64_t end = clock_ms() + DEADLINE_S * 1000;
	while (r->fd[0] >= 0 || r->fd[1] >= 0) {
		run_pump(r, 100);
		if (clock_ms() > end) {
			kill(r->pid, SIGKILL);
			fail_msg("still running; it printed: %s%s", r->text[0].buf, r->text[1].buf);
		}
	}
	int status;
	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline void run_release(struct running *r)
{
	strbuf_release(&r->text[0]);
	strbuf_release(&r->text[1]);
}

/* Run to the end and want this status. */
static inline void run_expect(struct running *r, int status, const char *const *words)
{
	run_start(r, words, NULL);
	int got = run_wait(r);
	if (got != status)
		fail_msg("%s %s: status %d, wanted %d: %s%s", words[0], words[1], got, status,
			 r->text[0].buf, r->text[1].buf);
}

#define EXPECT(r, status, ...) run_expect(r, status, (const char *const[]){__VA_ARGS__, NULL})

/* --- the log of a run --- */

static inline void job_history(struct history *h, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s/events.jsonl", dir, name);
	struct log_reader *r;
	struct event ev;
	struct errinfo e;
	enum log_next next;
	history_init(h);
	if (log_reader_open(&r, path, &e) == ERR_OK) {
		while ((next = log_reader_next(r, &ev, &e)) != LOG_WAIT) {
			assert_int_equal(next, LOG_EVENT);
			history_apply(h, &ev);
			event_release(&ev);
		}
		log_reader_close(r);
	}
	free(path);
}

/* Wait until iteration `iter` is in the log. */
static inline void job_until_iter(const char *dir, const char *name, int64_t iter)
{
	int64_t end = clock_ms() + DEADLINE_S * 1000, now = 0;
	while (now < iter && clock_ms() < end) {
		struct history h;
		job_history(&h, dir, name);
		now = h.iter;
		history_release(&h);
		poll(NULL, 0, 10);
	}
	assert_true(now >= iter);
}

/* --- a small pretrained network on coloured shapes --- */

static const char shapes_cfg[] =
    "[net]\nbatch=1\nsubdivisions=1\nheight=32\nwidth=32\nchannels=3\n"
    "learning_rate=0.1\nmax_batches=100\n\n"
    "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=1\npad=1\n"
    "activation=leaky\n\n[maxpool]\nsize=2\nstride=2\n\n"
    "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=3\nstride=1\npad=1\n"
    "activation=leaky\n\n[maxpool]\nsize=2\nstride=2\n\n"
    "[convolutional]\nfilters=7\nsize=1\nstride=1\npad=1\nactivation=linear\n\n"
    "[avgpool]\n\n[softmax]\ngroups=1\n";

static inline void put_floats(struct strbuf *out, size_t n, float mean, float spread)
{
	for (size_t i = 0; i < n; i++) {
		float v = mean + spread * (float)rng_normal(99, out->len + i);
		strbuf_add(out, &v, sizeof(v));
	}
}

static inline void put_conv(struct strbuf *out, size_t filters, size_t inputs, bool batchnorm)
{
	put_floats(out, filters, 0, 0); /* biases */
	if (batchnorm) {
		put_floats(out, filters, 1, 0);       /* scales */
		put_floats(out, filters, 0.5f, 0.1f); /* rolling mean */
		put_floats(out, filters, 1, 0);       /* rolling variance */
	}
	put_floats(out, filters * inputs, 0, 1.4f / __builtin_sqrtf((float)inputs));
}

/* Weights of shapes_cfg: header 0.2.0 and 8 bytes of `seen`, then layer by layer. */
static inline void shapes_weights(struct strbuf *out)
{
	const int32_t header[5] = {0, 2, 0, 0, 0};
	strbuf_add(out, header, sizeof(header));
	put_conv(out, 8, 3 * 9, true);
	put_conv(out, 16, 8 * 9, true);
	put_conv(out, 7, 16, false);
}

static inline void job_write(const char *name, const void *data, size_t len)
{
	char *path = path_join(job_dir, name);
	assert_int_equal(file_write_atomic(path, data, len, NULL), ERR_OK);
	free(path);
}

/* job_dir/{train,valid,shapes.cfg,shapes.weights,shapes.yaml}; returns the path of the
 * experiment, caller frees. */
static inline char *job_shapes(void)
{
	char *train = path_join(job_dir, "train"), *valid = path_join(job_dir, "valid");
	make_pictures(train, 32, 32, 1);
	make_pictures(valid, 16, 32, 2);
	struct strbuf weights = STRBUF_INIT, yaml = STRBUF_INIT;
	shapes_weights(&weights);
	job_write("shapes.weights", weights.buf, weights.len);
	job_write("shapes.cfg", shapes_cfg, sizeof(shapes_cfg) - 1);
	strbuf_addf(&yaml,
		    "name: shapes\nnetwork: {cfg: %s/shapes.cfg, weights: %s/shapes.weights}\n"
		    "data: {images: %s, valid: %s, augment: {flip: true, crop: 1.1, hue: 0.02}}\n"
		    "train: {batch: 8, seed: 3, threads: 2}\nphases:\n"
		    "  - {name: head, freeze: base, epochs: 4, lr: 0.1}\n"
		    "  - {name: tune, freeze: 0-1, epochs: 3, lr: 0.01, schedule: cosine, "
		    "batchnorm: train}\n",
		    job_dir, job_dir, train, valid);
	job_write("shapes.yaml", yaml.buf, yaml.len);
	strbuf_release(&weights);
	strbuf_release(&yaml);
	free(train);
	free(valid);
	return path_join(job_dir, "shapes.yaml");
}

static char *shapes; /* the experiment of a group of tests that has one */

/* Set-up and tear-down of such a group. */
static inline int shapes_open(void **state)
{
	int bad = job_open(state);
	shapes = job_shapes();
	return bad;
}

static inline int shapes_close(void **state)
{
	free(shapes);
	return job_close(state);
}

/* runs/RUN/FILE; release *out. */
static inline void read_run_file(struct strbuf *out, const char *run, const char *file)
{
	char *path = xasprintf("%s/%s/%s", runs, run, file);
	strbuf_init(out);
	assert_int_equal(file_read(path, out, NULL), ERR_OK);
	free(path);
}

/* Wait until the run holds at an iteration, as --pause-at bade it: it cannot be done before. */
static inline void job_until_paused(const char *name)
{
	int64_t end = clock_ms() + DEADLINE_S * 1000;
	enum run_state state = RUN_TRAINING;
	while (state != RUN_PAUSED && clock_ms() < end) {
		struct history h;
		job_history(&h, runs, name);
		state = h.state;
		history_release(&h);
		poll(NULL, 0, 10);
	}
	assert_int_equal(state, RUN_PAUSED);
}

/* What two runs saved is the same to the byte. */
static inline void job_same_files(const char *one, const char *two)
{
	static const char *const files[] = {"best.weights", "last.weights", "last.state"};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct strbuf a, b;
		read_run_file(&a, one, files[i]);
		read_run_file(&b, two, files[i]);
		if (a.len != b.len || memcmp(a.buf, b.buf, a.len) != 0)
			fail_msg("%s of %s and %s differ", files[i], one, two);
		strbuf_release(&a);
		strbuf_release(&b);
	}
}

/* --- real photographs --- */

static inline bool have_flowers(void)
{
	return file_is_dir("../shared/flower_photos/train") &&
	       file_exists("../shared/weights/tiny.weights") &&
	       file_exists("/usr/share/darknet/cfg/tiny.cfg");
}

/* Tiny Darknet at 64x64; caller frees. */
static inline char *job_flowers(int head_epochs, int tune_epochs)
{
	char *yaml =
	    xasprintf("name: flowers\n"
		      "network: {cfg: /usr/share/darknet/cfg/tiny.cfg, input: 64x64,\n"
		      "          weights: ../shared/weights/tiny.weights}\n"
		      "head: {init: ridge, ridge: 1}\n"
		      "data: {images: ../shared/flower_photos/train,\n"
		      "       valid: ../shared/flower_photos/valid, augment: {flip: true}}\n"
		      "phases:\n"
		      "  - {name: head, freeze: base, epochs: %d, lr: 0.0003}\n"
		      "  - {name: tune, freeze: 0-13, epochs: %d, lr: 0.00003, schedule: cosine}\n",
		      head_epochs, tune_epochs);
	job_write("flowers.yaml", yaml, strlen(yaml));
	free(yaml);
	return path_join(job_dir, "flowers.yaml");
}

#endif
