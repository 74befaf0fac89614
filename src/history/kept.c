/* What a history holds: its beginning, its end, and how it is kept as it stands.
 *
 * Two tables say which arrays and pages there are; the rest is small, and copied by rest_copy(). What
 * is kept shares all the memory that it can: with the history, and with what was kept before. */
#include "fold.h"

#include "thaw/base/alloc.h"
#include "thaw/base/pages.h"

#include <stdlib.h>
#include <string.h>

enum { HELD_MAX = 5 };

struct series {                        /* an array, of elements that may hold shared memory */
	size_t array, n, cap;          /* offsets in struct history */
	size_t size;                   /* of an element */
	size_t n_held, held[HELD_MAX]; /* offsets in an element of what it holds */
};

#define SERIES(m, n, cap, T, n_held, ...)                                                          \
	{                                                                                          \
		offsetof(struct history, m), offsetof(struct history, n),                          \
		    offsetof(struct history, cap),                                                 \
		    sizeof(struct T) + 0 * sizeof(((struct history *)0)->m == (struct T *)0),      \
		    n_held,                                                                        \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define HELD(T, m) offsetof(struct T, m)

/* clang-format off */
static const struct series series[] = {
    SERIES(epochs, n_epochs, cap_epochs, history_epoch, 5,
	   HELD(history_epoch, phase), HELD(history_epoch, classes), HELD(history_epoch, confusion),
	   HELD(history_epoch, words), HELD(history_epoch, brief)),
    SERIES(markers, n_markers, cap_markers, history_marker, 1, HELD(history_marker, text)),
    SERIES(notes, n_notes, cap_notes, history_note, 1, HELD(history_note, text)),
    SERIES(points, n_points, cap_points, history_checkpoint, 1, HELD(history_checkpoint, layers)),
    SERIES(probe_rows, n_probe_epochs, cap_probe_epochs, history_probe_row, 1,
	   HELD(history_probe_row, probs)),
};
/* clang-format on */
enum { N_SERIES = sizeof(series) / sizeof(*series) };

struct paged {           /* pages, of plain elements */
	size_t pages, n; /* offsets in struct history */
	size_t size;     /* of an element */
};

#define PAGED(m, n, T)                                                                             \
	{                                                                                          \
		offsetof(struct history, m), offsetof(struct history, n), sizeof(T)                \
	}

static const struct paged paged[] = {
    PAGED(losses, n_steps, double),
    PAGED(spells, n_spells, struct history_spell),
    PAGED(blocks, n_blocks, struct history_block),
    PAGED(devices, n_devices, struct history_device),
};
enum { N_PAGED = sizeof(paged) / sizeof(*paged) };

struct history_kept {
	struct history rest;           /* without its arrays, */
	struct pages arrays[N_SERIES]; /* which are here: */
	size_t n[N_SERIES];            /* so many elements of each */
};

/* Members found through the tables. */

static struct pages *pages_in(struct history *h, const struct paged *p)
{
	return (struct pages *)(void *)((char *)h + p->pages);
}

static size_t *count_in(struct history *h, size_t offset)
{
	return (size_t *)(void *)((char *)h + offset);
}

static size_t count_of(const struct history *h, size_t offset)
{
	return *(const size_t *)(const void *)((const char *)h + offset);
}

/* Arrays of any element type share one representation of their pointer. */
static char *array_of(const struct history *h, const struct series *s)
{
	char *p;
	memcpy(&p, (const char *)h + s->array, sizeof(p));
	return p;
}

static void set_array(struct history *h, const struct series *s, char *p, size_t n, size_t cap)
{
	memcpy((char *)h + s->array, &p, sizeof(p));
	*count_in(h, s->n) = n;
	*count_in(h, s->cap) = cap;
}

/* Of each of n elements all that it holds. */

static void each_held(char *elements, size_t n, const struct series *s, bool hold)
{
	for (size_t i = 0; i < n * s->n_held; i++) {
		char *p;
		memcpy(&p, elements + i / s->n_held * s->size + s->held[i % s->n_held], sizeof(p));
		if (hold)
			shared_hold(p);
		else
			shared_drop(p);
	}
}

static void hold(void *elements, size_t n, const void *s)
{
	each_held(elements, n, s, true);
}

static void drop(void *elements, size_t n, const void *s)
{
	each_held(elements, n, s, false);
}

/* The rest: what stands in the struct, and in small things that it points to. */

void phases_release(struct history *h)
{
	for (size_t i = 0; i < h->n_phases; i++)
		record_release(event_record(EV_PHASE), &h->phases[i]);
	free(h->phases);
	h->phases = NULL;
	h->n_phases = 0;
}

void layers_release(struct history *h)
{
	for (size_t i = 0; i < h->n_layers; i++) {
		record_release(&event_layer_record, &h->layers[i].info);
		pages_release(&h->layers[i].stats, NULL, NULL);
	}
	free(h->layers);
	h->layers = NULL;
	h->n_layers = 0;
}

static void rest_release(struct history *h)
{
	record_release(event_record(EV_RUN), &h->run);
	record_release(event_record(EV_THAW), &h->thaw);
	record_release(event_record(EV_LR_RANGE), &h->range);
	record_release(event_record(EV_END), &h->end);
	phases_release(h);
	layers_release(h);
	probes_release(h);
	worst_release(h);
	pictures_release(h);
	series_release(h);
	trouble_release(h);
	forget_ending(h);
	busy_over(h);
	for (int i = 0; i < STAGE_N; i++) {
		shared_drop(h->stages[i].in);
		shared_drop(h->stages[i].out);
	}
	shared_drop(h->frozen_text);
	for (size_t i = 0; i < N_PAGED; i++)
		pages_release(pages_in(h, &paged[i]), NULL, NULL);
}

static struct history_layer *layers_copy(const struct history_layer *from, size_t n)
{
	struct history_layer *to = xcalloc(n, sizeof(*to));
	for (size_t i = 0; i < n; i++) {
		to[i] = from[i];
		record_copy(&event_layer_record, &to[i].info, &from[i].info);
		to[i].stats =
		    pages_copy(&from[i].stats, from[i].n_stats, sizeof(struct history_stat));
	}
	return to;
}

static struct event_phase_plan *phases_copy(const struct event_phase_plan *from, size_t n)
{
	struct event_phase_plan *to = xcalloc(n, sizeof(*to));
	for (size_t i = 0; i < n; i++)
		record_copy(event_record(EV_PHASE), &to[i], &from[i]);
	return to;
}

static struct history_mistake *mistakes_copy(const struct history_mistake *from, size_t n)
{
	struct history_mistake *to = xcalloc(n, sizeof(*to));
	for (size_t i = 0; i < n; i++) {
		to[i] = from[i];
		shared_hold(to[i].path);
		shared_hold(to[i].rgb);
	}
	return to;
}

/* What was never told has no text at all. */
static void copy_plans(struct history *to, const struct history *from)
{
	record_copy(event_record(EV_THAW), &to->thaw, &from->thaw);
	if (from->has_run)
		record_copy(event_record(EV_RUN), &to->run, &from->run);
	if (from->range.words)
		record_copy(event_record(EV_LR_RANGE), &to->range, &from->range);
	if (from->end.reason)
		record_copy(event_record(EV_END), &to->end, &from->end);
	to->phases = phases_copy(from->phases, from->n_phases);
}

/* All but the arrays, of which there are none in *to. */
static void rest_copy(struct history *to, const struct history *from)
{
	*to = *from;
	copy_plans(to, from);
	to->layers = layers_copy(from->layers, from->n_layers);
	to->probes = probes_copy(from->probes, from->n_probes);
	to->mistakes = mistakes_copy(from->mistakes, from->n_mistakes);
	to->pictures = from->pictures ? pictures_copy(from->pictures) : NULL;
	series_copy(to, from);
	for (int i = 0; i < STAGE_N; i++) {
		shared_hold(to->stages[i].in);
		shared_hold(to->stages[i].out);
	}
	shared_hold(to->frozen_text);
	shared_hold(to->busy.waits);
	shared_hold(to->trouble.why);
	shared_hold(to->trouble.undo);
	shared_hold(to->ending.why);
	for (size_t i = 0; i < N_PAGED; i++) {
		size_t n = count_of(from, paged[i].n);
		*pages_in(to, &paged[i]) = pages_copy(pages_in(to, &paged[i]), n, paged[i].size);
	}
	for (size_t i = 0; i < N_SERIES; i++)
		set_array(to, &series[i], NULL, 0, 0);
}

void history_init(struct history *h)
{
	memset(h, 0, sizeof(*h));
	h->head = -1;
	h->phase = -1;
	h->best_epoch = -1;
	h->epoch_end_ms = -1;
}

static void arrays_release(struct history *h)
{
	for (size_t i = 0; i < N_SERIES; i++) {
		drop(array_of(h, &series[i]), count_of(h, series[i].n), &series[i]);
		free(array_of(h, &series[i]));
	}
}

void history_release(struct history *h)
{
	arrays_release(h);
	for (size_t i = 0; i < N_SERIES; i++)
		set_array(h, &series[i], NULL, 0, 0);
	rest_release(h);
	history_init(h);
}

struct history_kept *history_keep(const struct history *h, const struct history_kept *before)
{
	struct history_kept *k = xmalloc(sizeof(*k));
	rest_copy(&k->rest, h);
	for (size_t i = 0; i < N_SERIES; i++) {
		k->n[i] = count_of(h, series[i].n);
		k->arrays[i] = pages_of(array_of(h, &series[i]), k->n[i], series[i].size,
					before ? &before->arrays[i] : NULL, hold, &series[i]);
	}
	return k;
}

void history_kept_free(struct history_kept *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < N_SERIES; i++)
		pages_release(&k->arrays[i], drop, &series[i]);
	rest_release(&k->rest);
	free(k);
}

/* Have the `had` elements of a piece of an array be the n of a page. What holds its memory alone is
 * in no page, so that it may go first. */
static void become(char *elements, size_t had, const char *page, size_t n, const struct series *s)
{
	size_t both = had < n ? had : n;
	size_t same = both && memcmp(elements, page, both * s->size) == 0 ? both : 0;
	drop(elements + same * s->size, had - same, s);
	memcpy(elements + same * s->size, page + same * s->size, (n - same) * s->size);
	hold(elements + same * s->size, n - same, s);
}

static size_t less(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

/* Elements that the array has already stay where they are. */
static void array_go_back(struct history *h, size_t i, char *array, size_t had, size_t cap,
			  const struct history_kept *k)
{
	const struct series *s = &series[i];
	size_t n = k->n[i], per = pages_per(s->size), first = 0;
	if (n > cap)
		array = xrealloc(array, cap = n, s->size);
	for (; first < n; first += per) {
		size_t here = less(had, first), count = n - first < per ? n - first : per;
		become(array + first * s->size, here < per ? here : per,
		       pages_at(&k->arrays[i], first, s->size), count, s);
	}
	if (had > first)
		drop(array + first * s->size, had - first, s);
	set_array(h, s, array, n, cap);
}

void history_go_back(struct history *h, const struct history_kept *k)
{
	struct history was = *h;
	for (size_t i = 0; i < N_SERIES; i++)
		set_array(h, &series[i], NULL, 0, 0);
	rest_release(h);
	rest_copy(h, &k->rest);
	for (size_t i = 0; i < N_SERIES; i++)
		array_go_back(h, i, array_of(&was, &series[i]), count_of(&was, series[i].n),
			      count_of(&was, series[i].cap), k);
}
