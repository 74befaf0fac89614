/* A whole training run: preflight, run directory, phases, epochs, commands, checkpoints, the
 * `end` event.
 *
 * The trainer draws nothing and answers nobody but the control socket; what happens is told
 * through events.jsonl.
 *
 * Invariants: once the run directory is public its log gets an `end` event, whatever happens
 * short of SIGKILL (of that the warden tells what it knows: warden.h); only finite weights are ever written; a command takes effect between two
 * iterations or not at all.
 *
 * Decisions that a reader of a log may rely on:
 * - A phase resets the frozen set and the learning rate to its plan; `undo` reaches over that, and
 *   over a resume, to what still holds (undo.h).
 * - A loss that is lost soon after a change by hand takes that change back; what does not cease is
 *   asked about in a pause (guard.h). `back`, or a resume from a kept point, drops what came after
 *   it, and trains what would have been trained then, to the bit (back.h).
 * - What a layer's learning rate is multiplied by follows the phase's layer_decay until `lr-scale`
 *   sets it; then it stays, in later phases too.
 * - `next-phase` validates what was trained of the current epoch (an epoch event with fewer
 *   images), then goes on; in the last phase the run finishes.
 * - `stop` and every signal that would end a process (SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1,
 *   SIGXCPU, the timers', real-time ones, …) write last.weights without validating and end the run
 *   as `stopped`, naming the signal. Those that say that the program itself is broken (SIGSEGV,
 *   SIGSYS, SIGTRAP, …) end it as `failed`.
 * - What cannot be saved, weights or lines of the log, is waited for between two iterations, and
 *   viewers are told through the socket (saving.h). A stop meanwhile tries once more; a run that
 *   ends with something unsaved has failed. A run directory that is removed fails the run at once.
 * - A checkpoint is published as one (pair.h): killed at any moment, a run goes on to the
 *   files that it would have made. Before its first checkpoint there is nothing to go on from.
 * - The learning rate of an iteration is its schedule's value in the middle of that iteration,
 *   so a warm-up never begins with a wasted zero and a cosine never ends with one.
 */
#ifndef THAW_TRAIN_TRAINER_H
#define THAW_TRAIN_TRAINER_H

#include "thaw/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct trainer_options {
	const char *experiment; /* path of the YAML */
	const char *settings;   /* its text, read instead; NULL = read it */
	const char *again; /* path of a run to train again; experiment and settings are its own */
	const char *runs;       /* directory of run directories; made when missing */
	const char *name;       /* of the run; NULL = experiment's name and the first free number;
				 * of one that goes on also the path of its directory */
	const char *const *sets; /* "key.path=value" */
	size_t n_sets;
	int threads;   /* 0 = as the experiment says */
	const char *device; /* as train.device; NULL = as the experiment says */
	const char *until; /* of one that is trained again: "epoch N" or "iter N"; NULL = as far as it went */
	int more_epochs; /* of a run that goes on: so many more of its last phase; 0 = none */
	const char *from; /* of one that goes on: best, last or epoch N; NULL = last */
	const char *branch; /* path of a run to begin from, */
	const char *at; /* ... at "epoch N", "iter N", best or last; NULL = last */
	bool force; /* train although the memory seems not to suffice */
	bool pause; /* once, after pause_at iterations (0: before the first), until unpaused */
	int pause_at;
	int report_fd; /* "run PATH\n" goes there once detached; -1 = stay in the foreground */
	bool warden;   /* a process beside this one is to see to its end: commands, a kill */
	const char *const *notify; /* commands in one line for that, besides the experiment's on_end */
	size_t n_notify;
	bool sandbox; /* give up, once the run begins, what a run does not need */
};

/* The exit status of a program that trains. */
enum trainer_status {
	TRAINER_FINISHED = 0,
	TRAINER_FAILED = 1,
	TRAINER_BAD_INPUT = 2, /* nothing was trained; no run directory remains */
	TRAINER_STOPPED = 130
};

/* Check the experiment, make the run directory, train. With a report_fd the caller's session is
 * left once the run exists; when the caller leads a process group this forks first, and in the
 * parent trainer_run() returns as soon as the child has detached (TRAINER_FINISHED) or failed
 * before that.
 * Errors: `e` is filled for TRAINER_FAILED and TRAINER_BAD_INPUT. */
enum trainer_status trainer_run(const struct trainer_options *o, struct errinfo *e);

/* Go on with the run o->name, which was stopped, failed or crashed, from its last checkpoint and in
 * its own directory; also with one that has finished, when its plan leaves more to do now: o->sets,
 * o->more_epochs, or an edit of its experiment.yaml. o->experiment is not looked at. Stopped and
 * resumed, with the same number of threads, a run ends with the same bytes as one that was never
 * stopped; finished and made longer, as one that was planned so long, where its rates do not depend
 * on the length.
 * Errors: as trainer_run(); TRAINER_BAD_INPUT leaves the directory as it was. */
enum trainer_status trainer_resume(const struct trainer_options *o, struct errinfo *e);

/* Only the checks, and a report of what was found on `out`. Nothing is left behind.
 * Errors: those of every setting and input, one line each with its place. */
enum err trainer_check(const struct trainer_options *o, FILE *out, struct errinfo *e);

/* The same without the weights and pictures that may not be here: cfg, new last layer, phases. No
 * picture is decoded. Errors: as trainer_check(), but for files that are missing. */
enum err trainer_check_structure(const struct trainer_options *o, FILE *out, struct errinfo *e);

/* Where the time goes, on `out`: for the frozen layers of each phase, and for evaluation, a table
 * of the milliseconds of each layer, measured over `iterations` (>= 1) on the first training batch.
 * Nothing is learnt, and nothing left behind.
 * Errors: as trainer_check(); ERR_NONFINITE */
enum err trainer_profile(const struct trainer_options *o, int iterations, FILE *out,
			 struct errinfo *e);

#endif
