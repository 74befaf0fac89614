/* A network as a run saved it: model.cfg, labels.txt, one of its weights files, and how the run
 * fitted pictures to its input. */
#ifndef THAW_TRAIN_SAVED_H
#define THAW_TRAIN_SAVED_H

#include "thaw/base/folder.h"
#include "thaw/config/experiment.h"
#include "thaw/engine/net.h"

#include <stddef.h>

struct saved {
	struct net *net;
	struct experiment *x; /* the run's own; NULL: it has no experiment.yaml */
	int batch;            /* that the net was opened for */
	char **labels;
	size_t n_labels;
	char *weights; /* "best.weights", "last.weights", or the file that was asked for */
};

struct saved_options {
	const char *run_dir;
	const char *weights; /* "best", "last", a file (from here, or in run_dir); NULL: best, or
			      * last where there is no best */
	int batch;           /* 0 = as the run's */
	int threads;         /* 0 = all cores */
	const char *device;  /* as train.device; NULL = the run's, or auto where that is not here */
};

/* Errors: ERR_NOT_FOUND (not a run directory, no such weights), ERR_MISMATCH (labels, weights and
 * cfg disagree), those of experiment_read() and of the network. `s` is empty then. */
enum err saved_open(struct saved *s, const struct saved_options *o, struct errinfo *e);
/* The weights file of the run in `run` that `o` asks for, open to be read, and its name.
 * Owns:   the caller owns *name, and *fd when there is no error
 * Errors: ERR_NOT_FOUND, ERR_IO; *name may be set then too */
enum err saved_open_weights(const struct saved_options *o, const struct folder *run, char **name,
			    int *fd, struct errinfo *e);
void saved_release(struct saved *s);

/* How the run fits pictures to its input: letterbox, as Darknet, where it does not say. */
enum resize_mode saved_resize(const struct saved *s);

#endif
