/* A run that goes on in its own directory: may it, and from where.
 *
 * It goes on from last.weights and last.state, when those are damaged from the checkpoint before
 * them (sound.h), or from another kept point, with the plan that experiment.yaml holds now and that
 * the options set over it (replan.h). Rates, lengths and further phases may have been edited there;
 * what the run is made of (network, pictures and how they are fitted, classes, batch, seed), and by
 * which figure an epoch is the best, may not, or what follows would not be the same run. Files that were moved are the same files: a cfg that makes the same
 * network, pictures of the same names and bytes in another folder.
 *
 * Invariant: until resume_tell() nothing in the directory has been changed but for what a killed
 * trainer has left half done (pair.h), a torn last line of the log, and the plan asked for in
 * experiment.yaml, and that only once nothing can be refused any more.
 */
#ifndef THAW_TRAIN_RESUME_H
#define THAW_TRAIN_RESUME_H

#include "thaw/run/run_dir.h"
#include "state.h"
#include "thaw/config/experiment.h"
#include "thaw/data/dataset.h"
#include "thaw/event/command.h"
#include "thaw/history/history.h"
#include "thaw/train/trainer.h"

struct branch;
struct preflight;
struct session;

struct resume {
	const struct trainer_options *options; /* borrowed */
	const struct branch *branch; /* it begins with the state of another run (branch.h); borrowed; NULL:
				      * it goes on */
	struct run_dir dir;                     /* locked */
	char *experiment;                      /* path of its experiment.yaml, for messages */
	struct history log;                    /* what it tells so far */
	bool from;              /* another point than the last is asked for: */
	struct point point;
	bool goes_back;         /* to another point than the last, for that or its damage */
	struct strbuf damage;   /* what is wrong with the last, so that one before it was taken */
	char weights[64];       /* where those of the state lie, for pair_open_point() */
	struct state state;
};

/* Find the run o->name (a directory, or a name in o->runs), lock it, settle what a killed trainer
 * has left half done, read its log and state.
 * Errors: ERR_NOT_FOUND (no such run, no checkpoint yet), ERR_STATE (running), those
 *         of pair_read(); nothing is kept open then */
enum err resume_open(struct resume *r, const struct trainer_options *o, struct errinfo *e);
/* The same of a directory made for a branch, which is taken from it. */
enum err resume_open_made(struct resume *r, struct branch *b, const struct trainer_options *o,
			  struct errinfo *e);
void resume_release(struct resume *r); /* the lock too, unless the session has taken it over */

/* What must be as it was. Errors: ERR_MISMATCH, with the place where it is not. */
enum err resume_check_settings(const struct resume *r, const struct experiment *x,
			       struct errinfo *e);
enum err resume_check_classes(const struct resume *r, const struct dataset *d, struct errinfo *e);
enum err resume_check_network(const struct resume *r, const struct strbuf *model_cfg,
			      struct errinfo *e);
enum err resume_check_pictures(const struct resume *r, const struct preflight *p,
			       struct errinfo *e);

/* Add to an error about the pictures how to say where they are now. */
void resume_ask_where(const struct resume *r, const struct experiment *x, struct errinfo *e);

/* Put the session and its network where the run was. Errors: ERR_MISMATCH. */
enum err resume_apply(const struct resume *r, struct session *s, struct errinfo *e);

/* Say so, behind the `run` event. */
void resume_tell(const struct resume *r, struct session *s);

#endif
