/* What the comparison of several runs shows: everything that its drawing needs, and what keys change.
 *
 * A run's letter and colour are those of its slot, which nothing changes. The curves are made when
 * they are drawn, and kept as long as neither the run nor what is asked of them changes. No terminal, no I/O.
 */
#ifndef TUI_COMPARE_VIEW_H
#define TUI_COMPARE_VIEW_H

#include "zone.h"
#include "thaw/report/comparison.h"
#include "thaw/report/curve.h"
#include "thaw/term/canvas.h"
#include "thaw/term/edit.h"
#include "thaw/term/plot.h"
#include "thaw/tui/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum compare_page { COMPARE_CURVES, COMPARE_SHEET, COMPARE_CLASSES, COMPARE_PAGE_N };
extern const char *const compare_page_names[COMPARE_PAGE_N];

enum compare_zone { COMPARE_ZONE_RUN = ZONE_NONE + 1, COMPARE_ZONE_CHART, COMPARE_ZONE_ACTION };

enum compare_envelope { ENVELOPE_AUTO, ENVELOPE_ON, ENVELOPE_OFF, ENVELOPE_N };

struct compare_curve {
	struct curve curve;
	struct curve_wish wish; /* that it was made for */
	uint64_t version;       /* of the course then; 0: it was not made */
};

struct compare_run {
	char *name, *path; /* owned */
	int slot;
	struct course course;
	struct run_settings given,
	    settings;              /* given: of the resolved experiment; settings: merged */
	uint64_t settings_version; /* of the course when they were merged */
	bool live;
	enum run_status status;
	bool hidden, pinned, matches;
	char *match;                  /* what the filter found; owned, NULL: nothing */
	struct compare_curve *curves; /* [n_figures] owned */
};

struct compare_view {
	struct compare_run *runs; /* [n_runs] owned, in the order in which they were named */
	size_t n_runs;
	size_t *list; /* [n_list] owned: those that match, pinned ones first */
	size_t n_list;
	int cursor; /* a place in the list */

	enum compare_page page;
	size_t figure; /* of the first chart */
	bool large;    /* it alone */
	enum axis axis;
	struct smoothing smoothing;
	bool log_y;
	enum compare_envelope envelope;
	int zoom; /* the window is 1/2^zoom of the axis */
	bool cross;
	double cross_x;

	bool all_settings;
	enum class_figure class_figure;
	bool class_last;
	enum class_order class_order;
	bool class_reverse;
	int top[COMPARE_PAGE_N], left[COMPARE_PAGE_N]; /* rows and columns that are scrolled out */

	char filter[EDIT_MAX];
	bool asks; /* for a filter */
	struct edit input;
	char aside[160];
	bool aside_bad;
	bool help;
	int help_down;
	enum message_kind message_kind;
	char message[512];

	/* Of the screen that was drawn last, for keys. */
	int rows_shown, most_top, most_left, help_most, chart_w;
};

void compare_view_init(struct compare_view *v);
void compare_view_release(struct compare_view *v);

/* Add a run, whose course is still to be opened; valid until the next. Copies the names. */
struct compare_run *compare_view_add(struct compare_view *v, const char *name, const char *path,
				     int slot);

/* Merge the settings of runs that have gone on, and put the list anew: pinned first, what the filter
 * hides left out. The cursor stays on its run. Call it whenever something has changed. */
void compare_arrange(struct compare_view *v);

/* The run under the cursor; NULL: none. */
struct compare_run *compare_run_now(const struct compare_view *v);
bool compare_shown(const struct compare_run *r);
size_t compare_n_shown(const struct compare_view *v);
/* Those that are shown, in the order of the list; returns how many. Shape: out[n_runs] */
size_t compare_comparands(const struct compare_view *v, struct comparand *out);

/* Hide all but this one, or show all again where it is alone. */
void compare_solo(struct compare_view *v, const struct compare_run *r);

/* The part of the axis that is shown. False: no run that is shown has a place on it. */
bool compare_window(const struct compare_view *v, double *lo, double *hi);

/* Take another axis; the crosshair stays at its share of the window. */
void compare_turn_axis(struct compare_view *v, int by);
void compare_move_cross(struct compare_view *v, int columns);
void compare_set_cross(struct compare_view *v, double share); /* of the window */

/* Whether any run that is shown tells a figure; the first that the charts show; the next one that is
 * told, from `from` on by `by`. */
bool compare_tells(const struct compare_view *v, size_t figure);
size_t compare_first_figure(const struct compare_view *v);
size_t compare_next_figure(const struct compare_view *v, size_t from, int by);

/* The curve of a run's figure in the window; borrowed until the next call for it. */
const struct curve *compare_curve(struct compare_run *r, size_t figure,
				  const struct curve_wish *wish);

/* "iteration 900", "epoch 3.50", "12m 05s in", "2026-11-02 14:03". Appended. */
void compare_place_words(enum axis axis, double x, struct strbuf *out);

/* How much of all logs has been read, 0..1; 1: all of it. */
double compare_progress(const struct compare_view *v);
size_t compare_n_live(const struct compare_view *v);

void compare_message(struct compare_view *v, enum message_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
