/* How well several runs tell each class from the others. */
#include "thaw/report/comparison.h"

#include "thaw/base/alloc.h"
#include "thaw/report/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const class_figure_names[CLASS_FIGURE_N] = {"recall", "F1", "precision"};
const char *const class_order_names[CLASS_ORDER_N] = {"as they are", "largest difference first",
						      "worst first", "by name"};

static struct class_row *row_of(struct class_rows *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->at[i].name, name) == 0)
			return &r->at[i];
	ALLOC_GROW(r->at, r->n + 1, r->cap);
	r->at[r->n] =
	    (struct class_row){.name = name,
			       .values = xcalloc(r->n_runs + 1, sizeof(struct opt_double)),
			       .at = (int)r->n};
	return &r->at[r->n++];
}

static void take_run(struct class_rows *r, const struct comparand *run, size_t i,
		     enum class_figure figure, bool last)
{
	static double (*const of[CLASS_FIGURE_N])(const struct event_class *c, bool *valid) = {
	    [CLASS_RECALL] = class_recall,
	    [CLASS_F1] = class_f1,
	    [CLASS_PRECISION] = class_precision,
	};
	const struct history *h = &run->course->history;
	const struct history_epoch *e = last ? history_newest_classes(h, NULL) : report_classes(h);
	r->epochs[i] = e ? e->epoch : 0;
	for (size_t k = 0; e && k < e->n_classes; k++) {
		const char *name = e->classes[k].name;
		bool valid;
		double v = of[figure](&e->classes[k], &valid);
		row_of(r, name && *name ? name : history_class_name(h, (int64_t)k))->values[i] =
		    (struct opt_double){valid ? v : 0, valid};
	}
}

static void find_spread(struct class_row *row, size_t n)
{
	double most = -1;
	for (size_t i = 1; i < n && row->values[0].valid; i++)
		if (row->values[i].valid)
			most = fmax(most, fabs(row->values[i].value - row->values[0].value));
	row->spread = (struct opt_double){fmax(most, 0), most >= 0};
}

/* ---- orders ---- */

struct sorted {
	struct class_row row;
	size_t n_runs;
	int (*compare)(const struct sorted *a, const struct sorted *b);
	int sign;
};

static int by_number(double a, double b)
{
	return (a > b) - (a < b);
}

static int as_they_are(const struct sorted *a, const struct sorted *b)
{
	return a->row.at - b->row.at;
}

/* What has no difference comes last. */
static int by_difference(const struct sorted *a, const struct sorted *b)
{
	double x = a->row.spread.valid ? a->row.spread.value : -1;
	double y = b->row.spread.valid ? b->row.spread.value : -1;
	return by_number(y, x);
}

static double worst_of(const struct sorted *s)
{
	double worst = INFINITY;
	for (size_t i = 0; i < s->n_runs; i++)
		if (s->row.values[i].valid)
			worst = fmin(worst, s->row.values[i].value);
	return worst;
}

static int worst(const struct sorted *a, const struct sorted *b)
{
	return by_number(worst_of(a), worst_of(b));
}

static int by_name(const struct sorted *a, const struct sorted *b)
{
	return strverscmp(a->row.name, b->row.name);
}

static int compare(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int order = x->compare(x, y) * x->sign;
	return order ? order : x->row.at - y->row.at;
}

static void sort_rows(struct class_rows *r, enum class_order order, bool reverse)
{
	static int (*const compares[CLASS_ORDER_N])(
	    const struct sorted *a, const struct sorted *b) = {as_they_are, by_difference, worst,
							       by_name};
	struct sorted *all = xcalloc(r->n + 1, sizeof(*all));
	for (size_t i = 0; i < r->n; i++)
		all[i] = (struct sorted){r->at[i], r->n_runs, compares[order], reverse ? -1 : 1};
	qsort(all, r->n, sizeof(*all), compare);
	for (size_t i = 0; i < r->n; i++)
		r->at[i] = all[i].row;
	free(all);
}

void class_rows_make(struct class_rows *r, const struct comparand *runs, size_t n,
		     enum class_figure figure, bool last, enum class_order order, bool reverse)
{
	*r = (struct class_rows){.n_runs = n, .epochs = xcalloc(n + 1, sizeof(int64_t))};
	for (size_t i = 0; i < n; i++)
		take_run(r, &runs[i], i, figure, last);
	for (size_t i = 0; i < r->n; i++)
		find_spread(&r->at[i], n);
	sort_rows(r, order, reverse);
}

void class_rows_release(struct class_rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->at[i].values);
	free(r->at);
	free(r->epochs);
	*r = (struct class_rows){0};
}
