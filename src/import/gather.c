#include "gather.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_NAME UINT32_MAX /* of a restart */
#define BACKS_MOST 2

enum kind { KIND_RUN, KIND_EPOCHS, KIND_APART };

struct figure {
	uint32_t name, source;
	int64_t step;
	double wall_ms; /* never less than that of the one before in its file */
	double value;
};

struct name {
	char *text;
	enum kind kind, given; /* now; when it was given last */
	bool was_given;
	/* Of all its figures, in the order of time: */
	int64_t first, last;
	size_t n, behind, backs;
	bool by_ones;
};

struct gather {
	struct figure
	    *figures; /* the first `given` of them in the order in which they were given */
	size_t n, cap, given;
	struct name *names;
	size_t n_names, cap_names;
	uint32_t *by_text; /* [n_names] */
	size_t cap_by_text;
	double *walls; /* [n_sources] the last of each */
	size_t n_sources, cap_sources;

	/* Of what was given. */
	enum sink_axis axis;
	int64_t now;   /* the run's step; -1 before */
	int64_t *last; /* [n_last] of each name; -1 before */
	size_t n_last;
};

struct gather *gather_new(void)
{
	struct gather *g = xcalloc(1, sizeof(*g));
	g->now = -1;
	return g;
}

void gather_free(struct gather *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n_names; i++)
		free(g->names[i].text);
	free(g->names);
	free(g->by_text);
	free(g->figures);
	free(g->walls);
	free(g->last);
	free(g);
}

/* ---- taking ---- */

static uint32_t name_of(struct gather *g, const char *text)
{
	size_t lo = 0, hi = g->n_names;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		int order = strcmp(g->names[g->by_text[middle]].text, text);
		if (order == 0)
			return g->by_text[middle];
		if (order < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	ALLOC_GROW(g->by_text, g->n_names + 1, g->cap_by_text);
	memmove(g->by_text + lo + 1, g->by_text + lo, (g->n_names - lo) * sizeof(*g->by_text));
	g->by_text[lo] = (uint32_t)g->n_names;
	ALLOC_GROW(g->names, g->n_names + 1, g->cap_names);
	g->names[g->n_names] = (struct name){.text = xstrdup(text)};
	return (uint32_t)g->n_names++;
}

static double wall_of(struct gather *g, size_t source, double wall_ms)
{
	while (g->n_sources <= source) {
		ALLOC_GROW(g->walls, g->n_sources + 1, g->cap_sources);
		g->walls[g->n_sources++] = -INFINITY;
	}
	if (wall_ms > g->walls[source])
		g->walls[source] = wall_ms;
	return g->walls[source];
}

static void add(struct gather *g, size_t source, uint32_t name, int64_t step, double wall_ms,
		double value)
{
	ALLOC_GROW(g->figures, g->n + 1, g->cap);
	g->figures[g->n++] = (struct figure){.name = name,
					     .source = (uint32_t)source,
					     .step = step,
					     .wall_ms = wall_of(g, source, wall_ms),
					     .value = value};
}

void gather_add(struct gather *g, size_t source, const char *name, int64_t step, double wall_ms,
		double value)
{
	add(g, source, name_of(g, name), step, wall_ms, value);
}

void gather_restart(struct gather *g, size_t source, int64_t step, double wall_ms)
{
	add(g, source, NO_NAME, step, wall_ms, 0);
}

size_t gather_count(const struct gather *g)
{
	return g->n;
}

/* ---- the order of time ---- */

static bool comes_before(const struct figure *a, const struct figure *b)
{
	return a->wall_ms != b->wall_ms ? a->wall_ms < b->wall_ms : a->source < b->source;
}

static void merge(struct figure *to, const struct figure *a, size_t n, const struct figure *b,
		  size_t m)
{
	size_t i = 0, j = 0;
	while (i < n || j < m)
		if (j == m || (i < n && !comes_before(&b[j], &a[i])))
			*to++ = a[i++];
		else
			*to++ = b[j++];
}

/* Stable, and quick where it is in order already. */
static void sort(struct figure *f, size_t n, struct figure *spare)
{
	size_t half = n / 2;
	if (n < 2)
		return;
	sort(f, half, spare);
	sort(f + half, n - half, spare);
	if (!comes_before(&f[half], &f[half - 1]))
		return;
	merge(spare, f, half, f + half, n - half);
	memcpy(f, spare, n * sizeof(*f));
}

/* Into the order of time; false when something belongs before what was given. */
static bool put_in_order(struct gather *g)
{
	struct figure *rest = g->figures + g->given;
	size_t n = g->n - g->given;
	if (n == 0)
		return true;
	struct figure *spare = xcalloc(n, sizeof(*spare));
	sort(rest, n, spare);
	free(spare);
	return g->given == 0 || !comes_before(&rest[0], &rest[-1]);
}

/* ---- what the steps of a name count ---- */

static bool is_keras_epoch(const struct name *n)
{
	const char *slash = strrchr(n->text, '/'), *base = slash ? slash + 1 : n->text;
	return strncmp(base, "epoch_", 6) == 0 && n->by_ones;
}

static void count(struct name *n, int64_t step)
{
	if (n->n++ == 0) {
		n->first = step;
		n->by_ones = true;
	} else {
		n->by_ones &= step == n->last || step == n->last + 1;
		n->backs += step < n->last;
	}
	n->last = step;
}

static void count_all(struct gather *g)
{
	for (size_t i = 0; i < g->n_names; i++)
		g->names[i] = (struct name){.text = g->names[i].text,
					    .given = g->names[i].given,
					    .was_given = g->names[i].was_given};
	for (size_t i = 0; i < g->n; i++)
		if (g->figures[i].name != NO_NAME)
			count(&g->names[g->figures[i].name], g->figures[i].step);
	for (size_t i = 0; i < g->n_names; i++) {
		struct name *n = &g->names[i];
		n->kind = is_keras_epoch(n)       ? KIND_EPOCHS
			  : n->backs > BACKS_MOST ? KIND_APART
						  : KIND_RUN;
	}
}

/* How often each name stays behind those that count the run's steps, as far as these are known. */
static void count_behind(struct gather *g)
{
	int64_t now = -1;
	for (size_t i = 0; i < g->n_names; i++)
		g->names[i].behind = g->names[i].n = 0;
	for (size_t i = 0; i < g->n; i++) {
		const struct figure *f = &g->figures[i];
		if (f->name == NO_NAME) {
			now = f->step - 1 < now ? f->step - 1 : now;
			continue;
		}
		struct name *n = &g->names[f->name];
		bool back = n->n > 0 && f->step < n->last;
		n->n++;
		n->last = f->step;
		if (n->kind == KIND_RUN && (back || f->step > now))
			now = f->step;
		n->behind += f->step < now;
	}
}

static void leave_behind(struct gather *g)
{
	for (size_t i = 0; i < g->n_names; i++) {
		struct name *n = &g->names[i];
		if (n->kind == KIND_RUN && n->behind * 2 > n->n)
			n->kind =
			    n->by_ones && n->first >= 0 && n->first <= 1 ? KIND_EPOCHS : KIND_APART;
	}
}

/* False: a name that was given counts other things than it seemed. */
static bool judge(struct gather *g, enum sink_axis *axis)
{
	bool same = true;
	count_all(g);
	for (int i = 0; i < 2; i++) {
		count_behind(g);
		leave_behind(g);
	}
	*axis = AXIS_EPOCH;
	for (size_t i = 0; i < g->n_names; i++) {
		same &= !g->names[i].was_given || g->names[i].kind == g->names[i].given;
		if (g->names[i].kind == KIND_RUN)
			*axis = AXIS_STEP;
	}
	return same;
}

/* ---- giving ---- */

static void go_back(struct gather *g, struct sink *s, int64_t step)
{
	sink_row(s);
	sink_note(s, NOTE_WARN,
		  "the log goes back from step %lld to %lld: what lies between is void",
		  (long long)g->now, (long long)step);
	sink_back(s, step - 1);
	g->now = step - 1;
	for (size_t i = 0; i < g->n_last; i++)
		if (g->last[i] >= step && g->names[i].kind == KIND_RUN)
			g->last[i] = step - 1;
}

static struct scalar scalar_of(struct gather *g, const struct figure *f)
{
	struct scalar v = {.name = g->names[f->name].text, .value = f->value};
	enum kind kind = g->names[f->name].kind;
	if (isfinite(f->wall_ms))
		v.wall_ms = opt_of(f->wall_ms);
	if (kind == KIND_EPOCHS)
		v.epoch = opt_of((double)f->step);
	else
		v.step = opt_of((double)f->step);
	v.apart = kind == KIND_APART || (kind == KIND_RUN && f->step < g->now);
	return v;
}

/* A name "epoch" tells what its row belongs to. */
static bool tells_epoch(const char *name)
{
	const char *slash = strrchr(name, '/');
	return strcmp(slash ? slash + 1 : name, "epoch") == 0;
}

static void give(struct gather *g, struct sink *s, const struct figure *f)
{
	if (f->name == NO_NAME) {
		if (f->step <= g->now)
			go_back(g, s, f->step);
		return;
	}
	struct name *n = &g->names[f->name];
	int64_t *last = &g->last[f->name];
	if (n->kind == KIND_RUN && f->step < *last)
		go_back(g, s, f->step);
	struct scalar v = scalar_of(g, f);
	if (n->kind == KIND_RUN && !v.apart && tells_epoch(n->text))
		v.epoch = opt_of(f->value);
	if (n->kind == KIND_RUN && f->step > g->now)
		g->now = f->step;
	*last = f->step;
	n->given = n->kind;
	n->was_given = true;
	sink_scalar(s, &v);
}

bool gather_give(struct gather *g, struct sink *s, const struct sink_run *run)
{
	enum sink_axis axis;
	if (g->given == g->n)
		return true;
	if (!put_in_order(g) || !judge(g, &axis) || (g->given && axis != g->axis))
		return false;
	struct sink_run r = *run;
	r.axis = g->axis = axis;
	if (g->given == 0)
		sink_run(s, &r);
	g->last = xrealloc(g->last, g->n_names + 1, sizeof(*g->last));
	for (; g->n_last < g->n_names; g->n_last++)
		g->last[g->n_last] = -1;
	for (; g->given < g->n; g->given++)
		give(g, s, &g->figures[g->given]);
	return true;
}
