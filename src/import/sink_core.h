/* The inside of a sink, shared by its files alone: sink.c (what importers call), sink_rows.c (rows to
 * steps, epochs and metrics), sink_tell.c (events into the log). */
#ifndef IMPORT_SINK_CORE_H
#define IMPORT_SINK_CORE_H

#include "event_out.h"
#include "sink.h"
#include "sink_names.h"

#include <stddef.h>

enum slot {
	SLOT_LOSS, SLOT_EPOCH_LOSS, SLOT_ACC, SLOT_EPOCH_ACC, SLOT_TOP5, SLOT_VALID_LOSS,
	SLOT_VALID_ACC, SLOT_VALID_TOP5, SLOT_LR, SLOT_SPEED, SLOT_SECONDS,
	SLOT_N /* also: none of them */
};

enum acc_unit { UNIT_SHARE, UNIT_PERCENT, UNIT_NONE };

struct name {
	char *text;
	struct name_meaning meaning;
};

struct item { /* a scalar of the row */
	size_t name;
	double value;
	bool told; /* in an event already */
};

struct row {
	bool open;
	struct opt_double step, epoch;
	int64_t t_ms;
	struct item *items;
	size_t n, cap;
	int64_t number;                       /* of the epoch that was told of it, -1 = none */
	struct opt_double mean_loss, mean_acc; /* of that epoch */
};

struct owner { /* the name that a figure is taken from */
	bool known;
	size_t name;
};

struct mean {
	double sum;
	size_t n;
};

struct told_epoch {
	int64_t number, iter;
};

struct sink {
	struct event_out out;
	char *format, *file, *run_name, *framework;

	/* Of the whole log, kept when it is read again. */
	enum acc_unit unit;
	bool by_loss;  /* epochs are judged by the loss: there is no accuracy */
	bool by_count; /* validations are counted, not epochs */
	bool again;

	struct sink_run run; /* owned strings: framework only */
	bool has_run, begun, ended;
	struct opt_double base_ms; /* wall_ms when t is 0 */
	int64_t n_scalars, n_rows;
	bool saw_acc, saw_valid_loss, saw_valid_name, told_before, told_twice, full;

	struct name *names;
	size_t n_names, cap_names, next_name;
	struct owner owners[SLOT_N];
	struct row row;

	/* Epochs. */
	struct told_epoch *told;
	size_t n_told, cap_told;
	int64_t shift, offset; /* of AXIS_EPOCH: added to the log's number */
	bool shift_known;
	int64_t first_raw, last_raw;
	int64_t current; /* AXIS_STEP: the epoch that is trained, as logged; -1 = not told */
	bool told_in_current;
	struct mean loss, acc; /* of training since the last epoch that was told */
	int64_t last_iter;     /* of the last step, -1 before */
	int64_t last_loss_step;
	struct opt_double lr;
};

/* Tell the run, once: before its first event, whose wall clock may be its beginning. */
void tell_begin(struct sink *s, struct opt_double wall_ms);
void tell(struct sink *s, struct event *ev, int64_t t_ms);
int64_t tell_now(const struct sink *s);                           /* t of what comes now */
int64_t tell_time(struct sink *s, struct opt_double wall_ms);     /* t of a moment */

/* Tell what has come of the row and was not told yet. */
void row_flush(struct sink *s);
void row_open(struct sink *s, const struct scalar *v);
void row_apart(struct sink *s, size_t name, const struct scalar *v); /* a metric that is in no row */
void row_close_epoch(struct sink *s); /* one that goes by without a word on it */

#endif
