/* One run while it trains: what the loop, the commands, the guard and the checkpoints share.
 *
 * Everything belongs to one thread. Invariant: between two iterations `at`, `factor` and the
 * net's frozen set say exactly what the next iteration will do.
 */
#ifndef THAW_TRAIN_SESSION_H
#define THAW_TRAIN_SESSION_H

#include "batches.h"
#include "busy.h"
#include "emit.h"
#include "ending.h"
#include "layer_stats.h"
#include "metrics.h"
#include "on_end.h"
#include "preflight.h"
#include "thaw/run/run_dir.h"
#include "rules.h"
#include "saving.h"
#include "undo.h"
#include "thaw/base/metric.h"
#include "thaw/event/command.h"
#include "usage.h"
#include "thaw/wire/control_server.h"

#include <stdbool.h>
#include <stdint.h>

struct position {
	size_t phase;          /* index of the phase */
	int64_t epoch;         /* 1-based number of the epoch being trained, or of the last one: the
				* former when it is above epochs_done */
	int64_t epochs_done;   /* that ended in an epoch event */
	int64_t iter;          /* iterations completed in the run */
	int64_t iter_in_phase; /* what the schedule follows */
	int64_t iter_in_epoch;
	uint64_t seen; /* images learnt from */
};

struct kept_state { /* a finite state of the network */
	struct net_snapshot *net; /* NULL: none was ever taken */
	int64_t iter;             /* iterations completed when it was taken */
	bool holds;               /* false: it is room for another only */
};

struct guard {                    /* guard.c */
	struct kept_state good;   /* from which it went on well */
	struct kept_state fresh;  /* from which that is not known yet */
	int since_fresh;          /* good iterations since that was taken, or gone back to */
	int since_bad;             /* finite iterations since the last accident */
	int strikes;               /* accidents without enough good iterations between */
	double mean_loss;          /* running, of good iterations */
	int64_t n_losses;          /* in it */
};

struct waiting { /* a command that came in and has not taken effect */
	uint64_t client; /* whom to answer; 0: nobody */
	struct command cmd;
	enum cause cause; /* who gave it: the user, a rule, the run that is run again, … */
};

struct commands { /* commands.c */
	struct waiting *queue;
	size_t n_queue, cap_queue;
	struct intervention *done; /* undo.c */
	size_t n_done, cap_done;
};

struct trouble { /* guard.c: a pause after accidents, until somebody decides */
	bool on;
	char *why;        /* what the run ends with when nobody does; owned */
	int64_t since_ms; /* that nobody has been watching; monotonic */
};

struct best {
	bool any;
	double score; /* by the figure of train.best */
	double acc, loss;
	int64_t epoch;
};

struct resume;
struct again;

struct session {
	struct preflight *p;         /* experiment, data set, network; borrowed */
	const struct resume *resume; /* the run that goes on; NULL: a new one */
	struct again *again; /* the run that it trains again; owned; NULL: none */
	struct told_run told; /* of it, for the log; borrowed */
	struct run_dir dir;
	struct emitter *emit;
	struct control_server *control;
	struct batches train, valid;
	struct net_cache_info cache; /* as it was when this epoch began */
	bool cache_told;             /* the log says that something is kept */
	bool views_repeat; /* a training view comes again: worth keeping in the activation cache */

	struct position at;
	double factor; /* user's and guard's, on top of the schedule; 1 at a phase's start */
	double
	    *scales; /* [layers] multipliers set by hand, owned; 0: as the phase's layer_decay says.
			 * They stay through later phases, until set again or undone */
	int thaw_every;  /* epochs from one block that thaws to the next (thawing.h); 0: none does */
	struct layerset held; /* frozen by hand in this phase: the plan does not thaw them */
	bool thaw_told;       /* the log says that something will thaw */
	double last_lr; /* of the last iteration, for `was` */
	struct guard guard;
	struct trouble trouble;
	struct commands commands;
	bool pause; /* to come, after pause_at iterations */
	int64_t pause_at;
	struct metrics running, valid_metrics;
	struct probes probes;
	struct mistakes mistakes; /* of the last validation */
	struct layer_stats stats;
	struct best best;
	double paused_s; /* spent paused, or waiting for the disk, during this epoch's training */
	double aside_s; /* spent on a range test (aside.h) since commands_apply() began */
	struct saving saving;
	struct rules rules;
	struct ending ending;
	struct busy busy;
	struct usage usage;

	struct strbuf sandbox;   /* what holds this process, in words; "" = nothing */
	bool lacks;              /* something of what could */
	struct outcome outcome;  /* once it has ended: how, for who tells that outside the log */

	bool paused, stopping, next_phase;
	bool moved;    /* it went back: `at` is another place than where the loops stand */
	bool complete; /* the plan is done: a stop comes too late to leave anything out */
};

/* The learning rate the next iteration will use. */
bool session_is_last_phase(const struct session *s);
double session_lr(const struct session *s);

/* Set the factor so that the next iteration's rate is `lr`, and say so. */
void session_set_factor(struct session *s, double factor, enum cause cause);

/* Tell the rate of the next iteration, `lr`, and what it was. */
void session_tell_lr(struct session *s, enum cause cause, double lr, double was);

/* Change the frozen set (a no-op when it is equal) and say so. */
void session_set_frozen(struct session *s, const struct layerset *frozen, enum cause cause);

/* Make `by_hand` the multipliers set by hand (it may be s->scales), and say so when any layer's
 * changes. Shape: by_hand[layers] */
void session_set_scales(struct session *s, const double *by_hand, enum cause cause);
void session_tell_scales(struct session *s, enum cause cause); /* as they are */

const struct phase_config *session_phase(const struct session *s);

/* The phase's epochs that have ended. */
int64_t session_epochs_in_phase(const struct session *s);

/* The value of a metric in the validation just done. */
struct opt_double session_figure(const struct session *s, const struct metric *m);

void session_tell_run(struct session *s); /* the plan and machine from now on */

/* Say that the run goes on from here, and whose weights best.weights are. */
void session_tell_place(struct session *s, enum control_what what, enum cause cause);

/* The signal that has asked this process to stop, set by a handler and read at iteration
 * boundaries; 0: none. */
int session_signalled(void);

/* From now on every signal whose default is to end the process, and that does not say that the
 * trainer itself is broken, asks for a stop; in a sandbox the last is every_thread.h's. */
void session_watch_signals(void);

#endif
