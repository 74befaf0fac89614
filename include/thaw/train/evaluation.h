/* How good a saved network is: its figures on other pictures, or on the run's own validation
 * pictures.
 *
 * It computes as the run's validation does: pictures are fitted to the input as experiment.yaml
 * says, averaged with their mirror image where it says so, in batches of its size; so on the run's
 * own validation pictures best.weights give the figures of its best epoch. Pictures are read
 * while the network computes, and none is kept: memory does not grow with them but for their paths.
 */
#ifndef THAW_TRAIN_EVALUATION_H
#define THAW_TRAIN_EVALUATION_H

#include "thaw/base/err.h"
#include "thaw/base/warnings.h"
#include "thaw/config/experiment.h"
#include "thaw/data/dataset.h"
#include "thaw/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evaluation_options {
	const char *run_dir;
	const char *pictures; /* as dataset_open_labelled() takes them; NULL: the run's own
			       * validation pictures */
	const char *weights;  /* as predictor_open() takes them */
	int threads;          /* 0 = all cores */
	const char *device;   /* as predictor_open() takes it */
	size_t n_mistakes;    /* that are told, at most */
	void (*progress)(void *arg, size_t done, size_t total); /* pictures; may be NULL */
	void *arg;
};

struct evaluation_mistake {
	char *path;
	int truth, said;
	double prob_said, prob_truth;
};

struct evaluation {
	char *weights;  /* "best.weights", "last.weights" or the file that was asked for */
	char *pictures; /* the folder or file; of the run's own, what its experiment names */
	bool own;       /* ... which they are */
	int input_w, input_h;
	enum resize_mode resize;
	bool flip;      /* averaged with the mirror image */
	char **classes; /* [n_classes] */
	size_t n_classes;
	int64_t n; /* pictures looked at */
	int64_t n_correct;
	struct event_score score;
	struct event_class *figures; /* [n_classes], named by `classes` */
	int64_t *confusion;          /* [n_classes][n_classes], row-major, [true][predicted] */
	struct evaluation_mistake *mistakes; /* surest first */
	size_t n_mistakes;
	struct bad_image *bad; /* could not be read; the others were looked at all the same */
	size_t n_bad;
	struct warnings warnings; /* pictures of no class, others than the run had */
};

/* Errors: those of predictor_open() and dataset_open_labelled(); ERR_MISMATCH (the run's own
 * pictures have other classes now), ERR_VALUE (no picture can be read), ERR_NONFINITE. `out` is
 * untouched then. */
enum err evaluation_run(struct evaluation *out, const struct evaluation_options *o,
			struct errinfo *e);
void evaluation_release(struct evaluation *ev);

#endif
