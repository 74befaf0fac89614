/* The history of a training as JSON: an object of lists, one a figure, one number an epoch; as Keras'
 * History.history is written, also within {"history": ..., "epoch": [...]}. */
#include "importer.h"
#include "json_file.h"

#include "thaw/base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LISTS_MAX 512

struct list {
	char *name;
	double *values; /* NaN where it holds no number; told[i] then false */
	bool *told;
	size_t n, cap, cap_told;
};

struct lists {
	struct list at[LISTS_MAX];
	size_t n, longest;
};

struct history_file {
	char *path;
	bool done;
};

static void lists_release(struct lists *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->at[i].name);
		free(l->at[i].values);
		free(l->at[i].told);
	}
	free(l);
}

static void add_number(struct list *l, double v, bool told)
{
	ALLOC_GROW(l->values, l->n + 1, l->cap);
	ALLOC_GROW(l->told, l->n + 1, l->cap_told);
	l->values[l->n] = v;
	l->told[l->n++] = told;
}

static void read_list(struct json_file *j, struct lists *l, const char *name)
{
	struct list *to = &l->at[l->n];
	bool more = false, any = false;
	*to = (struct list){.name = xstrdup(name)};
	json_file_take(j, '[');
	while (json_file_element(j, &more)) {
		double v = 0;
		bool told = json_file_number_or_skip(j, &v);
		any |= told;
		add_number(to, v, told);
	}
	if (any && to->n > l->longest)
		l->longest = to->n;
	l->n++;
}

/* What is no list is none of the figures of an epoch. "history" holds them where it is one more object. */
static void read_object(struct json_file *j, struct lists *l, int depth)
{
	struct strbuf key = STRBUF_INIT;
	bool more = false;
	if (!json_file_take(j, '{')) {
		j->why = "expected an object of lists";
		return;
	}
	while (json_file_member(j, &more, &key)) {
		int c = json_file_peek(j);
		if (c == '[' && l->n < LISTS_MAX)
			read_list(j, l, key.buf);
		else if (c == '{' && depth > 0)
			read_object(j, l, depth - 1);
		else
			json_file_skip(j);
	}
	strbuf_release(&key);
}

static const struct list *list_named(const struct lists *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->at[i].name, name) == 0)
			return &l->at[i];
	return NULL;
}

/* Lists as long as the longest are told once an epoch; others are something else, which is noted. */
static void tell(struct sink *s, const struct lists *l)
{
	const struct list *epochs = list_named(l, "epoch");
	if (epochs && epochs->n != l->longest)
		epochs = NULL;
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].n && l->at[i].n != l->longest)
			sink_note(s, NOTE_INFO, "\"%s\" has %zu numbers, not one for each of %zu epochs",
				  l->at[i].name, l->at[i].n, l->longest);
	for (size_t row = 0; row < l->longest; row++) {
		struct scalar v = {0};
		if (epochs && epochs->told[row])
			v.epoch = opt_of(epochs->values[row]);
		for (size_t i = 0; i < l->n; i++) {
			const struct list *from = &l->at[i];
			if (from == epochs || row >= from->n || !from->told[row])
				continue;
			v.name = from->name;
			v.value = from->values[row];
			sink_scalar(s, &v);
		}
		sink_row(s);
	}
}

static enum err read_history(void *reader, struct sink *s, bool all, struct errinfo *e)
{
	struct history_file *h = reader;
	struct json_file j;
	(void)all;
	if (h->done)
		return ERR_OK;
	enum err r = json_file_open(&j, h->path, e);
	struct lists *l = xcalloc(1, sizeof(*l));
	if (!r)
		read_object(&j, l, 2);
	if (!r && j.why)
		r = json_file_error(&j, e);
	if (!r) {
		h->done = true;
		sink_run(s, &(struct sink_run){.framework = "Keras history",
					       .axis = AXIS_EPOCH,
					       .bare = SPLIT_TRAIN,
					       .run = {.iterations = 1}});
		tell(s, l);
	}
	lists_release(l);
	json_file_release(&j);
	return r;
}

static enum err open_history(void **reader, const struct import_source *src, struct errinfo *e)
{
	struct history_file *h = xcalloc(1, sizeof(*h));
	(void)e;
	h->path = xstrdup(src->path);
	*reader = h;
	return ERR_OK;
}

static void close_history(void *reader)
{
	struct history_file *h = reader;
	free(h->path);
	free(h);
}

/* An object whose first member is a list of numbers, or "history" with such an object. */
static bool sniff(const struct import_head *h)
{
	const char *p = h->bytes;
	if (h->folder)
		return false;
	for (int depth = 0; depth < 2; depth++) {
		p += strspn(p, " \t\r\n\xef\xbb\xbf");
		if (*p != '{')
			return false;
		p += 1 + strspn(p + 1, " \t\r\n");
		const char *key = p;
		if (*p != '"' || !(p = strchr(p + 1, '"')))
			return false;
		bool outer = strncmp(key, "\"history\"", 9) == 0;
		p++;
		p += strspn(p, " \t\r\n:");
		if (*p == '[') {
			p += 1 + strspn(p + 1, " \t\r\n");
			return *p && strchr("-0123456789N", *p);
		}
		if (!outer)
			return false;
	}
	return false;
}

const struct importer import_keras_history = {
    .format = {"keras-history", "a training history as JSON: an object of lists (Keras)"},
    .sniff = sniff,
    .open = open_history,
    .read = read_history,
    .close = close_history,
    .whole = true,
};
