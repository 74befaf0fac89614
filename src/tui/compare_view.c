#include "compare_view.h"

#include "thaw/base/alloc.h"
#include "thaw/base/log_filter.h"
#include "thaw/base/words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const compare_page_names[COMPARE_PAGE_N] = {"Curves", "Table", "Classes"};

void compare_view_init(struct compare_view *v)
{
	*v = (struct compare_view){.smoothing = {.window = 1}};
}

static void run_release(struct compare_run *r)
{
	for (size_t i = 0; i < n_figures; i++)
		curve_release(&r->curves[i].curve);
	free(r->curves);
	course_release(&r->course);
	run_settings_release(&r->given);
	run_settings_release(&r->settings);
	free(r->match);
	free(r->name);
	free(r->path);
}

void compare_view_release(struct compare_view *v)
{
	for (size_t i = 0; i < v->n_runs; i++)
		run_release(&v->runs[i]);
	free(v->runs);
	free(v->list);
	*v = (struct compare_view){0};
}

struct compare_run *compare_view_add(struct compare_view *v, const char *name, const char *path,
				     int slot)
{
	v->runs = xrealloc(v->runs, v->n_runs + 1, sizeof(*v->runs));
	v->list = xrealloc(v->list, v->n_runs + 1, sizeof(*v->list));
	struct compare_run *r = &v->runs[v->n_runs++];
	*r = (struct compare_run){.name = xstrdup(name),
				  .path = xstrdup(path),
				  .slot = slot,
				  .matches = true,
				  .settings_version = UINT64_MAX,
				  .curves = xcalloc(n_figures, sizeof(*r->curves))};
	course_init(&r->course);
	return r;
}

/* ---- which runs, in which order ---- */

/* The settings that a log tells come with its first lines, and again with another trainer: they are
 * merged while it is read, and when it goes on. */
static void merge_settings(struct compare_run *r)
{
	if (r->settings_version == r->course.version)
		return;
	r->settings_version = r->course.version;
	run_settings_release(&r->settings);
	run_settings_merge(&r->settings, &r->given, &r->course.history);
}

static void match_runs(struct compare_view *v)
{
	struct log_filter f;
	log_filter_init(&f, v->filter);
	for (size_t i = 0; i < v->n_runs; i++) {
		struct compare_run *r = &v->runs[i];
		merge_settings(r);
		r->status = run_status(&r->course.history, r->live);
		free(r->match);
		r->matches = run_settings_match(&r->settings, r->name, &f, &r->match);
	}
	log_filter_release(&f);
}

void compare_arrange(struct compare_view *v)
{
	const struct compare_run *under = compare_run_now(v);
	match_runs(v);
	v->n_list = 0;
	for (int pinned = 1; pinned >= 0; pinned--)
		for (size_t i = 0; i < v->n_runs; i++)
			if (v->runs[i].matches && v->runs[i].pinned == pinned)
				v->list[v->n_list++] = i;
	for (size_t i = 0; i < v->n_list; i++)
		if (&v->runs[v->list[i]] == under)
			v->cursor = (int)i;
	v->cursor = v->cursor < (int)v->n_list ? v->cursor : (int)v->n_list - 1;
	v->cursor = v->cursor < 0 ? 0 : v->cursor;
}

struct compare_run *compare_run_now(const struct compare_view *v)
{
	return v->cursor >= 0 && v->cursor < (int)v->n_list ? &v->runs[v->list[v->cursor]] : NULL;
}

bool compare_shown(const struct compare_run *r)
{
	return r->matches && !r->hidden;
}

size_t compare_n_shown(const struct compare_view *v)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_runs; i++)
		n += compare_shown(&v->runs[i]);
	return n;
}

size_t compare_comparands(const struct compare_view *v, struct comparand *out)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_list; i++) {
		const struct compare_run *r = &v->runs[v->list[i]];
		if (compare_shown(r))
			out[n++] = (struct comparand){.name = r->name,
						      .path = r->path,
						      .slot = r->slot,
						      .course = &r->course,
						      .settings = &r->settings,
						      .status = r->status};
	}
	return n;
}

void compare_solo(struct compare_view *v, const struct compare_run *r)
{
	bool alone = !r->hidden && compare_n_shown(v) == 1;
	for (size_t i = 0; i < v->n_runs; i++)
		v->runs[i].hidden = !alone && &v->runs[i] != r;
}

/* ---- the axis ---- */

static bool whole_axis(const struct compare_view *v, double *lo, double *hi)
{
	bool any = false;
	for (size_t i = 0; i < v->n_runs; i++) {
		double from, to;
		if (!compare_shown(&v->runs[i]) ||
		    !figure_span(&v->runs[i].course, v->axis, &from, &to))
			continue;
		*lo = any && *lo <= from ? *lo : from;
		*hi = any && *hi >= to ? *hi : to;
		any = true;
	}
	if (any && v->axis != AXIS_CLOCK && *lo > 0)
		*lo = 0;
	if (any && !(*hi > *lo))
		*hi = *lo + 1;
	return any;
}

bool compare_window(const struct compare_view *v, double *lo, double *hi)
{
	if (!whole_axis(v, lo, hi))
		return false;
	double w = (*hi - *lo) / (double)(1 << v->zoom);
	double from = v->cross ? v->cross_x - w / 2 : *hi - w;
	from = from > *hi - w ? *hi - w : from;
	*lo = from < *lo ? *lo : from;
	*hi = *lo + w;
	return true;
}

void compare_set_cross(struct compare_view *v, double share)
{
	double lo, hi;
	if (!compare_window(v, &lo, &hi))
		return;
	v->cross_x = lo + (hi - lo) * fmin(fmax(share, 0), 1);
	v->cross = true;
}

void compare_turn_axis(struct compare_view *v, int by)
{
	double lo = 0, hi = 1;
	bool cross = v->cross && compare_window(v, &lo, &hi);
	double share = (v->cross_x - lo) / (hi - lo);
	v->axis = (enum axis)(((int)v->axis + by + AXIS_N) % AXIS_N);
	v->cross = false;
	if (cross)
		compare_set_cross(v, share);
}

void compare_move_cross(struct compare_view *v, int columns)
{
	double lo, hi, first, last;
	if (!v->cross) {
		compare_set_cross(v, 1);
		return;
	}
	if (!compare_window(v, &lo, &hi) || !whole_axis(v, &first, &last))
		return;
	double step = (hi - lo) / (v->chart_w > 1 ? v->chart_w - 1 : 1);
	if (v->axis == AXIS_ITERATION && step < 1)
		step = 1;
	v->cross_x = fmin(fmax(v->cross_x + step * columns, first), last);
}

void compare_place_words(enum axis axis, double x, struct strbuf *out)
{
	if (axis == AXIS_ITERATION)
		strbuf_addf(out, "iteration %s", words_count((int64_t)llround(x)));
	else if (axis == AXIS_EPOCH)
		strbuf_addf(out, "epoch %.2f", x);
	else if (axis == AXIS_TIME)
		strbuf_addf(out, "%s in", words_duration(x));
	else
		strbuf_addstr(out, words_moment((int64_t)(x * 1000)));
}

/* ---- curves ---- */

static bool run_tells(const struct compare_run *r, size_t figure)
{
	struct figure_walk w;
	struct figure_point p;
	figure_walk(&w, &r->course, &figures[figure]);
	return figure_next(&w, &p);
}

bool compare_tells(const struct compare_view *v, size_t figure)
{
	for (size_t i = 0; i < v->n_runs; i++)
		if (compare_shown(&v->runs[i]) && run_tells(&v->runs[i], figure))
			return true;
	return false;
}

size_t compare_first_figure(const struct compare_view *v)
{
	return compare_tells(v, v->figure) ? v->figure : compare_next_figure(v, v->figure, 1);
}

size_t compare_next_figure(const struct compare_view *v, size_t from, int by)
{
	size_t at = from;
	for (size_t i = 0; i < n_figures; i++) {
		at = (at + (size_t)((int)n_figures + by)) % n_figures;
		if (compare_tells(v, at))
			return at;
	}
	return from;
}

static bool same_wish(const struct curve_wish *a, const struct curve_wish *b)
{
	return a->axis == b->axis && a->lo == b->lo && a->hi == b->hi && a->places == b->places &&
	       a->smoothing.kind == b->smoothing.kind &&
	       a->smoothing.weight == b->smoothing.weight &&
	       a->smoothing.window == b->smoothing.window;
}

const struct curve *compare_curve(struct compare_run *r, size_t figure,
				  const struct curve_wish *wish)
{
	struct compare_curve *k = &r->curves[figure];
	if (k->version && k->version == r->course.version && same_wish(&k->wish, wish))
		return &k->curve;
	curve_release(&k->curve);
	curve_make(&k->curve, &r->course, &figures[figure], wish);
	k->wish = *wish;
	k->version = r->course.version;
	return &k->curve;
}

/* ---- what is said ---- */

double compare_progress(const struct compare_view *v)
{
	double done = 0;
	for (size_t i = 0; i < v->n_runs; i++)
		done += v->runs[i].course.whole ? 1 : course_progress(&v->runs[i].course);
	return v->n_runs ? done / (double)v->n_runs : 1;
}

size_t compare_n_live(const struct compare_view *v)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n_runs; i++)
		n += v->runs[i].status == RUN_STATUS_RUNNING;
	return n;
}

void compare_message(struct compare_view *v, enum message_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(v->message, sizeof(v->message), fmt, ap);
	va_end(ap);
	v->message_kind = kind;
}
