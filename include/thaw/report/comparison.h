/* Several runs beside each other: the runs as a comparison sees them, the sheet of what they were set
 * to, what was done to them and how they came out, and their classes.
 *
 * What a run has no figure for is an empty cell, never 0. Pure: texts are made of histories and
 * settings.
 */
#ifndef THAW_REPORT_COMPARISON_H
#define THAW_REPORT_COMPARISON_H

#include "thaw/report/settings.h"
#include "thaw/run/course.h"
#include "thaw/run/run.h"

#include <stdbool.h>
#include <stddef.h>

#define COMPARISON_MOST 52 /* runs that have a letter of their own: a to z, A to Z */

struct comparand { /* one run; all borrowed */
	const char *name, *path;
	int slot; /* its letter and its colour, whatever happens to the others */
	const struct course *course;
	const struct run_settings *settings; /* merged */
	enum run_status status;
};

/* The letter of a slot; '?' beyond the last. */
char comparison_letter(int slot);

/* ---- interventions: what was done to a run besides its plan ---- */

bool is_intervention(const struct history_marker *m);
size_t n_interventions(const struct history *h);

/* ---- the sheet ---- */

enum sheet_part { SHEET_FIGURES, SHEET_SETTINGS, SHEET_INTERVENTIONS, SHEET_PART_N };
extern const char *const sheet_titles[SHEET_PART_N];

struct sheet_row {
	enum sheet_part part;
	char *title;  /* owned */
	char **cells; /* [n_runs] owned; NULL: empty */
	bool differs; /* a setting that is not the same everywhere */
};

struct sheet {
	struct sheet_row *rows; /* [n_rows] part by part */
	size_t n_rows, cap, n_runs;
	size_t n_same; /* settings that are left out because they are the same */
};

/* `all`: settings that are the same everywhere, too. Owns: release it with sheet_release(). */
void sheet_make(struct sheet *s, const struct comparand *runs, size_t n, bool all);
void sheet_release(struct sheet *s);

/* ---- the classes ---- */

enum class_figure { CLASS_RECALL, CLASS_F1, CLASS_PRECISION, CLASS_FIGURE_N };
extern const char *const class_figure_names[CLASS_FIGURE_N];

enum class_order {
	CLASSES_AS_THEY_ARE,
	CLASSES_BY_DIFFERENCE,
	CLASSES_WORST,
	CLASSES_BY_NAME,
	CLASS_ORDER_N
};
extern const char *const class_order_names[CLASS_ORDER_N];

struct class_row {
	const char *name;          /* borrowed from a history */
	struct opt_double *values; /* [n_runs] owned; absent: that run has no such class */
	struct opt_double spread;  /* the largest difference to the first run, either way */
	int at;                    /* its place in the order of the runs */
};

struct class_rows {
	struct class_row *at; /* [n] */
	size_t n, cap;
	int64_t *epochs; /* [n_runs] owned; of which the figures are, 0: the run tells no classes */
	size_t n_runs;
};

/* A figure of each class in the best epoch of each run (else the last that has classes), or with
 * `last` in the last. Differences are to runs[0]. Owns: release it with class_rows_release(). */
void class_rows_make(struct class_rows *r, const struct comparand *runs, size_t n,
		     enum class_figure figure, bool last, enum class_order order, bool reverse);
void class_rows_release(struct class_rows *r);

#endif
