/* Whole runs of the programs under test, timed from outside and read from their logs. */
#ifndef THAW_TESTS_BENCH_RUNS_H
#define THAW_TESTS_BENCH_RUNS_H

#include "bench.h"

#include <stdint.h>

enum { MAX_EPOCHS = 16 };

struct run {
	double seconds;      /* from exec to exit */
	double run_event_s;  /* from exec to the `run` event, with which a log begins */
	double first_step_s; /* ... to the first `step` event */
	int n_epochs;
	double train_s[MAX_EPOCHS]; /* of each epoch, validation apart */
	double best_acc;
	int64_t peak_bytes;
};

/* `thaw run EXPERIMENT --headless` into a fresh run directory. `to_first_step`: stop it then; only
 * run_event_s and first_step_s are set. */
struct run run_experiment(const struct bench *b, const char *experiment, bool to_first_step);

/* The same, with more words for `thaw run`, in the background from its first step on, until it is
 * interrupted. Shape: more ends with NULL */
struct background {
	pid_t pid;
	const char *experiment;
};
struct background train_beside(const struct bench *b, const char *experiment,
			       const char *const *more);
void end_beside(const struct bench *b, struct background run);

/* Train Tiny Darknet 224x224, b16, on `n` made-up photographs, one phase: frozen layers, epochs. */
struct run train_made_up(const struct bench *b, int n, const char *freeze, int epochs);

/* A folder of made-up photographs, 320x240, five classes, `n` in all; returns its path, caller
 * frees. */
char *make_photographs(const struct bench *b, int n);

/* Seconds of a whole command, from exec to exit, which must be a success. What it prints is in
 * scratch/run.out. Shape: argv ends with NULL. */
double run_command(const struct bench *b, const char *const *argv);

/* Seconds that `threads` threads take to look at every photograph of the flower experiment. */
double look_at_photographs(int threads);

#endif
