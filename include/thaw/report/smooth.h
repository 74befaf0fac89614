/* Smoothing of a curve: a running mean that is fed every point of a run, one after the other.
 *
 * Exponential: m = w m + (1 - w) v, divided by 1 - w^n after n points, so that it begins at the first
 * value and not at 0: what TensorBoard's slider does. Window: the mean of the last `n` points, of
 * fewer at the begin. A value that is not finite is passed through and leaves the mean as it was.
 */
#ifndef THAW_REPORT_SMOOTH_H
#define THAW_REPORT_SMOOTH_H

#include "thaw/base/err.h"
#include "thaw/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

enum smooth_kind { SMOOTH_EXPONENTIAL, SMOOTH_WINDOW, SMOOTH_KIND_N };

struct smoothing {
	enum smooth_kind kind;
	double weight; /* of the mean before, 0 <= weight < 1 */
	size_t window; /* points, at least 1 */
};

#define SMOOTH_WINDOW_MOST 100000

/* Does it change anything? */
bool smoothing_on(const struct smoothing *s);

/* The next stronger or weaker amount of its kind, of a table; the same at the table's end. */
void smoothing_turn(struct smoothing *s, int by);

/* "0.6", "mean of 25"; "none". Appended. */
void smoothing_words(const struct smoothing *s, struct strbuf *out);

/* "0.6", or a whole number of points. Errors: ERR_VALUE, one line */
enum err smoothing_parse(struct smoothing *s, const char *text, struct errinfo *e);

struct smoother {
	struct smoothing by;
	double mean, missing; /* missing: the weight that no value has had yet */
	double *last;         /* [by.window] owned; a ring */
	size_t n, at;         /* in the ring; where the next one goes */
	double sum;
};

void smoother_init(struct smoother *s, const struct smoothing *by);
void smoother_release(struct smoother *s);
double smoother_next(struct smoother *s, double v);

#endif
