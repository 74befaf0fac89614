/* A run in the formats of other programs, and as documents: one format a file.
 *
 * What a run's log does not tell is absent, column, section and all. Text from the log leaves by the
 * rule of plain.h and is then quoted as its format asks for, so nothing in it is taken for more than
 * text. Numbers for programs have the fewest digits that read back as the same double (in JSON: see
 * json_writer.h). The same run gives the same bytes.
 */
#ifndef THAW_REPORT_EXPORT_H
#define THAW_REPORT_EXPORT_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"
#include "thaw/report/run.h"
#include "thaw/report/times.h"

#include <stdbool.h>

struct export_run {
	struct report_run report; /* all borrowed */
	const struct times *times;
	const char *experiment; /* its experiment.yaml; NULL: there is none */
	const char *again;      /* the command that runs it again; NULL: there is none */
	bool steps;             /* of every iteration, too */
};

/* Read a log, whole: `h` and `t` are initialised before and released after, also on error.
 * Errors: as run_load() */
enum err export_read(const char *run, bool live, struct history *h, struct times *t,
		     struct errinfo *e);

/* The experiment.yaml of a run directory; NULL where there is none. Caller frees. */
char *export_experiment(const char *run);

typedef void export_fn(struct strbuf *out, const struct export_run *x);

/* A row an epoch as Keras' CSVLogger writes it: epoch from 0, then the figures in the order of the
 * alphabet (accuracy, learning_rate, loss, top_k_categorical_accuracy for the best 5, and those of
 * the validation behind "val_"), NA where one was not measured, lines that end in CR LF. */
export_fn export_csv;

/* A row a figure: run, split, figure, epoch, iteration, seconds (since the begin of the run), value;
 * empty where it has none. Figures of a class are recall:CLASS, precision:CLASS and f1:CLASS; those
 * of an iteration step_loss, step_learning_rate, step_images_per_second and step_wait, whose epoch
 * is the one that they are a part of. */
export_fn export_tidy;

/* TensorBoard's event file: train/loss, learning_rate and train/images_per_second of every
 * iteration; train/epoch_loss, train/accuracy, validation/loss, validation/accuracy, validation/top5
 * and recall/CLASS, precision/CLASS, f1/CLASS at the iteration that ended the epoch. Binary. Values
 * are floats there. */
export_fn export_tensorboard;

export_fn export_markdown;

/* One file that needs no other: no script, no request, a policy that forbids both. */
export_fn export_html;

/* report_json(), and all epochs, interventions, layers, notes. */
export_fn export_json;

/* What counts as the place of an epoch: iterations, or its number where the log tells none. */
int64_t export_place(const struct history *h, const struct history_epoch *e);

#endif
