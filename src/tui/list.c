#include "list.h"

#include "layers.h"
#include "thaw/base/log_filter.h"
#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Up to this many all fit on every screen, so that they can stay where they are. */
#define FEW 6

typedef double key_fn(const struct history *h, size_t i);       /* ascending, NaN last */
typedef const char *name_fn(const struct history *h, size_t i); /* "" sorts first */

struct order {
	const char *words, *reversed;
	key_fn *key;   /* one of these; */
	name_fn *name; /* neither = as they stand */
};
#define MOST_ORDERS 5

/* ---- classes ---- */

static size_t classes_count(const struct history *h)
{
	const struct history_epoch *e = history_newest_classes(h, NULL);
	return e ? e->n_classes : h->has_run ? h->run.n_classes : 0;
}

static const struct event_class *class_at(const struct history_epoch *e, size_t i)
{
	return e && i < e->n_classes ? &e->classes[i] : NULL;
}

static const char *class_name(const struct history *h, size_t i)
{
	const struct event_class *k = class_at(history_newest_classes(h, NULL), i);
	return k ? k->name : history_class_name(h, (int64_t)i);
}

static void class_text(const struct history *h, size_t i, struct strbuf *out)
{
	strbuf_addstr(out, class_name(h, i));
}

static double recall_of(const struct event_class *k)
{
	bool ok = false;
	double recall = k ? class_recall(k, &ok) : 0;
	return ok ? recall : NAN;
}

static double class_worst(const struct history *h, size_t i)
{
	return recall_of(class_at(history_newest_classes(h, NULL), i));
}

static double class_size(const struct history *h, size_t i)
{
	const struct event_class *k = class_at(history_newest_classes(h, NULL), i);
	return k ? -(double)k->n : NAN;
}

static double class_fallen(const struct history *h, size_t i)
{
	const struct history_epoch *before = NULL, *e = history_newest_classes(h, &before);
	return recall_of(class_at(e, i)) - recall_of(class_at(before, i));
}

static int classes_begin(const struct history *h)
{
	return classes_count(h) > FEW ? 0 : 2;
}

/* ---- layers ---- */

static size_t layers_count(const struct history *h)
{
	return h->n_layers;
}

static void layer_text(const struct history *h, size_t i, struct strbuf *out)
{
	const struct history_layer *l = &h->layers[i];
	char kind[64];
	layer_kind(&l->info, kind, sizeof(kind));
	strbuf_addf(out, "%zu %s %s %s%s%s", i, kind, l->info.kind ? l->info.kind : "",
		    l->info.activation ? l->info.activation : "",
		    !history_layer_learns(l) ? ""
		    : l->frozen              ? " frozen"
					     : " learns",
		    (int64_t)i == h->head ? " head" : "");
}

static double layer_params(const struct history *h, size_t i)
{
	return h->layers[i].info.params > 0 ? -(double)h->layers[i].info.params : NAN;
}

static double layer_time(const struct history *h, size_t i)
{
	double ms = stat_ms(layer_stat(h, i));
	return ms > 0 ? -ms : (double)NAN;
}

static double layer_update(const struct history *h, size_t i)
{
	const struct history_stat *s = layer_stat(h, i);
	return s ? -s->update_ratio : (double)NAN;
}

/* ---- pictures ---- */

static size_t probes_count(const struct history *h)
{
	return h->has_run ? h->n_probes : 0;
}

/* What the network says of a probe, and how sure; -1 when nothing yet. */
static int probe_said(const struct history *h, size_t i, double *prob)
{
	const double *probs =
	    h->n_probe_epochs ? history_probe_probs(h, i, h->n_probe_epochs - 1) : NULL;
	int top = probs ? history_probe_top(h, probs) : -1;
	*prob = top >= 0 ? probs[top] : (double)NAN;
	return isfinite(*prob) ? top : -1;
}

static const char *probe_class(const struct history *h, size_t i)
{
	return history_class_name(h, h->probes[i].label);
}

static void probe_text(const struct history *h, size_t i, struct strbuf *out)
{
	double prob;
	int said = probe_said(h, i, &prob);
	const struct history_probe *p = &h->probes[i];
	strbuf_addf(out, "%s %s", probe_class(h, i), p->path ? p->path : "");
	if (said >= 0)
		strbuf_addf(out, " → %s %s", history_class_name(h, said),
			    said == p->label ? "✓ right" : "✗ wrong");
}

/* The surest of the wrong ones first, the least sure of the right ones next. */
static double probe_wrong(const struct history *h, size_t i)
{
	double prob;
	int said = probe_said(h, i, &prob);
	return said < 0 ? (double)NAN : said == h->probes[i].label ? 1 + prob : -prob;
}

static double probe_sure(const struct history *h, size_t i)
{
	double prob;
	probe_said(h, i, &prob);
	return -prob;
}

static size_t mistakes_count(const struct history *h)
{
	return h->has_run ? h->n_mistakes : 0;
}

static const char *mistake_class(const struct history *h, size_t i)
{
	return history_class_name(h, h->mistakes[i].label);
}

static const char *mistake_said(const struct history *h, size_t i)
{
	return history_class_name(h, h->mistakes[i].said);
}

static void mistake_text(const struct history *h, size_t i, struct strbuf *out)
{
	strbuf_addf(out, "%s → %s %s", mistake_class(h, i), mistake_said(h, i),
		    h->mistakes[i].path ? h->mistakes[i].path : "");
}

/* ---- what happened at each epoch ---- */

static size_t points_count(const struct history *h)
{
	return h->n_epochs;
}

static void point_text(const struct history *h, size_t i, struct strbuf *out)
{
	const struct history_epoch *e = &h->epochs[i];
	strbuf_addf(out, "%lld %s %s", (long long)e->epoch, e->phase ? e->phase : "",
		    e->words ? e->words : "");
}

static double point_best(const struct history *h, size_t i)
{
	return -opt_or_nan(h->epochs[i].valid.acc);
}

static double point_loss(const struct history *h, size_t i)
{
	return opt_or_nan(h->epochs[i].valid.loss);
}

/* ---- figures by name ---- */

static size_t series_count(const struct history *h)
{
	return h->n_series;
}

static const char *series_name(const struct history *h, size_t i)
{
	return h->series[i].name;
}

static void series_text(const struct history *h, size_t i, struct strbuf *out)
{
	strbuf_addstr(out, series_name(h, i));
}

static double series_points(const struct history *h, size_t i)
{
	return -(double)h->series[i].n_points;
}

/* ---- the table ---- */

/* clang-format off */
static const struct kind {
	const char *what, *many;
	size_t (*count)(const struct history *h); /* NULL = who draws it does all but the order */
	void (*text)(const struct history *h, size_t i, struct strbuf *out); /* that filters see */
	int (*begin)(const struct history *h); /* the order it begins with; NULL = the first */
	struct order orders[MOST_ORDERS];
} kinds[LIST_N] = {
    [LIST_CLASSES] = {"class", "classes", classes_count, class_text, classes_begin,
		      {{"worst first", "best first", class_worst, NULL},
		       {"by name", "by name, from z", NULL, class_name},
		       {"as in the data", "as in the data, from the last", NULL, NULL},
		       {"largest first", "smallest first", class_size, NULL},
		       {"fallen most first", "risen most first", class_fallen, NULL}}},
    [LIST_LAYERS] = {"layer", "layers", layers_count, layer_text, NULL,
		     {{"from the picture", "from the head", NULL, NULL},
		      {"most parameters first", "fewest parameters first", layer_params, NULL},
		      {"slowest first", "quickest first", layer_time, NULL},
		      {"largest update first", "smallest update first", layer_update, NULL}}},
    [LIST_PROBES] = {"picture", "pictures", probes_count, probe_text, NULL,
		     {{"as in the log", "as in the log, from the last", NULL, NULL},
		      {"wrong first", "right first", probe_wrong, NULL},
		      {"by class", "by class, from z", NULL, probe_class},
		      {"surest first", "least sure first", probe_sure, NULL}}},
    [LIST_MISTAKES] = {"mistake", "mistakes", mistakes_count, mistake_text, NULL,
		       {{"surest first", "least sure first", NULL, NULL},
			{"by class", "by class, from z", NULL, mistake_class},
			{"by what was said", "by what was said, from z", NULL, mistake_said}}},
    [LIST_POINTS] = {"epoch", "epochs", points_count, point_text, NULL,
		     {{"newest last", "newest first", NULL, NULL},
		      {"best first", "worst first", point_best, NULL},
		      {"lowest loss first", "highest loss first", point_loss, NULL}}},
    [LIST_SERIES] = {"metric", "metrics", series_count, series_text, NULL,
		     {{"as in the log", "as in the log, from the last", NULL, NULL},
		      {"by name", "by name, from z", NULL, series_name},
		      {"most points first", "fewest points first", series_points, NULL}}},
    [LIST_LOG] = {"line", "lines", NULL, NULL, NULL, {{"newest last", "newest first", NULL, NULL}}},
};
/* clang-format on */

static int n_orders(enum list_id id)
{
	int n = 0;
	while (n < MOST_ORDERS && kinds[id].orders[n].words)
		n++;
	return n;
}

static int order_now(const struct list_view *v, enum list_id id, const struct history *h)
{
	if (v->sort > 0 && v->sort <= n_orders(id))
		return v->sort - 1;
	return kinds[id].begin ? kinds[id].begin(h) : 0;
}

static const char *order_words(const struct order *o, bool reverse)
{
	return reverse ? o->reversed : o->words;
}

struct entry {
	int item;
	double key;
	const char *name;
	bool reverse;
};

/* What has no figure comes last either way, equals as they stand. */
static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = 0;
	if (isnan(x->key) || isnan(y->key))
		order = isnan(x->key) - isnan(y->key);
	else if (x->name && y->name)
		order = strverscmp(x->name, y->name) * (x->reverse ? -1 : 1);
	else
		order = ((x->key > y->key) - (x->key < y->key)) * (x->reverse ? -1 : 1);
	return order ? order : x->item - y->item;
}

static struct entry entry_of(const struct history *h, const struct order *o, size_t i, bool reverse)
{
	return (struct entry){(int)i,
			      o->key    ? o->key(h, i)
			      : o->name ? 0
					: (double)i,
			      o->name ? o->name(h, i) : NULL, reverse};
}

void list_make(struct list *l, enum list_id id, const struct history *h, const struct view *v)
{
	const struct kind *kind = &kinds[id];
	const struct list_view *how = &v->lists[id];
	int order = order_now(how, id, h);
	size_t of = kind->count ? kind->count(h) : 0, from, to;
	struct entry *entries = xcalloc(of + 1, sizeof(*entries));
	struct strbuf text = STRBUF_INIT;
	struct log_filter f;
	const struct order *o = &kind->orders[order];
	bool usual = !o->key && !o->name && how->sort == 0 && !how->reverse;
	*l = (struct list){.of = (int)of,
			   .what = kind->what,
			   .many = kind->many,
			   .order = usual ? NULL : order_words(o, how->reverse),
			   .filter = how->filter};
	log_filter_init(&f, how->filter);
	for (size_t i = 0; i < of; i++) {
		strbuf_reset(&text);
		if (f.on)
			kind->text(h, i, &text);
		if (log_filter_match(&f, f.on ? text.buf : "", &from, &to))
			entries[l->n++] = entry_of(h, o, i, how->reverse);
	}
	qsort(entries, (size_t)l->n, sizeof(*entries), compare);
	l->at = xcalloc((size_t)l->n + 1, sizeof(*l->at));
	for (int i = 0; i < l->n; i++)
		l->at[i] = entries[i].item;
	free(entries);
	strbuf_release(&text);
	log_filter_release(&f);
}

void list_release(struct list *l)
{
	free(l->at);
	*l = (struct list){.filter = ""};
}

int list_row(const struct list *l, int item)
{
	for (int i = 0; i < l->n; i++)
		if (l->at[i] == item)
			return i;
	return -1;
}

int list_step(const struct list *l, int item, int rows)
{
	int row = list_row(l, item), to = row + rows;
	if (l->n == 0)
		return item;
	if (row < 0)
		to = 0;
	return l->at[to < 0 ? 0 : to >= l->n ? l->n - 1 : to];
}

int list_walk(enum list_id id, const struct history *h, const struct view *v, int item, int rows)
{
	struct list l;
	list_make(&l, id, h, v);
	int to = list_step(&l, item, rows);
	list_release(&l);
	return to;
}

enum list_id list_shown(const struct view *v)
{
	static const unsigned char of_page[PAGE_N] = {
	    [PAGE_TRAIN] = LIST_CLASSES, [PAGE_LAYERS] = LIST_LAYERS, [PAGE_CLASSES] = LIST_CLASSES,
	    [PAGE_IMAGES] = LIST_PROBES, [PAGE_LOG] = LIST_LOG,       [PAGE_LEARN] = LIST_POINTS,
	    [PAGE_METRICS] = LIST_SERIES};
	if (v->page == PAGE_IMAGES && v->mistakes && !v->trace)
		return LIST_MISTAKES;
	if (v->page == PAGE_LEARN && v->quiz_on)
		return LIST_N;
	return (enum list_id)of_page[v->page];
}

void list_settle(struct view *v, const struct history *h)
{
	int *const cursors[LIST_N] = {[LIST_CLASSES] = &v->class_index,
				      [LIST_PROBES] = &v->probe,
				      [LIST_MISTAKES] = &v->mistake,
				      [LIST_SERIES] = &v->series};
	enum list_id id = list_shown(v);
	if (id == LIST_N || !v->lists[id].filter[0])
		return;
	if (id == LIST_POINTS) {
		int n = (int)h->n_epochs;
		v->points_up = n - 1 - list_walk(id, h, v, n - 1 - v->points_up, 0);
	} else if (id == LIST_LAYERS) {
		v->layer = list_walk(id, h, v, view_layer(v, h), 0);
	} else if (cursors[id] && *cursors[id] >= 0) {
		*cursors[id] = list_walk(id, h, v, *cursors[id], 0);
	}
}

void list_reveal(struct view *v, enum list_id id, const struct history *h, int item)
{
	struct list l;
	list_make(&l, id, h, v);
	if (list_row(&l, item) < 0)
		v->lists[id].filter[0] = '\0';
	list_release(&l);
}

int list_class(const struct view *v, const struct history *h)
{
	int class = v->class_index >= 0 ? v->class_index : list_walk(LIST_CLASSES, h, v, -1, 0);
	return class > 0 ? class : 0;
}

const char *list_turn(struct list_view *v, enum list_id id, const struct history *h, bool reverse)
{
	int now = order_now(v, id, h), next = reverse ? now : (now + 1) % n_orders(id);
	bool turn = reverse || n_orders(id) == 1;
	v->reverse = turn && !v->reverse;
	v->sort = next + 1;
	return order_words(&kinds[id].orders[next], v->reverse);
}
