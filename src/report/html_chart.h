/* One chart of a run as SVG: its frame with ticks, phases and interventions, and curves of what is
 * told every iteration. */
#ifndef REPORT_HTML_CHART_H
#define REPORT_HTML_CHART_H

#include "thaw/base/strbuf.h"
#include "thaw/history/history.h"

#include <math.h>
#include <stdbool.h>

struct chart_range {
	double lo, hi; /* lo > hi: nothing is in it */
};
#define CHART_NOTHING                                                                              \
	{                                                                                          \
		INFINITY, -INFINITY                                                                \
	}

struct chart {
	struct strbuf *out;
	const struct history *h;
	struct chart_range x, y; /* iterations; the figure */
	bool log;                /* asked for: y is drawn by powers of ten where it spans some */
	bool stairs;             /* a figure of iterations keeps its value until the next */
	bool bands;              /* ... has its least and most behind its mean */
	double step;             /* from one tick of y to the next; 0: they are powers of ten */
};

void chart_widen(struct chart_range *r, double v); /* by what is finite */

/* Begin a figure of that name (any text), whose legend is what is appended next; false, and nothing is appended, where there
 * is nothing to show. Then the frame, curves, and the end. */
bool chart_begin(struct chart *c, const char *title);
void chart_legend(const struct chart *c, const char *class, const char *name);
void chart_frame(struct chart *c);
void chart_end(struct chart *c);

double chart_x(const struct chart *c, double x);
double chart_y(const struct chart *c, double y);

/* Append a point of a path, joined to the one before where `pen` says that there is one. Returns
 * whether the next can be joined to it: it is finite. */
bool chart_point(const struct chart *c, double x, double y, bool pen);

#define CHART_PLACES 240

/* A figure of all iterations, those that fall on one place of the axis together. */
struct chart_place {
	struct history_extent extent;
	double mean; /* smoothed, at the last of them; NaN: none was finite */
};

struct chart_steps {
	struct chart_place *places; /* [CHART_PLACES] */
	struct chart_range x;
	bool told; /* any was */
};

/* Smoothed over all iterations before they are thinned, and begun anew behind one that is not
 * finite. */
struct chart_steps chart_steps(const struct history *h, enum step_figure figure,
			       struct chart_range x, double smooth);
/* The same of a figure under a name of its own: the mean of each place. */
struct chart_steps chart_series(const struct history_series *s, struct chart_range x);
void chart_steps_release(struct chart_steps *s);
void chart_steps_widen(const struct chart_steps *s, struct chart_range *y);
void chart_draw_steps(const struct chart *c, const struct chart_steps *s);

#endif
