/* What the parts of `thaw sweep` share. */
#ifndef THAW_MAIN_THAW_SWEEP_H
#define THAW_MAIN_THAW_SWEEP_H

#include "thaw_cli.h"

#include "thaw/config/experiment.h"
#include "thaw/run/sweep.h"

struct sweep_plan {
	const struct cli *cli;
	struct sweep sweep;
	char *runs, *path; /* where the runs are; the sweep's file */
	size_t jobs;
	int threads;    /* of each run; 0 = as the experiment says */
	char **devices; /* [n_devices] owned: one a job, in turn */
	size_t n_devices;
	bool changed; /* the file is not there, or says something else */
};

/* What is to be done about one combination. */
enum sweep_todo {
	SWEEP_START,
	SWEEP_ANEW,   /* there is a run without a checkpoint: it is removed and started again */
	SWEEP_RESUME, /* there is one to go on with */
	SWEEP_WATCH,  /* a trainer is at it */
	SWEEP_KEEP,   /* it has finished */
	SWEEP_LEAVE   /* something is in the way */
};

/* Fill it from the command line, from the sweep's file, or both; what has changed since is told.
 * Returns an exit status; release *p either way. */
int sweep_plan_make(struct sweep_plan *p, const struct cli *c);
void sweep_plan_release(struct sweep_plan *p);
void sweep_add_device(struct sweep_plan *p, const char *name, size_t len);

/* The file of the sweep that a word means, in `runs` (NULL: the usual place); NULL: it means none.
 * Caller frees. */
char *sweep_named(const char *word, const char *runs);

/* The settings of combination `i`; the caller frees *x. Errors: as experiment_read() */
enum err sweep_experiment(const struct sweep *s, size_t i, struct experiment **x,
			  struct errinfo *e);

/* Check every combination that has no run yet, find cards for the jobs where no --device is given, and tell how
 * much there is to do. Returns an exit status. */
int sweep_plan_check(struct sweep_plan *p, bool quiet);

/* Keep the sweep's file where it has changed; p->runs is absolute from then on. Returns an exit status. */
int sweep_plan_keep(struct sweep_plan *p);

/* ERR_STATE: there is a queue. */
enum err sweep_at_work(const struct sweep_plan *p, struct errinfo *e);

/* What is to be done about the run at `dir`, and why it is left alone. */
enum sweep_todo sweep_todo(const char *dir, struct errinfo *why);

/* The words that start or resume combination `i`; words[0] is the program. `device` may be NULL; `report`: to
 * descriptor 3. The caller frees each from words[1] on, and the array. */
char **sweep_words(const struct sweep_plan *p, size_t i, enum sweep_todo todo, const char *device,
		   bool report);
/* That check it; `device` given: only whether its structure would do there. */
char **sweep_check_words(const struct sweep_plan *p, size_t i, const char *device);
void sweep_words_free(char **words);

/* The last line that is not empty of what a trainer said, without "thaw: "; points into `text`, which is cut
 * up. */
const char *sweep_last_line(char *text);

/* Train what is left. Returns an exit status. */
int sweep_queue(const struct sweep_plan *p);

/* What the help and the manual say: forms of values and what they mean, NULL at the end; and two paragraphs. */
extern const char *const sweep_forms[][2];
extern const char *const sweep_words_of_values, *const sweep_words_of_runs;

/* Show the sweep whose file is at `path`. Returns an exit status. */
enum sweep_format { SWEEP_TEXT, SWEEP_MEANS, SWEEP_JSON, SWEEP_CSV };
int sweep_show(const struct cli *c, const char *path, enum sweep_format format);

#endif
