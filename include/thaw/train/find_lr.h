/* A learning-rate range test of a phase, without a run: on the experiment's own pictures, network
 * and settings, in memory alone. Nothing is written anywhere.
 *
 * It begins with the weights that the experiment begins with, the new last layer initialised as it
 * says, or with those that a run has learnt. Same seed and number of threads, same numbers.
 */
#ifndef THAW_TRAIN_FIND_LR_H
#define THAW_TRAIN_FIND_LR_H

#include "thaw/base/err.h"
#include "thaw/event/event.h"
#include "thaw/train/trainer.h"

#include <stdint.h>

struct find_lr_options {
	const struct trainer_options *trainer; /* of it: experiment, sets, threads */
	const char *run_dir; /* whose experiment and weights are taken; NULL: the experiment's */
	const char *weights; /* of the run: best, last or a file; NULL: best, or last without it */
	const char *phase;   /* its name; NULL: the first */
	double from, to;     /* 0: 1e-6, 1 */
	int iterations;      /* 0: 100 */
	void (*progress)(void *arg, int done, int total, double rate, double loss); /* may be NULL */
	void *arg;
};

struct find_lr {
	char *experiment; /* its file */
	char *phase;
	char *weights; /* what it began with, in words */
	char *learns;  /* the layers that learn, as ranges */
	double lr;     /* that the phase plans, */
	char *where;   /* and where that is written, FILE:LINE:COLUMN */
	int64_t n_learning, n_parameters; /* parameters */
	int64_t n_pictures, batch;
	struct event_lr_range range; /* as of a run that begins; owned, with its texts */
};

/* Errors: ERR_VALUE (no such phase, an empty range), those of trainer_check(), and of the weights;
 *         `out` is untouched then */
enum err trainer_find_lr(struct find_lr *out, const struct find_lr_options *o, struct errinfo *e);
void find_lr_release(struct find_lr *f);

#endif
