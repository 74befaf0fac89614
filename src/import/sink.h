/* What importers have in common: figures by foreign names in, events of our own vocabulary out.
 *
 * A scalar is one number that the foreign log tells, with its place. Scalars of one place that come one
 * after the other (same step; without steps the same epoch) are a row. The table of names in
 * sink_names.c says which of our figures a name means; of a row's figures a `step` and, where it holds
 * what is told of a whole epoch or of a validation, an `epoch` are made; every other number becomes a
 * `metric` under its own name. So importers give rows in the order of time: one that reads a file for
 * each figure merges them first.
 *
 * Units. Accuracies are shares here. Which unit a log has is decided by its format (sink_run), else by
 * its numbers: one above 1 makes all its accuracies percent, and one above 100 makes them no
 * accuracies; either is told in a note, and what was read before is read again.
 *
 * Epochs are counted from 1 here. Of a log of steps each validation is an `epoch`, with the epoch's
 * number; one that goes by without a validation has the mean of its training losses. Where there are
 * several in an epoch, or no epochs are told, validations are counted instead (event_run.unit), and an
 * `epoch` event's phase tells the epoch as the log has it. What is validated before the first step is no
 * epoch: metrics alone.
 *
 * Order. Where the epochs of a log of epochs begin again (several runs appended to one file) they are
 * counted on, with a note. A training loss at an earlier step voids what lies behind it, with a note.
 *
 * Time. A scalar's `wall_ms` becomes the event's `t`; a log without any has one second a row, and its
 * run says so (event_run.clock).
 */
#ifndef IMPORT_SINK_H
#define IMPORT_SINK_H

#include "thaw/base/opt_double.h"
#include "thaw/event/event.h"

#include <stdbool.h>
#include <stdint.h>

struct sink;

struct scalar {
	const char *name; /* as the log has it; borrowed for the call */
	struct opt_double step;    /* iterations */
	struct opt_double epoch;   /* as sink_run.epochs says */
	struct opt_double wall_ms; /* since 1970, or since the run's beginning: one of both in a log */
	double value;              /* may be NaN or infinite */
	bool apart; /* its step counts other things than the run's: it is a metric, and of no row */
};

enum sink_axis {
	AXIS_STEP, /* rows are at steps; epochs end where something is told of them */
	AXIS_EPOCH /* a row is an epoch, by scalar.epoch; without one the next */
};

enum sink_epochs {
	EPOCHS_INDEX,  /* the epoch that is trained: whole numbers, from 0 where the first is 0 */
	EPOCHS_FROM_0, /* the same, always from 0 */
	EPOCHS_DONE    /* how many are done, with fractions */
};

/* What a figure is told of; of a name that does not say so: see sink_run.bare. */
enum sink_split { SPLIT_NONE, SPLIT_TRAIN, SPLIT_VALID, SPLIT_TEST };

struct sink_run { /* all borrowed for the call */
	const char *framework; /* "Keras CSVLogger" */
	enum sink_axis axis;
	enum sink_epochs epochs;
	enum sink_split bare; /* of an accuracy whose name tells no split; SPLIT_NONE: by its row */
	bool percent; /* the format has accuracies in percent */
	bool share;   /* ... or as shares, whatever its numbers are */
	bool timed;   /* its scalars have wall_ms */
	/* What else the log tells of the run: epochs, iterations (of an epoch), batch, device, cfg,
	 * weights, data, optimizer, classes, started (ms since 1970); the rest is left 0. */
	struct event_run run;
};

/* Before anything else, once: later ones are ignored. Without it the first scalar begins a run of
 * AXIS_STEP by the format's own name. */
void sink_run(struct sink *s, const struct sink_run *r);

void sink_scalar(struct sink *s, const struct scalar *v);

/* The row is over, whatever comes next. */
void sink_row(struct sink *s);

/* A line for the log page. */
void sink_note(struct sink *s, enum note_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The run goes on from an earlier step: what was told after it is void. */
void sink_back(struct sink *s, int64_t step);

/* The table of layers; borrowed. */
void sink_layers(struct sink *s, const struct event_layers *layers);

/* So many epochs are done, whole ones, though no row says so. */
void sink_epochs_done(struct sink *s, int64_t n);

/* The log says that its run has ended, and how. `reason` may be NULL. */
void sink_end(struct sink *s, enum end_status status, const char *reason);

/* How many scalars have come. */
int64_t sink_n_scalars(const struct sink *s);

#endif
