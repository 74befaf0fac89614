/* Which of our figures a foreign name means: one table of rules.
 *
 * A name is taken apart into words (train/box_loss, val-acc and "Validation Loss" alike). Words at its
 * ends say of what it is told (train, val, test, ...) and how often (epoch, step); what remains is
 * looked up. So the table needs no row for each framework's spelling.
 */
#ifndef IMPORT_SINK_NAMES_H
#define IMPORT_SINK_NAMES_H

#include "sink.h"

enum figure {
	FIGURE_OTHER, /* none of ours: a `metric` */
	FIGURE_LOSS, FIGURE_ACC, FIGURE_TOP5, FIGURE_LR, FIGURE_SPEED, FIGURE_SECONDS
};

enum name_level { LEVEL_NONE, LEVEL_STEP, LEVEL_EPOCH };

struct name_meaning {
	enum figure figure;
	enum sink_split split;
	enum name_level level;
	bool error; /* it is 1 - accuracy */
	int rank;   /* the lower, the surer: of several names for one figure the surest counts */
};

#define RANK_GUESS 6 /* from here on a note says which name was taken */
#define RANK_TEST 20 /* added for a test: it stands in where nothing is told of a validation */

struct name_meaning name_meaning(const char *name);

#endif
