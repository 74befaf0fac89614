/* Tables as text: one reader for all, told by rules what the columns of a format are.
 *
 * Cells are parted by commas, tabs or semicolons, whichever the header has; blanks around them go,
 * quotes do, numbers have a decimal point. A header may come again, also with other columns, from
 * where on it counts. A row may be shorter (the rest is not told) or longer (the rest has no name, which
 * is noted). A cell that holds no number is left out, which is noted once a column.
 */
#ifndef IMPORT_CSV_H
#define IMPORT_CSV_H

#include "importer.h"

#define CSV_NEEDS 4

enum csv_time {
	TIME_NONE,
	TIME_SINCE, /* of `time`: seconds since 1970 or since the beginning */
	TIME_EPOCH  /* that the epoch took: seconds or m:ss */
};

struct csv_rules {
	const char *framework;
	const char *needs[CSV_NEEDS];  /* columns that it has, all */
	const char *begins[CSV_NEEDS]; /* ... and one that begins so, if any is named */
	enum sink_axis axis;
	enum sink_epochs epochs;
	enum sink_split bare;
	bool percent, share;
	const char *step, *epoch, *time; /* columns; NULL: none */
	enum csv_time time_is;
	bool sum_losses; /* train/box_loss + train/cls_loss ... is the training loss where none is told */
};

/* By the first line. */
bool csv_has(const struct import_head *h, const struct csv_rules *rules);

/* Does the first line name a column so? "" is one without a name. */
bool csv_has_column(const struct import_head *h, const char *name);
/* Has it one of the places (epoch, step, iteration) and one that is a loss or an accuracy? */
bool csv_is_training(const struct import_head *h);

enum err csv_open(void **reader, const struct import_source *src, struct errinfo *e);
enum err csv_read(void *reader, struct sink *s, bool all, struct errinfo *e);
void csv_close(void *reader);

#endif
