#include "browser_view.h"
#include "browser_pages.h"

#include "thaw/base/log_filter.h"
#include "thaw/base/alloc.h"
#include "thaw/report/comparison.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void browser_view_init(struct browser_view *v)
{
	*v = (struct browser_view){.list = {.what = "run", .many = "runs", .filter = ""}};
}

static void key_release(struct browser_key *k)
{
	free(k->host);
	free(k->path);
	*k = (struct browser_key){0};
}

static struct browser_key key_of(const struct browser_row *r)
{
	return (struct browser_key){xstrdup(r->host), xstrdup(r->run->path)};
}

static bool is_at(const struct browser_key *k, const struct browser_row *r)
{
	return k->path && strcmp(k->path, r->run->path) == 0 && !k->host == !r->host &&
	       (!k->host || strcmp(k->host, r->host) == 0);
}

void browser_view_release(struct browser_view *v)
{
	browser_unmark_all(v);
	browser_no_troubles(v);
	list_release(&v->list);
	key_release(&v->under);
	key_release(&v->asked);
	free(v->rows);
	free(v->marks);
	free(v->troubles);
	browser_sweep_free(v->sweep);
	*v = (struct browser_view){0};
}

void browser_rows_begin(struct browser_view *v)
{
	v->n_rows = 0;
}

void browser_rows_add(struct browser_view *v, const struct browser_row *row)
{
	ALLOC_GROW(v->rows, v->n_rows + 1, v->cap_rows);
	v->rows[v->n_rows++] = *row;
}

bool browser_row_live(const struct browser_row *r)
{
	return r->known && !r->run->error && run_summary_live(r->run);
}

/* ---- orders ---- */

typedef int compare_fn(const struct browser_row *a, const struct browser_row *b);

static int by_number(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a > b) - (a < b);
}

/* Live runs move only when one comes: all of them change every moment. */
static int newest(const struct browser_row *a, const struct browser_row *b)
{
	bool live = browser_row_live(a);
	if (live != browser_row_live(b))
		return live ? -1 : 1;
	return live ? by_number((double)b->run->started, (double)a->run->started)
		    : by_number((double)b->run->changed, (double)a->run->changed);
}

static int by_name(const struct browser_row *a, const struct browser_row *b)
{
	return strverscmp(a->run->name, b->run->name);
}

static int best(const struct browser_row *a, const struct browser_row *b)
{
	return by_number(-opt_or_nan(a->run->best_acc), -opt_or_nan(b->run->best_acc));
}

static int by_status(const struct browser_row *a, const struct browser_row *b)
{
	return by_number((double)a->run->status, (double)b->run->status);
}

static int longest(const struct browser_row *a, const struct browser_row *b)
{
	return by_number(b->run->seconds, a->run->seconds);
}

static int by_place(const struct browser_row *a, const struct browser_row *b)
{
	return strverscmp(a->place, b->place);
}

static const struct order {
	const char *words, *reversed;
	compare_fn *compare;
} orders[] = {
    {"live first, then newest", "oldest first, live last", newest},
    {"by name", "by name, from z", by_name},
    {"best first", "worst first", best},
    {"by status", "by status, crashed first", by_status},
    {"longest first", "shortest first", longest},
    {"by place", "by place, from z", by_place},
};
enum { N_ORDERS = sizeof(orders) / sizeof(*orders) };

struct sorted {
	const struct browser_row *row;
	compare_fn *compare;
	int item, sign;
};

static int compare(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	int order = x->compare(x->row, y->row) * x->sign;
	if (!order)
		order = by_name(x->row, y->row);
	return order ? order : x->item - y->item;
}

const char *browser_turn(struct browser_view *v, bool reverse)
{
	v->reverse = reverse && !v->reverse;
	v->order = reverse ? v->order : (v->order + 1) % N_ORDERS;
	browser_arrange(v);
	return v->reverse ? orders[v->order].reversed : orders[v->order].words;
}

/* ---- the list ---- */

/* What the filter sees of a run. */
static void row_text(const struct browser_row *r, struct strbuf *out)
{
	const struct run_summary *s = r->run;
	strbuf_reset(out);
	strbuf_addf(out, "%s %s %s %s %s %s %s %s", s->name,
		    s->error ? "unreadable" : run_status_name((enum run_status)s->status), s->doing,
		    r->place, s->device, s->cfg, s->weights, s->data);
}

static void make_list(struct browser_view *v)
{
	struct log_filter f;
	struct strbuf text = STRBUF_INIT;
	struct sorted *all = xcalloc(v->n_rows + 1, sizeof(*all));
	size_t from, to;
	int n = 0;
	log_filter_init(&f, v->filter);
	for (size_t i = 0; i < v->n_rows; i++) {
		if (f.on)
			row_text(&v->rows[i], &text);
		if (log_filter_match(&f, f.on ? text.buf : "", &from, &to))
			all[n++] = (struct sorted){&v->rows[i], orders[v->order].compare, (int)i,
						   v->reverse ? -1 : 1};
	}
	qsort(all, (size_t)n, sizeof(*all), compare);
	list_release(&v->list);
	v->list = (struct list){.at = xcalloc((size_t)n + 1, sizeof(int)),
				.n = n,
				.of = (int)v->n_rows,
				.what = "run",
				.many = "runs",
				.filter = v->filter};
	if (v->order || v->reverse)
		v->list.order = v->reverse ? orders[v->order].reversed : orders[v->order].words;
	for (int i = 0; i < n; i++)
		v->list.at[i] = all[i].item;
	log_filter_release(&f);
	strbuf_release(&text);
	free(all);
}

void browser_arrange(struct browser_view *v)
{
	make_list(v);
	int found = -1;
	for (int i = 0; i < v->list.n && found < 0; i++)
		if (is_at(&v->under, browser_row_at(v, i)))
			found = i;
	if (found >= 0)
		v->cursor = found;
	else
		browser_go(v, v->under.path ? v->cursor : 0);
}

const struct browser_row *browser_row_at(const struct browser_view *v, int place)
{
	return &v->rows[v->list.at[place]];
}

const struct browser_row *browser_row_now(const struct browser_view *v)
{
	return v->cursor >= 0 && v->cursor < v->list.n ? browser_row_at(v, v->cursor) : NULL;
}

void browser_go(struct browser_view *v, int place)
{
	int last = v->list.n - 1;
	v->cursor = place > last ? last : place;
	v->cursor = v->cursor < 0 ? 0 : v->cursor;
	const struct browser_row *row = browser_row_now(v);
	struct browser_key under = row ? key_of(row) : (struct browser_key){0};
	key_release(&v->under);
	v->under = under;
}

void browser_ask(struct browser_view *v, enum browser_prompt prompt)
{
	const struct browser_row *row = browser_row_now(v);
	key_release(&v->asked);
	if (row)
		v->asked = key_of(row);
	v->prompt = prompt;
	v->aside[0] = '\0';
	v->aside_bad = false;
	edit_set(&v->input, "");
}

const struct browser_row *browser_asked(const struct browser_view *v)
{
	for (size_t i = 0; i < v->n_rows; i++)
		if (is_at(&v->asked, &v->rows[i]))
			return &v->rows[i];
	return NULL;
}

/* ---- marks ---- */

static int mark_of(const struct browser_view *v, const struct browser_row *row)
{
	for (size_t i = 0; i < v->n_marks; i++)
		if (is_at(&v->marks[i].key, row))
			return (int)i;
	return -1;
}

int browser_slot(const struct browser_view *v, const struct browser_row *row)
{
	int mark = mark_of(v, row);
	return mark < 0 ? -1 : v->marks[mark].slot;
}

static bool slot_taken(const struct browser_view *v, int slot)
{
	for (size_t i = 0; i < v->n_marks; i++)
		if (v->marks[i].slot == slot)
			return true;
	return false;
}

static int free_slot(const struct browser_view *v)
{
	int slot = 0;
	while (slot_taken(v, slot))
		slot++;
	return slot;
}

void browser_mark(struct browser_view *v, const struct browser_row *row)
{
	int at = mark_of(v, row);
	if (at < 0) {
		int slot = free_slot(v);
		ALLOC_GROW(v->marks, v->n_marks + 1, v->cap_marks);
		v->marks[v->n_marks++] = (struct browser_mark){key_of(row), slot};
		return;
	}
	key_release(&v->marks[at].key);
	v->marks[at] = v->marks[--v->n_marks];
}

void browser_unmark_all(struct browser_view *v)
{
	for (size_t i = 0; i < v->n_marks; i++)
		key_release(&v->marks[i].key);
	v->n_marks = 0;
}

size_t browser_compared(const struct browser_view *v, const struct browser_row **out, int *slots)
{
	const struct browser_row *of[COMPARISON_MOST] = {NULL};
	size_t n = 0;
	for (size_t i = 0; v->n_marks && i < v->n_rows; i++) {
		int slot = browser_slot(v, &v->rows[i]);
		if (slot >= 0 && slot < COMPARISON_MOST)
			of[slot] = &v->rows[i];
	}
	if (!v->n_marks)
		of[0] = browser_row_now(v);
	for (int slot = 0; slot < COMPARISON_MOST; slot++)
		if (of[slot]) {
			slots[n] = slot;
			out[n++] = of[slot];
		}
	return n;
}

/* ---- what is said ---- */

void browser_message(struct browser_view *v, enum message_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(v->message, sizeof(v->message), fmt, ap);
	va_end(ap);
	v->message_kind = kind;
}

void browser_trouble(struct browser_view *v, const char *place, const char *words)
{
	ALLOC_GROW(v->troubles, v->n_troubles + 1, v->cap_troubles);
	v->troubles[v->n_troubles++] = (struct browser_trouble){xstrdup(place), xstrdup(words)};
}

void browser_no_troubles(struct browser_view *v)
{
	for (size_t i = 0; i < v->n_troubles; i++) {
		free(v->troubles[i].place);
		free(v->troubles[i].words);
	}
	v->n_troubles = 0;
}
