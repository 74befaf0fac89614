/* The figures that have names of their own: a series each, found by its name. */
#include "fold.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void series_release(struct history *h)
{
	for (size_t i = 0; i < h->n_series; i++) {
		shared_drop(h->series[i].name);
		pages_release(&h->series[i].points, NULL, NULL);
		pages_release(&h->series[i].blocks, NULL, NULL);
	}
	free(h->series);
	free(h->series_by_name);
	h->series = NULL;
	h->series_by_name = NULL;
	h->n_series = h->cap_series = h->cap_series_by_name = 0;
}

void series_copy(struct history *to, const struct history *from)
{
	to->series = xcalloc(from->n_series, sizeof(*to->series));
	to->series_by_name = xcalloc(from->n_series, sizeof(*to->series_by_name));
	to->cap_series = to->cap_series_by_name = from->n_series;
	for (size_t i = 0; i < from->n_series; i++) {
		const struct history_series *s = &from->series[i];
		to->series[i] = *s;
		shared_hold(s->name);
		to->series[i].points =
		    pages_copy(&s->points, s->n_points, sizeof(struct history_point));
		to->series[i].blocks =
		    pages_copy(&s->blocks, s->n_blocks, sizeof(struct history_extent));
		to->series_by_name[i] = from->series_by_name[i];
	}
}

/* How many names come before this one. */
static size_t names_before(const struct history *h, const char *name)
{
	size_t lo = 0, hi = h->n_series;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (strcmp(h->series[h->series_by_name[middle]].name, name) < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

static struct history_series *series_at(const struct history *h, size_t place, const char *name)
{
	struct history_series *s =
	    place < h->n_series ? &h->series[h->series_by_name[place]] : NULL;
	return s && strcmp(s->name, name) == 0 ? s : NULL;
}

const struct history_series *history_series_named(const struct history *h, const char *name)
{
	return series_at(h, names_before(h, name), name);
}

static void tell_full(struct history *h, const char *name)
{
	if (!h->series_full)
		add_note(h, NOTE_WARN,
			 xasprintf("more than %d named figures: \"%s\" and all that come after it "
				   "are left out",
				   HISTORY_SERIES_MAX, name));
	h->series_full = true;
}

static struct history_series *series_of(struct history *h, const char *name)
{
	size_t place = names_before(h, name);
	struct history_series *s = series_at(h, place, name);
	if (s)
		return s;
	if (h->n_series == HISTORY_SERIES_MAX) {
		tell_full(h, name);
		return NULL;
	}
	ALLOC_GROW(h->series_by_name, h->n_series + 1, h->cap_series_by_name);
	memmove(h->series_by_name + place + 1, h->series_by_name + place,
		(h->n_series - place) * sizeof(*h->series_by_name));
	h->series_by_name[place] = (uint32_t)h->n_series;
	ALLOC_GROW(h->series, h->n_series + 1, h->cap_series);
	s = &h->series[h->n_series++];
	*s = (struct history_series){.name = shared_text(name)};
	return s;
}

size_t history_point_from(const struct history_series *s, int64_t iter)
{
	size_t lo = 0, hi = s->n_points;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (history_point(s, middle)->iter < iter)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

static void cut(struct history_series *s, int64_t iter)
{
	if (s->n_points && history_point(s, s->n_points - 1)->iter >= iter)
		s->n_points = history_point_from(s, iter);
	if (s->n_blocks > s->n_points / HISTORY_BLOCK)
		s->n_blocks = s->n_points / HISTORY_BLOCK;
}

void series_cut(struct history *h, int64_t iter)
{
	for (size_t i = 0; i < h->n_series; i++)
		cut(&h->series[i], iter);
}

static void extent_add(struct history_extent *e, const struct history_point *p)
{
	const struct history_step step = {.loss = opt_of(p->value)};
	history_extent_add(e, &step, STEP_LOSS);
}

static void add_block(struct history_series *s)
{
	struct history_extent e = {0};
	for (size_t i = s->n_blocks * HISTORY_BLOCK; i < s->n_points; i++)
		extent_add(&e, history_point(s, i));
	*PAGES_PUSH(&s->blocks, s->n_blocks++, struct history_extent) = e;
}

struct history_extent history_series_extent(const struct history_series *s)
{
	struct history_extent e = {0};
	for (size_t i = 0; i < s->n_blocks; i++)
		history_extent_join(&e, history_series_block(s, i));
	for (size_t i = s->n_blocks * HISTORY_BLOCK; i < s->n_points; i++)
		extent_add(&e, history_point(s, i));
	return e;
}

void fold_metric(struct history *h, const struct event *ev)
{
	const struct event_metric *from = &ev->metric;
	if (from->iter < 0 || from->iter > RECORD_COUNT_MAX || !from->name || !*from->name)
		return;
	struct history_series *s = series_of(h, from->name);
	if (!s)
		return;
	if (h->state < RUN_TRAINING)
		h->state = RUN_TRAINING;
	cut(s, from->iter);
	*PAGES_PUSH(&s->points, s->n_points++, struct history_point) =
	    (struct history_point){.value = from->value,
				   .t_ms = h->t_ms,
				   .iter = (int32_t)from->iter,
				   .epoch = (float)opt_or_nan(from->epoch)};
	if (s->n_points % HISTORY_BLOCK == 0)
		add_block(s);
}
