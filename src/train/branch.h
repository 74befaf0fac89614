/* A run that begins with the state of another one: its directory is made here, as if it had trained
 * until that point itself, and it goes on from there as a resumed run does (resume.h).
 *
 * Weights and state are second names of the other's files where the file system has such (they are
 * only ever replaced, never written into), so no weights are copied; the log begins with the other's
 * events until the checkpoint, a copy that shares its blocks where files can. So the new directory is
 * whole: it can be moved, and the other can go.
 */
#ifndef THAW_TRAIN_BRANCH_H
#define THAW_TRAIN_BRANCH_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/run/run_dir.h"
#include "thaw/train/trainer.h"

struct branch {
	struct run_dir dir;  /* the new one, locked; resume_open_made() takes it */
	char *path;          /* of it */
	char *parent;        /* the other's name */
	int64_t epoch, iter; /* of the checkpoint: epochs ended, iterations */
	struct strbuf from;  /* it in words: "epoch 4 (best.weights)" */
	bool nearest;        /* it is not the very point that was asked for */
};

/* Make RUNS/NAME off the run o->branch at the point o->at: "epoch 5", "iter 900", "best" or "last";
 * the nearest kept one at or before it is taken.
 * Errors: ERR_NOT_FOUND (no such run; nothing is kept there, with what is), ERR_VALUE (no such
 *         point), ERR_STATE (the new one exists), ERR_IO, ERR_MISMATCH; nothing is left then */
enum err branch_make(struct branch *b, const struct trainer_options *o, struct errinfo *e);

/* Remove what was made: the run cannot begin. */
void branch_discard(struct branch *b);
void branch_release(struct branch *b); /* the directory stays */

#endif
